import { readFileSync } from 'node:fs'
import { MODEL, QUESTIONS } from '../../packages/load/src/open-loop/model.ts'
import { GIB, ROUND_PRICES } from '../../packages/server/src/serve/budget/cost.ts'
import { escapeHtml } from '../docs/markdown.ts'
import {
  bottleneckOf,
  BYTES_PER_CHECKIN,
  CHECKIN_MS_IN_BULK,
  costsOf,
  decisiveStep,
  holdsAt,
  INGESTED_PER_SECOND_MAX,
  project,
  scalesFrom,
  USED_SHARE,
  type Capacity,
  type Holds,
} from './capacity.ts'
import { flameGraph, plot, type Series } from './plot.ts'
import { KEPT_DAYS, priceOf } from './price.ts'
import { OTHERS_MAX, PROMISE } from './promise.ts'
import type { Soak } from './soak.ts'
import { PLACE_MEANS } from './stages.ts'
import type { Step } from './step.ts'

/** Shorter ones are for trying the tool, and the report says so. */
const BELIEVED_S_MIN = 20

/** The report as one page that needs nothing from elsewhere. The same data give the same page. */
export function renderReport(capacity: Capacity, soak: Soak | undefined): string {
  const holds = holdsAt(capacity.knee.holdsAt)
  const sections = [
    head(capacity, holds),
    method(capacity),
    latencies(capacity),
    work(capacity),
    bottleneck(capacity),
    projections(capacity, holds),
    priced(capacity, holds),
    soak ? soaked(soak) : '',
    modelled(),
  ]
  const css = readFileSync(new URL('report.css', import.meta.url), 'utf8')
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<title>What one machine holds</title>',
    `<style>\n${css}</style>`,
    ...sections,
    '</html>',
    '',
  ].join('\n')
}

function head(capacity: Capacity, holds: Holds): string {
  const { knee, measuredS, takenAt, shares, steps } = capacity
  const decisive = decisiveStep(capacity)
  const { is } = bottleneckOf(decisive, shares)
  const disturbed =
    decisive.usage.othersCores > OTHERS_MAX
      ? `<p><strong>Disturbed:</strong> others took ${fixed(decisive.usage.othersCores)} of the server’s cores where it broke. On a quiet machine the knee is higher.</p>`
      : ''
  const figures = [
    ['people', count(holds.people)],
    ['check-ins a day', count(holds.checkinsPerDay)],
    ['of them online at the busiest time', count(holds.online)],
    ['questions a second then', count(holds.readsPerSecond)],
    ['check-ins a second then', count(holds.checkinsPerSecond)],
    ['disk', `${count(holds.diskMbPerDay)} MB a day`],
    ['memory for what is kept', `${count(holds.memoryMbPerDay)} MB a day`],
    ['the knee', knee.holdsAt === 0 ? 'none' : `${count(knee.holdsAt)} questions/s`],
  ]
  const short =
    measuredS < BELIEVED_S_MIN
      ? `<p><strong>Tried, not measured:</strong> steps of ${measuredS} s are too short to be believed.</p>`
      : ''
  const open =
    knee.breaksAt === undefined
      ? ' Nothing was found that breaks the promise: the knee is higher.'
      : ` From ${count(knee.breaksAt)} on it does not hold.`
  return `<h1>What one machine holds</h1>
<p class="lead">One machine of this size holds ${count(holds.people)} people who make ${count(holds.checkinsPerDay)} check-ins a day, with ${percent(1 - USED_SHARE)} of it to spare in their busiest hour. ${is ? `What it runs out of first is ${escapeHtml(is.name)}.` : 'No part of it is busy all the time: the slowest wait behind single long turns of a thread.'}</p>
${short}${disturbed}<dl>${figures.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>
<p class="soft">The promise holds up to ${count(knee.holdsAt)} questions a second.${open} Taken on ${takenAt.slice(0, 10)}, with ${steps.length} steps (${knee.because}).</p>`
}

function method({ machine, shares, about, warmUpS, measuredS }: Capacity): string {
  const cores = (of: readonly number[]): string => of.join(', ')
  const kept = shares.isPinned
    ? `The server had core ${cores(shares.server)}, the load core ${cores(shares.load)} of the same machine.`
    : 'Server and load shared all cores of one machine, so that they were in each other’s way.'
  return `<h2>How it was measured</h2>
<p>${machine.cores} × ${escapeHtml(machine.cpu)}, ${count(machine.memoryMb / 1_024)} GiB, Node ${machine.node}, ${machine.system}. ${kept} The server was started as an operator would start it, on the embedded engine, in a process of its own; so were a host, which sends commits that were signed beforehand, and the readers. ${escapeHtml(about)}.</p>
<p>The loop is open: questions and commits are due at times that a Poisson process draws, whatever became of those before them, and everything counts from when it was due. Who checks in where, and in which order, is the data’s; how fast is the step’s. Each step warms up for ${warmUpS} s and is measured for ${measuredS} s. It is held to this: one in a hundred check-ins may reach somebody who follows live later than ${PROMISE.freshnessMsMax / 1_000} s after their commit was due, one in a hundred answers may take longer than ${PROMISE.readsMsMax} ms, and ${percent(PROMISE.faultShareMax)} may fail. A step that breaks is tried once more. A PDS and the way to it are not in these times; nor is TLS.</p>`
}

type Point = (step: Step) => number

/** What steps come to, by their load; nothing where there was nothing to measure. */
function byLoad(steps: readonly Step[]): (name: string, value: Point) => Series {
  return (name, value) => ({
    name,
    points: steps
      .map((step) => [step.rates.readsPerSecond, value(step)] as const)
      .filter(([, at]) => Number.isFinite(at)),
  })
}

/** Not a number where nothing was counted. */
function counted({ count: of }: Step['reads'], value: number): number {
  return of === 0 ? Number.NaN : value
}

function latencies({ steps, knee, shares }: Capacity): string {
  const x = { label: 'questions a second, as asked' }
  const upwards = { at: knee.holdsAt, label: 'knee' }
  const over = byLoad(steps)
  const of = (what: 'reads' | 'freshness'): readonly Series[] => [
    over('p50', (step) => counted(step[what], step[what].p50)),
    over('p90', (step) => counted(step[what], step[what].p90)),
    over('p99', (step) => counted(step[what], step[what].p99)),
    over('p99.9', (step) => counted(step[what], step[what].p999)),
  ]
  const y = { label: 'milliseconds', isLog: true }
  const rows = steps
    .toSorted((a, b) => a.rates.readsPerSecond - b.rates.readsPerSecond || a.atS - b.atS)
    .map((step) => ({
      isBroken: step.broken.length > 0,
      cells: [
        count(step.rates.readsPerSecond),
        count(step.answeredPerSecond),
        fixed(step.rates.checkinsPerSecond),
        count(step.followers),
        ...[step.reads, step.freshness].flatMap((each) =>
          [each.p50, each.p99, each.p999].map((value) => (each.count === 0 ? '–' : fixed(value))),
        ),
        percent(step.faultShare),
        fixed(step.lateness.p99),
        fixed(step.usage.othersCores),
        step.broken.join('; '),
      ],
    }))
  const heads =
    'asked/s|answered/s|check-ins/s|live|reads p50|p99|p99.9|freshness p50|p99|p99.9|faults|sent late p99|others|what broke'
  const decisive = decisiveStep({ steps, knee })
  const questions = QUESTIONS.flatMap(({ name, act }) => {
    const each = decisive.byQuestion[name]
    return each && each.count > 0
      ? [{ isBroken: false, cells: [act, ...[each.p50, each.p90, each.p99].map(fixed)] }]
      : []
  })
  return `<h2>Throughput and latency</h2>
${plot({ title: 'Answers', x, y, series: of('reads'), across: { at: PROMISE.readsMsMax, label: 'p99 promised' }, upwards })}
${plot({ title: 'From commit to live feed', x, y, series: of('freshness'), across: { at: PROMISE.freshnessMsMax, label: 'p99 promised' }, upwards })}
${plot({ title: 'Answered', x, y: { label: 'answers a second' }, series: [over('answered', (step) => step.answeredPerSecond), over('asked', (step) => step.rates.readsPerSecond)], upwards })}
${table(`Steps by load; milliseconds. “Sent late” is the generator’s own share of it${shares.isPinned ? '' : ', which had no core of its own'}. “Others” is what anybody else took of the server’s cores: from ${OTHERS_MAX} on, what breaks says nothing of the server, and is tried again.`, heads, rows)}
${table(`What people asked at ${count(decisive.rates.readsPerSecond)} questions a second; milliseconds`, 'act|p50|p90|p99', questions)}`
}

function work({ steps, knee, shares, profile }: Capacity): string {
  const x = { label: 'questions a second, as asked' }
  const upwards = { at: knee.holdsAt, label: 'knee' }
  const over = byLoad(steps)
  const share = (of: readonly number[]): number => (shares.isPinned ? of.length : 1)
  const cpu = [
    over("the server's cores", ({ usage }) => (usage.serverCores / share(shares.server)) * 100),
    over('its main thread', ({ usage }) => (usage.threads['main'] ?? 0) * 100),
    over('the load generator', ({ usage }) => (usage.loadCores / share(shares.load)) * 100),
    over('syncing the log', ({ usage }) => usage.logBusy * 100),
  ]
  const profiled = profile
    ? `<p>Over ${profile.step.measuredS} s at ${count(profile.step.rates.readsPerSecond)} questions and ${fixed(profile.step.rates.checkinsPerSecond)} check-ins a second the server’s threads of JavaScript were sampled every millisecond. A sample belongs to the innermost stage on its stack, with the libraries that it calls. The process took ${fixed(profile.step.usage.serverCores)} cores in all; what is not below is in threads of Node’s own, which pack answers and collect garbage.</p>
${table(
  'CPU by stage of the way',
  'stage|share|cores|what it is',
  profile.stages.map((each) => ({
    isBroken: false,
    cells: [each.place, percent(each.share), each.cores.toFixed(3), PLACE_MEANS[each.place]],
  })),
)}
<p>Flame graph: what is called stands above what calls it, and is as wide as it takes time; each bar says what it is. Colours are stages.</p>
${flameGraph(profile.flame)}`
    : '<p>No profile was taken.</p>'
  return `<h2>CPU, stage by stage</h2>
${plot({ title: 'How busy', x, y: { label: '%' }, series: cpu, upwards })}
${profiled}
<h2>Memory, disk and lag</h2>
${plot({ title: 'Memory of the server', x, y: { label: 'MB' }, series: [over('resident', ({ usage }) => usage.rssMb), over('its folder on the disk', ({ usage }) => usage.folderMb)], upwards })}
${plot({ title: 'Written to the disk', x, y: { label: 'MB a second' }, series: [over('written', ({ usage }) => usage.writtenMbPerSecond)], upwards })}
${plot({ title: 'Read model behind the log', x, y: { label: 'positions, highest seen' }, series: [over('lag', ({ usage }) => usage.lagMax)], upwards })}`
}

function bottleneck(capacity: Capacity): string {
  const step = decisiveStep(capacity)
  const { parts, is } = bottleneckOf(step, capacity.shares)
  const top = capacity.profile?.stages[0]
  const named = is
    ? `It is <strong>${escapeHtml(is.name)}</strong>, busy for ${percent(is.busy)} of the time. More of it is ${escapeHtml(is.remedy)}.`
    : `No part is busy all the time: the busiest is ${escapeHtml(parts[0]!.name)}, with ${percent(parts[0]!.busy)}. The slowest hundredth waits behind single long turns of it, not in a queue that grows.`
  const most = top
    ? ` Most of the CPU, ${percent(top.share)}, goes to <strong>${top.place}</strong>: ${PLACE_MEANS[top.place]}.`
    : ''
  const rows = parts.map(({ name, busy, remedy }) => ({ isBroken: false, cells: [name, percent(busy), remedy] }))
  return `<h2>The bottleneck</h2>
<p>${named}${most}</p>
${table(`At ${count(step.rates.readsPerSecond)} questions a second`, 'part|busy|more of it would be', rows)}`
}

function projections(capacity: Capacity, holds: Holds): string {
  const costs = costsOf(capacity)
  const rows = scalesFrom(holds).map((scale) => {
    const each = project(scale, costs)
    return {
      isBroken: each.replicas === undefined,
      cells: [
        each.name,
        count(each.checkinsPerDay),
        count(each.checkinsPerSecond),
        count(each.readsPerSecond),
        each.replicas === undefined ? 'more than one log' : count(each.replicas),
        each.isOneIngest ? '1' : 'more than one log',
        fixed(each.logGbPerDay),
        each.because,
      ],
    }
  })
  const said = costs
    ? `A question takes ${fixed(costs.readMs)} ms of a core here, by the profile, with its share of the live streams and of what goes on all the time. A check-in takes ${fixed(costs.checkinMs)} ms at the rate of the knee, where each is a batch of its own, and ${CHECKIN_MS_IN_BULK} ms where there are thousands a second (docs/operate.md).`
    : 'Without a profile there are no costs to go by.'
  return `<h2>At other scales</h2>
<p>${said} Supposed is that this stays so, with check-ins at what they take where there are many; that each replica folds every check-in and answers its share of the questions with what is left, using ${percent(USED_SHARE)} of what it used at the knee; that one ingest takes in ${count(INGESTED_PER_SECOND_MAX)} check-ins a second (docs/operate.md); that the log has ${count(BYTES_PER_CHECKIN.log)} bytes a check-in; and that those who follow live no longer follow everybody. Nothing of this was run. “More than one log” says that folding every check-in leaves a machine of this size no time for readers: then it takes larger machines, or people in several logs, which Waypost does not do.</p>
${table('', 'scale|check-ins a day|a second, busiest hour|questions a second|replicas|ingests|log, GB a day|why', rows)}`
}

function priced(capacity: Capacity, holds: Holds): string {
  const prices = ROUND_PRICES
  const found = priceOf(capacity, holds, prices)
  if (found === undefined) return ''
  const { month, use, perMillionCheckins, perThousandPeople } = found
  const seconds = 730 * 3_600
  const money = (value: number | undefined): string =>
    value === undefined ? '–' : value.toLocaleString('en', { maximumSignificantDigits: 3 })
  const rows = [
    ['CPU', `${fixed(use.cpuSeconds / 3_600)} core hours`, prices.cpuCoreHour, month.cpu],
    ['memory', `${fixed(use.memoryByteSeconds / GIB / seconds)} GiB`, prices.memoryGibHour, month.memory],
    ['disk', `${fixed(use.diskByteSeconds / GIB / seconds)} GiB`, prices.diskGibMonth, month.disk],
    ['egress', `${fixed(use.egressBytes / GIB)} GiB`, prices.egressGib, month.egress],
  ] as const
  return `<h2>What it costs</h2>
<p>With the people that it holds, in the month after ${KEPT_DAYS} days, this machine costs ${money(month.total)} ${prices.currency} by a table of ${escapeHtml(prices.name)}: ${money(perMillionCheckins)} for a million check-ins, ${money(perThousandPeople)} for a thousand people. CPU and egress are what was measured at the knee, as far as the mean of a day uses it; memory and disk what was there, with the check-ins of ${KEPT_DAYS} days. Only what is used is counted: a machine that is paid for whole costs more. An operator’s own prices, and their own use, are on <code>/ops</code>.</p>
${table(
  `A month, ${prices.currency}`,
  'what|used|price an hour, a GiB-hour, a GiB-month or a GiB|cost',
  rows.map(([name, used, price, cost]) => ({ isBroken: false, cells: [name, used, money(price), money(cost)] })),
)}`
}

function soaked({ windows, readsPerSecond, share, minutes, verdict, takenAt }: Soak): string {
  const from = windows[0]?.atS ?? 0
  const over = (name: string, value: Point): Series => ({
    name,
    points: windows.map((step) => [(step.atS - from) / 60, value(step)] as const),
  })
  const x = { label: 'minutes' }
  const outcome = verdict.holds ? 'It holds.' : `It does not hold: ${escapeHtml(verdict.because.join('; '))}.`
  return `<h2>Under load for long</h2>
<p><strong>${outcome}</strong> ${fixed(minutes)} minutes at ${count(readsPerSecond)} questions a second${share === undefined ? '' : `, ${percent(share)} of the knee`}, on ${takenAt.slice(0, 10)}. After the first third memory changed by ${fixed(verdict.memoryMbPerMinute)} MB a minute and the p99 of reads by ${fixed(verdict.readsP99MsPerMinute)} ms a minute; from the second third to the last they changed by ${percent(verdict.memoryGrowth)} and ${percent(verdict.readsP99Growth)}. The promise broke in ${percent(verdict.brokenShare)} of ${windows.length - verdict.disturbed} windows; ${verdict.disturbed} more were disturbed by others on the machine, and count for memory alone.</p>
${plot({ title: 'Memory of the server', x, y: { label: 'MB' }, series: [over('resident', ({ usage }) => usage.rssMb)] })}
${plot({ title: 'Answers', x, y: { label: 'milliseconds', isLog: true }, series: [over('p50', (step) => step.reads.p50), over('p90', (step) => step.reads.p90), over('p99', (step) => step.reads.p99), over('p99.9', (step) => step.reads.p999)], across: { at: PROMISE.readsMsMax, label: 'p99 promised' } })}
${plot({ title: 'From commit to live feed', x, y: { label: 'milliseconds', isLog: true }, series: [over('p50', (step) => step.freshness.p50), over('p99', (step) => step.freshness.p99)] })}`
}

function modelled(): string {
  const rows = QUESTIONS.map(({ act, share }) => ({ isBroken: false, cells: [act, percent(share)] }))
  return `<h2>What people do</h2>
<p>By the model (<code>packages/load/src/open-loop/model.ts</code>, with where each figure is from): ${MODEL.readsPerCheckin} questions for one check-in; ${MODEL.checkinsPerPersonDay} check-ins a person and day; a busiest hour of ${MODEL.busiestHour} times the mean; whoever is there asks every ${MODEL.secondsBetweenReads} s; ${percent(MODEL.liveShare)} of them follow everybody live; ${percent(MODEL.signedInShare)} are signed in. The last three, and the shares of what is asked, are guesses.</p>
${table('', 'somebody|share', rows)}
<p class="soft">Photos, cards, writes of our own people by the server, and the client’s files are not in the load. How to take these figures anew: <code>npm run load -- --find-knee</code>.</p>`
}

interface Row {
  readonly isBroken: boolean
  readonly cells: readonly string[]
}

/** `heads`: between bars. Cells that are sentences are set as such. */
function table(caption: string, heads: string, rows: readonly Row[]): string {
  const isText = (text: string): boolean => /[a-z].* /i.test(text)
  const cell = (tag: 'th' | 'td', text: string, isWhy: boolean): string =>
    `<${tag}${isWhy ? ' class="why"' : ''}>${escapeHtml(text)}</${tag}>`
  const titles = heads.split('|')
  const whys = titles.map((_, at) => at === titles.length - 1 && rows.some(({ cells }) => isText(cells[at] ?? '')))
  const line = (tag: 'th' | 'td', cells: readonly string[], isBroken = false): string =>
    `<tr${isBroken ? ' class="broken"' : ''}>${cells.map((text, at) => cell(tag, text, whys[at]!)).join('')}</tr>`
  return `<div class="table"><table>${caption === '' ? '' : `<caption>${escapeHtml(caption)}</caption>`}<thead>${line('th', titles)}</thead><tbody>${rows.map(({ cells, isBroken }) => line('td', cells, isBroken)).join('')}</tbody></table></div>`
}

function count(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

function fixed(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 })
}

function percent(share: number): string {
  return `${(share * 100).toLocaleString('en', { maximumSignificantDigits: 2 })} %`
}

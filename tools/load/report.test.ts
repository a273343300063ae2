import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MODEL } from '../../packages/load/src/open-loop/model.ts'
import { GIB } from '../../packages/server/src/serve/budget/cost.ts'
import { bottleneckOf, costsOf, decisiveStep, holdsAt, project, scalesFrom } from './capacity.ts'
import { capacityGiven, stepAt } from './given.ts'
import { KEPT_DAYS, priceOf } from './price.ts'
import { renderReport } from './report.ts'
import { judgeSoak, type Soak } from './soak.ts'

const capacity = capacityGiven()
const windows = Array.from({ length: 12 }, (_, nth) => ({ ...stepAt(560, 60, { rssMb: 500 + nth }), atS: nth * 60 }))
const soak: Soak = {
  version: capacity.version,
  takenAt: capacity.takenAt,
  machine: capacity.machine,
  shares: capacity.shares,
  about: capacity.about,
  readsPerSecond: 560,
  share: 0.7,
  minutes: 12,
  windows,
  verdict: judgeSoak(windows),
}
const text = (html: string): string => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')

test('the report is one page without a script that needs nothing from elsewhere, for light and dark', () => {
  const html = renderReport(capacity, soak)
  assert.doesNotMatch(html, /<script|src=|href=|@import|url\(/i)
  assert.match(html, /color-scheme: light dark/)
  assert.match(html, /light-dark\(/)
  assert.doesNotMatch(html, /NaN|undefined|\[object/)
  assert.match(html, /A &lt;fast&gt; CPU/)
  assert.equal(renderReport(capacity, soak), html)
  for (const tag of ['svg', 'figure', 'table', 'g', 'p', 'dl', 'tr', 'td']) {
    const [opened, closed] = [new RegExp(`<${tag}[ >]`, 'g'), new RegExp(`</${tag}>`, 'g')].map(
      (each) => html.match(each)?.length ?? 0,
    )
    assert.equal(opened, closed, `<${tag}>`)
  }
})

test('it says what was found: the knee, the bottleneck by name, the stages, other scales, the soak', () => {
  const said = text(renderReport(capacity, soak))
  assert.match(said, /holds up to 800 questions a second\. From 900 on it does not hold/)
  assert.match(said, /runs out of first is the server's main thread/)
  assert.match(said, /busy for 90 % of the time/)
  assert.match(said, /Most of the CPU, 50 %, goes to query/)
  for (const scale of ['ten of these', 'a thousand of these', 'Foursquare, 2011', 'Bluesky, 2025']) {
    assert.ok(said.includes(scale), scale)
  }
  assert.match(said, /It holds\. 12 minutes at 560 questions a second, 70 % of the knee/)
  assert.match(said, /reads p99 400 ms, not 250/)
  assert.doesNotMatch(said, /Tried, not measured|Disturbed/)
})

test('without a soak or a profile it does without, and short or disturbed steps are told', () => {
  const steps = [stepAt(800, 100), stepAt(900, 400, { othersCores: 0.5 })]
  const said = text(renderReport({ ...capacity, measuredS: 3, profile: undefined, steps }, undefined))
  assert.match(said, /Tried, not measured: steps of 3 s are too short/)
  assert.match(said, /Disturbed: others took 0.5 of the server’s cores/)
  assert.match(said, /No profile was taken/)
  assert.doesNotMatch(said, /Under load for long/)
})

test('points are where their values are: the highest of a linear plot is at its top, marks at the knee', () => {
  const html = renderReport(capacity, undefined)
  const [, memory = ''] = /aria-label="Memory of the server">(.*?)<\/svg>/.exec(html) ?? []
  const dots = [...memory.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="3"><title>resident: (\d+) at (\d+)/g)]
  assert.equal(dots.length, 4)
  assert.ok(dots.every(([, , y, value]) => Number(y) === Number(dots[0]![2]) && value === '500'))
  // The area is 602 wide from 62 on, and goes from 0 to 1,000.
  assert.deepEqual(
    dots.map(([, x, , , at]) => [x, at]),
    [
      ['363', '500'],
      ['543.6', '800'],
      ['603.8', '900'],
      ['603.8', '900'],
    ],
  )
  const knee = /<path class="mark" d="M([\d.]+) /.exec(memory)![1]
  assert.equal(dots.find(([, , , , at]) => at === '800')![1], knee)
})

test('the bottleneck is the busiest part, and none where nothing is busy all the time', () => {
  const { shares } = capacity
  const name = (usage: Parameters<typeof stepAt>[2]) => bottleneckOf(stepAt(500, 300, usage), shares).is?.name
  assert.equal(name({}), undefined)
  assert.equal(name({ threads: { main: 0.97 } }), "the server's main thread")
  assert.equal(name({ threads: { main: 0.5, 'check-1': 0.9 } }), "the server's thread check-1")
  assert.equal(name({ serverCores: 0.99 }), "the server's cores")
  assert.equal(name({ loadCores: 0.95 }), 'the load generator')
  assert.equal(name({ logBusy: 0.9 }), 'the disk under the log')
  const shared = { server: [0, 1], load: [0, 1], isPinned: false }
  const { is } = bottleneckOf(stepAt(500, 300, { serverCores: 1, loadCores: 0.9 }), shared)
  assert.match(is!.name, /the machine's cores/)
  assert.equal(decisiveStep(capacity).rates.readsPerSecond, 900)
})

test('what a machine holds follows from the knee by the model', () => {
  const holds = holdsAt(1_000)
  assert.ok(Math.abs(holds.checkinsPerSecond - 14) < 1e-9)
  assert.ok(Math.abs(holds.checkinsPerDay - (14 * 86_400) / 2.7) < 1e-6)
  assert.ok(Math.abs(holds.people - holds.checkinsPerDay / MODEL.checkinsPerPersonDay) < 1e-6)
  assert.equal(holds.online, 7_000)
  assert.equal(holdsAt(0).people, 0)
})

test('other scales take so many replicas, or more than one log where folding alone takes all', () => {
  const costs = costsOf(capacity)!
  // A ninth of what is no garbage is for check-ins: 0.8 cores at 800 questions and 16 check-ins a second.
  assert.ok(Math.abs(costs.checkinMs - ((0.1 / 0.9) * 800) / 16) < 1e-9)
  assert.ok(Math.abs(costs.readMs - (1 - 0.1 / 0.9)) < 1e-9)
  assert.ok(Math.abs(costs.cores - 0.56) < 1e-9)
  const [ten, thousand] = scalesFrom(holdsAt(capacity.knee.holdsAt)).map((scale) => project(scale, costs))
  assert.ok(Math.abs(ten!.readsPerSecond - 5_600) < 1e-6)
  assert.equal(ten!.replicas, Math.ceil((5.6 * costs.readMs) / (0.56 - 0.112 * 0.18)))
  assert.equal(thousand!.replicas, undefined)
  assert.equal(thousand!.isOneIngest, false)
  assert.equal(project({ name: '', because: '', checkinsPerDay: 1 }, undefined).replicas, undefined)
})

test('a month costs what the mean of a day takes of the knee, and what a year has left behind', () => {
  const prices = {
    name: 'planted',
    currency: 'XXX',
    cpuCoreHour: 1,
    memoryGibHour: 0,
    diskGibMonth: 1,
    egressGib: 1,
    thousandFetches: 0,
  }
  const holds = holdsAt(capacity.knee.holdsAt)
  const found = priceOf(capacity, holds, prices)!
  const { usage } = stepAt(800, 100)
  const share = 0.7 / MODEL.busiestHour
  assert.ok(Math.abs(found.month.cpu - usage.serverCores * share * 730) < 1e-6)
  assert.ok(Math.abs(found.month.egress - ((10 * 2 ** 20) / GIB) * share * 730 * 3_600) < 1e-6)
  assert.ok(Math.abs(found.month.disk - (usage.folderMb + holds.diskMbPerDay * KEPT_DAYS) / 1_024) < 1e-6)
  const { total } = found.month
  assert.equal(found.perThousandPeople, (total / holds.people) * 1_000)
  assert.ok(Math.abs(found.perMillionCheckins! - (total / (holds.checkinsPerDay * (730 / 24))) * 1e6) < 1e-6)
  assert.equal(priceOf({ ...capacity, steps: [] }, holds, prices), undefined)
  assert.match(text(renderReport(capacity, undefined)), /costs [\d,.]+ USD by a table of round figures/)
})

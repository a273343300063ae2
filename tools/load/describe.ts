import { QUESTIONS } from '../../packages/load/src/open-loop/model.ts'
import { bottleneckOf, decisiveStep, holdsAt, type Capacity } from './capacity.ts'
import type { Machine, Shares } from './machine.ts'
import { OTHERS_MAX } from './promise.ts'
import type { Soak } from './soak.ts'
import type { Step } from './step.ts'

/** What was found, for a terminal. */

export function describeStep({ rates, reads, freshness, faultShare, usage, broken }: Step): string {
  const ms = (value: number): string => value.toFixed(value < 10 ? 1 : 0)
  return [
    `${rates.readsPerSecond.toFixed(0)} reads/s, ${rates.checkinsPerSecond.toFixed(1)} check-ins/s:`,
    `reads ${ms(reads.p50)} / ${ms(reads.p99)} / ${ms(reads.p999)} ms (p50/p99/p99.9),`,
    `fresh after ${ms(freshness.p50)} / ${ms(freshness.p99)} ms,`,
    `${(faultShare * 100).toFixed(2)} % faults, server ${usage.serverCores.toFixed(2)} cores, ${usage.rssMb.toFixed(0)} MB${usage.othersCores > OTHERS_MAX ? `, others ${usage.othersCores.toFixed(2)}` : ''};`,
    broken.length === 0 ? 'holds' : `breaks: ${broken.join('; ')}`,
  ].join(' ')
}

/** One load: what people waited for, and what it took. */
export function describeRun(
  step: Step,
  about: { readonly machine: Machine; readonly shares: Shares; readonly about: string },
): string {
  const { machine, shares } = about
  const of = (name: string, { count, p50, p90, p99, p999, max }: Step['reads']): readonly string[] => {
    return [name, String(count), ...[p50, p90, p99, p999, max].map((value) => value.toFixed(1))]
  }
  const { usage } = step
  const threads = Object.entries(usage.threads).map(([name, busy]) => `${name} ${(busy * 100).toFixed(0)} %`)
  return [
    `${machine.cores} × ${machine.cpu}, Node ${machine.node}; ${about.about}`,
    `${step.rates.readsPerSecond} reads/s, ${step.rates.checkinsPerSecond.toFixed(1)} check-ins/s, ${step.followers} live, for ${step.measuredS} s; answered ${step.answeredPerSecond.toFixed(0)}/s`,
    '',
    tableOf(
      ['ms', 'count', 'p50', 'p90', 'p99', 'p99.9', 'max'],
      [
        of('reads', step.reads),
        of('freshness', step.freshness),
        of('sent late', step.lateness),
        ...QUESTIONS.flatMap(({ name }) => {
          const found = step.byQuestion[name]
          return found && found.count > 0 ? [of(`  ${name}`, found)] : []
        }),
      ],
    ),
    '',
    `server ${usage.serverCores.toFixed(2)} cores (threads: ${threads.join(', ')}), ${usage.rssMb.toFixed(0)} MB; load ${usage.loadCores.toFixed(2)} cores${shares.isPinned ? '' : ', of the same ones'}; others on the server's cores ${usage.othersCores.toFixed(2)}; lag up to ${usage.lagMax}`,
    `failed ${step.failed}, never shown ${step.missing}, live readers lost ${step.lost}${step.faults.length > 0 ? `: ${step.faults.map(([why, count]) => `${count} × ${why}`).join(', ')}` : ''}`,
    step.broken.length === 0 ? 'The promise holds.' : `The promise breaks: ${step.broken.join('; ')}.`,
  ].join('\n')
}

export function describeCapacity(capacity: Capacity): string {
  const { knee, steps, shares } = capacity
  const holds = holdsAt(knee.holdsAt)
  const decisive = decisiveStep(capacity)
  const { is, parts } = bottleneckOf(decisive, shares)
  const { othersCores } = decisive.usage
  const count = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 })
  const rows = steps
    .toSorted((a, b) => a.rates.readsPerSecond - b.rates.readsPerSecond)
    .map(({ rates, reads, freshness, usage, broken }) => [
      count(rates.readsPerSecond),
      ...[reads.p50, reads.p99, reads.p999, freshness.p99].map((value) => value.toFixed(0)),
      usage.serverCores.toFixed(2),
      usage.rssMb.toFixed(0),
      broken.length === 0 ? 'holds' : broken.join('; '),
    ])
  return [
    tableOf(['reads/s', 'p50 ms', 'p99', 'p99.9', 'fresh p99', 'cores', 'MB', ''], rows),
    '',
    knee.holdsAt === 0
      ? 'The promise holds at no load that was tried.'
      : `The knee is at ${count(knee.holdsAt)} reads/s (${knee.because}): ${count(holds.people)} people, ${count(holds.checkinsPerDay)} check-ins a day.`,
    is
      ? `The bottleneck is ${is.name}, busy ${(is.busy * 100).toFixed(0)} % of the time.`
      : `No part is busy all the time; most is ${parts[0]!.name}, ${(parts[0]!.busy * 100).toFixed(0)} %.`,
    ...(othersCores > OTHERS_MAX
      ? [
          `Others took ${othersCores.toFixed(2)} of the server's cores where it broke: on a quiet machine the knee is higher.`,
        ]
      : []),
  ].join('\n')
}

export function describeSoak({ verdict, minutes, readsPerSecond }: Soak): string {
  const { memoryMbPerMinute, memoryGrowth, readsP99MsPerMinute, readsP99Growth, brokenShare, disturbed } = verdict
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
  return [
    `${minutes.toFixed(1)} minutes at ${readsPerSecond.toFixed(0)} reads/s`,
    `memory ${memoryMbPerMinute.toFixed(2)} MB a minute, ${percent(memoryGrowth)} from the second third to the last`,
    `reads p99 ${readsP99MsPerMinute.toFixed(2)} ms a minute, ${percent(readsP99Growth)} from the second third to the last`,
    `the promise broke in ${percent(brokenShare)} of the windows; others disturbed ${disturbed} more`,
    verdict.holds ? 'It holds.' : `It does not hold: ${verdict.because.join('; ')}.`,
  ].join('\n')
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd()
  return [line(head), ...rows.map(line)].join('\n')
}

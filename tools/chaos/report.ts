import { FAULT_KINDS, type FaultKind } from './schedule.ts'
import type { Met, Outcome } from './run.ts'

/** The names of the figures are promised to whoever reads them by `--json`. */
export interface Figures {
  readonly chaos_lost: number
  readonly chaos_repeated: number
  /** How many digests there are beside the first one. */
  readonly digests_differ: number
  /** Shares of the reads through the balancer that were answered: with a client's one retry, and without. */
  readonly reads_available: number
  readonly reads_available_first_try: number
  /** With the retry, and without the time after the power of all machines failed: then there is nobody to answer. */
  readonly reads_available_with_power: number
  readonly write_stall_max_s: number
  readonly live_gaps: number
  readonly live_repeats: number
  readonly chaos_unacknowledged: number
  readonly faults_failed: number
}

const AVAILABLE_MIN = 0.999
const STALL_S_MAX = 10

export function figuresOf(outcome: Outcome): Figures {
  const { asked, failed, failedOnce, live } = outcome
  const dark = outcome.faults.filter(({ fault }) => fault.kind === 'power-all')
  const askedInLight = asked - sum(dark.map(({ readsAsked }) => readsAsked))
  const failedInLight = failed.length - sum(dark.map(({ readsFailed }) => readsFailed))
  return {
    chaos_lost: outcome.lost.length,
    chaos_repeated: outcome.repeated.length,
    digests_differ: new Set(outcome.digests).size - 1,
    reads_available: 1 - failed.length / Math.max(1, asked),
    reads_available_first_try: 1 - failedOnce.length / Math.max(1, asked),
    reads_available_with_power: 1 - failedInLight / Math.max(1, askedInLight),
    write_stall_max_s: Math.max(0, ...outcome.faults.map(({ stallS }) => stallS)),
    live_gaps: live.silent + live.misplaced + live.late,
    live_repeats: live.repeats,
    chaos_unacknowledged: outcome.pending,
    faults_failed: outcome.faults.filter(({ failure }) => failure !== undefined).length,
  }
}

/** Promises that do not hold, in words. What depends on the machine's speed comes last. */
export function brokenPromises(outcome: Outcome): {
  readonly safety: readonly string[]
  readonly speed: readonly string[]
} {
  const figures = figuresOf(outcome)
  const { lost, repeated, digests, live } = outcome
  const safety = [
    figures.chaos_lost > 0 && `${lost.length} acknowledged check-ins are lost: ${lost.slice(0, 3).join(', ')} …`,
    figures.chaos_repeated > 0 && `${repeated.length} check-ins are there twice: ${repeated.slice(0, 3).join(', ')} …`,
    figures.digests_differ > 0 && `the replicas' digests differ: ${digests.join(', ')}`,
    figures.chaos_unacknowledged > 0 && `${outcome.pending} check-ins were not taken in although all was whole again`,
    live.silent > 0 && `${live.silent} check-ins were left out of live streams without a word`,
    live.misplaced > 0 && `${live.misplaced} check-ins that were told live stand elsewhere in the log`,
    live.late > 0 && `${live.late} live streams did not come to the end`,
    live.repeats > 0 && `${live.repeats} check-ins came twice in a live stream`,
    figures.faults_failed > 0 && `${figures.faults_failed} faults did not go as they should`,
  ]
  const speed = [
    figures.reads_available < AVAILABLE_MIN && `reads were available ${percent(figures.reads_available)}, not 99.9 %`,
    figures.write_stall_max_s > STALL_S_MAX && `nothing new for ${figures.write_stall_max_s.toFixed(1)} s, not 10 s`,
  ]
  const said = (all: readonly (string | false)[]) => all.filter((each) => each !== false)
  return { safety: said(safety), speed: said(speed) }
}

/** The run as a table, a row for each kind of fault. */
export function describe(outcome: Outcome): string {
  const { faults, impossible, live, revived } = outcome
  const figures = figuresOf(outcome)
  const byKind = [...Map.groupBy(faults, ({ fault }) => fault.kind)]
  const head = [
    'fault',
    'fired',
    'stall s (median, max)',
    'whole after s (max)',
    'reads lost (once, twice)',
    'what it is',
  ]
  const rows = byKind.map(([kind, all]) => rowOf(kind, all))
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => (column === 5 ? cell : cell.padEnd(widths[column]!))).join('  ')}`
  const again = [...revived].map(([name, times]) => `${name} ${times} ×`).join(', ')
  const said = [...live.faults].map(([text, times]) => `${times} × ${text}`).join(', ')
  return [
    `seed ${outcome.seed}, ${outcome.loadS.toFixed(0)} s of load`,
    '',
    line(head),
    ...rows.map(line),
    ...impossible.map(({ kind, why }) => `  ${kind}: not possible here: ${why}`),
    '',
    `  check-ins told ${outcome.told}; acknowledged up to frame ${outcome.acknowledged}; lost ${figures.chaos_lost}, repeated ${figures.chaos_repeated}, not taken in ${outcome.pending}`,
    `  digests ${figures.digests_differ === 0 ? `equal: ${outcome.digests[0]}` : outcome.digests.join(' ')}`,
    `  reads ${outcome.asked}: available ${percent(figures.reads_available)} with one retry, ${percent(figures.reads_available_first_try)} without; ${percent(figures.reads_available_with_power)} while any machine had power${reasonsOf(outcome)}`,
    `  live: ${live.connections} connections, ${live.silent} left out silently, ${live.told} where a stream said so, ${live.repeats} repeated, ${live.misplaced} elsewhere, ${live.late} streams late${said && `; ${said}`}`,
    `  longest without anything new after a fault: ${figures.write_stall_max_s.toFixed(1)} s`,
    ...(again ? [`  ended or unwell by themselves, and started again: ${again}`] : []),
    ...(outcome.behindSMax > 1
      ? [`  the host was up to ${outcome.behindSMax.toFixed(1)} s behind its own rate: this machine is too slow for it`]
      : []),
  ].join('\n')
}

function rowOf(kind: FaultKind, all: readonly Met[]): readonly string[] {
  const stalls = all.map(({ stallS }) => stallS).toSorted((a, b) => a - b)
  const wholes = Math.max(...all.map(({ wholeAfterS }) => wholeAfterS))
  const [once, twice] = (['readsFailedOnce', 'readsFailed'] as const).map((name) =>
    all.reduce((total, each) => total + each[name], 0),
  )
  return [
    kind,
    String(all.length),
    `${stalls[Math.floor(stalls.length / 2)]!.toFixed(1)}, ${stalls.at(-1)!.toFixed(1)}`,
    wholes.toFixed(1),
    `${once}, ${twice}`,
    FAULT_KINDS[kind],
  ]
}

function reasonsOf({ failedOnce }: Outcome): string {
  const counts = [...Map.groupBy(failedOnce, ({ why }) => why)].map(([why, all]) => `${all.length} × ${why}`)
  return counts.length > 0 ? ` (${counts.join(', ')})` : ''
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

import type { Misdeed } from '../run/cluster.ts'
import type { RunResult } from '../run/run.ts'
import type { Validity } from '../run/verdict.ts'

const ANOMALIES_MAX = 5

export function verdictWord(valid: Validity): string {
  if (valid === 'unknown') return 'UNKNOWN'
  return valid ? 'valid' : 'INVALID'
}

/** A run in a few lines for a terminal: the verdict, why, and what was measured. */
export function summaryOf(result: RunResult): string {
  const { options, stats, net, verdict, faults } = result
  const latencies = verdict.facts['stable-latencies'] as Readonly<Record<string, number>> | undefined
  const lines = [
    `${options.workload}: ${verdictWord(result.valid)}   seed ${options.seed}`,
    `  ${stats.count} operations: ${stats.ok} ok, ${stats.fail} failed, ${stats.info} unknown; ${net.servers['msgs-per-op'].toFixed(2)} messages of servers per operation`,
    ...(latencies && Object.keys(latencies).length > 0 ? [`  stable after ${quantiles(latencies)}`] : []),
    ...faults.reports.map(({ name, windows, fired }) => `  ${name}: ${windows} times, fired ${fired}`),
    ...reasonsOf(result).map((reason) => `  ${reason}`),
  ]
  return lines.join('\n')
}

function quantiles(latencies: Readonly<Record<string, number>>): string {
  return Object.entries(latencies)
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([q, ms]) => `${q}: ${ms} ms`)
    .join(', ')
}

/** Why a run is not valid, a sentence each. */
export function reasonsOf(result: RunResult): readonly string[] {
  const { verdict, stats, availability, faults, misdeeds, options } = result
  const idle = faults.reports.filter(({ fired }) => fired === 0).map(({ name }) => name)
  return [
    ...misdeeds.map(misdeedWords),
    ...verdict.anomalies.slice(0, ANOMALIES_MAX).map(({ kind, words }) => `${kind}: ${words}`),
    ...(verdict.anomalies.length > ANOMALIES_MAX ? [`and ${verdict.anomalies.length - ANOMALIES_MAX} more`] : []),
    ...(verdict.doubt === undefined ? [] : [`unknown: ${verdict.doubt}`]),
    ...(stats.count === 0 ? ['unknown: no operation was asked for.'] : []),
    ...stats.neverOk.map((f) => `never-ok: not one "${f}" succeeded.`),
    ...(availability.valid === true
      ? []
      : [
          `availability: ${availability.fraction.toFixed(4)} of the operations succeeded, ${options.availability} should have.`,
        ]),
    ...idle.map((name) => `unknown: the fault "${name}" was asked for and never made a difference.`),
  ]
}

function misdeedWords({ kind, node, words, atMs }: Misdeed): string {
  return `${kind}: ${node}, at ${(atMs / 1_000).toFixed(3)} s: ${words}`
}

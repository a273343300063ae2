import type { RunResult } from '../run/run.ts'

/** The results as JSON, by Maelstrom's names where it has them. The history is a file of its own. */
export function resultsOf(result: RunResult): Readonly<Record<string, unknown>> {
  const { valid, options, verdict, stats, availability, net, faults, misdeeds } = result
  return {
    valid,
    seed: options.seed,
    options,
    workload: { valid: verdict.valid, ...verdict.facts, doubt: verdict.doubt, shown: verdict.anomalies },
    stats,
    availability,
    net,
    faults,
    misdeeds,
  }
}

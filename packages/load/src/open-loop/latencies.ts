import { createHistogram } from 'node:perf_hooks'

/** Latencies in an HDR histogram: each is kept to three digits, and however many there are take the same memory. */
export interface Latencies {
  /** Milliseconds, with a fraction. What is below a microsecond counts as one, what is above `LATENCY_MS_MAX` as that. */
  note(ms: number): void
  /** Takes in what another one holds. */
  add(other: Latencies): void
  clear(): void
  summary(): LatencySummary
  /** The histogram itself, in microseconds. */
  readonly micros: ReturnType<typeof createHistogram>
}

/** Milliseconds; all 0 where `count` is. */
export interface LatencySummary {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** Ten minutes: nobody waits for an answer for so long. */
export const LATENCY_MS_MAX = 600_000
const DIGITS = 3

export function createLatencies(): Latencies {
  const micros = createHistogram({ lowest: 1, highest: LATENCY_MS_MAX * 1_000, figures: DIGITS })
  const at = (percentile: number): number => micros.percentile(percentile) / 1_000
  return {
    micros,
    note: (ms) => micros.record(Math.max(1, Math.round(Math.min(ms, LATENCY_MS_MAX) * 1_000))),
    add: (other) => micros.add(other.micros),
    clear: () => micros.reset(),
    summary() {
      if (micros.count === 0) return { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 }
      const max = micros.max / 1_000
      return {
        count: micros.count,
        mean: micros.mean / 1_000,
        // A bucket may end past the largest of its values.
        p50: Math.min(at(50), max),
        p90: Math.min(at(90), max),
        p99: Math.min(at(99), max),
        p999: Math.min(at(99.9), max),
        max,
      }
    },
  }
}

import { isOk, operationsOf, type History } from '../run/history.ts'

/** A stretch of the run: how many operations ended in it and how, and how long those that succeeded took, in milliseconds. */
export interface Bucket {
  readonly fromMs: number
  readonly toMs: number
  readonly ok: number
  readonly fail: number
  readonly info: number
  readonly p50: number | undefined
  readonly p95: number | undefined
  readonly p99: number | undefined
}

const BUCKETS = 80
const BUCKET_MS_MIN = 250

/** The run in stretches of equal length, by when operations ended. */
export function seriesOf(history: History): readonly Bucket[] {
  const operations = operationsOf(history).filter(({ completion }) => completion !== undefined)
  const endMs = Math.max(1, ...operations.slice(-1_000).map(({ completion }) => completion!.timeMs))
  const lengthMs = Math.max(BUCKET_MS_MIN, endMs / BUCKETS)
  const groups = Map.groupBy(operations, ({ completion }) => Math.floor(completion!.timeMs / lengthMs))
  return Array.from({ length: Math.ceil(endMs / lengthMs) }, (_, at) => {
    const group = groups.get(at) ?? []
    const took = group
      .filter(isOk)
      .map(({ invoke, completion }) => completion.timeMs - invoke.timeMs)
      .toSorted((a, b) => a - b)
    const withType = (type: string): number => group.filter(({ completion }) => completion?.type === type).length
    const quantile = (q: number): number | undefined => took[Math.min(took.length - 1, Math.floor(took.length * q))]
    return {
      fromMs: at * lengthMs,
      toMs: (at + 1) * lengthMs,
      ok: withType('ok'),
      fail: withType('fail'),
      info: withType('info'),
      p50: quantile(0.5),
      p95: quantile(0.95),
      p99: quantile(0.99),
    }
  })
}

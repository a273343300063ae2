import { atUri, type Cid } from '@waypost/kernel'
import type { LoggedEvent } from '../../packages/server/src/log/log.ts'
import type { Run } from './followers.ts'
import type { Told } from './writing.ts'

/** Check-ins of the log, each by where it first stands. */
export interface Logged {
  /** In order. */
  readonly positions: readonly number[]
  readonly byUri: ReadonlyMap<string, number>
  /** Those that more than one commit brought. */
  readonly repeated: readonly string[]
}

const CHECKIN = 'app.waypost.checkin'

/** Takes what the log holds, from the first entry to the last. */
export async function collectLog(batches: AsyncIterable<readonly LoggedEvent[]>): Promise<Logged> {
  const byUri = new Map<string, number>()
  const committed = new Set<string>()
  const repeated: string[] = []
  for await (const batch of batches) {
    for (const { event, position } of batch) {
      if (event.kind !== 'commit' && event.kind !== 'repo') continue
      const puts = event.kind === 'repo' ? event.records : event.ops
      for (const put of puts) {
        if (put.collection !== CHECKIN || put.action !== 'put') continue
        const uri = atUri(event.did, put.collection, put.rkey)
        if (!byUri.has(uri)) byUri.set(uri, position)
        // A fetched repository says again what commits said before: nobody is told that twice.
        if (event.kind === 'repo') continue
        if (committed.has(uri)) repeated.push(uri)
        committed.add(uri)
      }
    }
  }
  return { positions: [...new Set(byUri.values())].toSorted((a, b) => a - b), byUri, repeated }
}

/** What a replica's read model holds, beside what the host has told. */
export interface Comparison {
  /** Acknowledged, and not there as it was told. */
  readonly lost: readonly string[]
  /** There twice, or told by nobody. */
  readonly repeated: readonly string[]
  /** Told, not acknowledged, and not there: the cluster has not come so far. */
  readonly pending: number
}

/** `acknowledged`: the log's cursor of the host. */
export function compare(
  told: ReadonlyMap<string, Told>,
  records: Iterable<{ readonly uri: string; readonly cid: Cid }>,
  { acknowledged }: { readonly acknowledged: number },
): Comparison {
  const found = new Map<string, Cid>()
  const repeated: string[] = []
  for (const { uri, cid } of records) {
    if (!uri.includes(CHECKIN)) continue
    if (found.has(uri) || !told.has(uri)) repeated.push(uri)
    found.set(uri, cid)
  }
  const absent = [...told].filter(([uri, { cid }]) => found.get(uri) !== cid)
  const lost = absent.filter(([, { seq }]) => seq <= acknowledged).map(([uri]) => uri)
  return { lost, repeated, pending: absent.length - lost.length }
}

/** How many positions one follower was not told between the first and the last; with a word of the server's, or without. */
export function gapsIn(
  runs: readonly Run[],
  positions: readonly number[],
): { readonly silent: number; readonly told: number } {
  let silent = 0
  let told = 0
  for (const [at, { from, isTold }] of runs.entries()) {
    const before = runs[at - 1]
    if (before === undefined) continue
    const missed = indexPast(positions, from - 1) - indexPast(positions, before.to)
    if (isTold) told += missed
    else silent += missed
  }
  return { silent, told }
}

/** How many are at most `value`. */
function indexPast(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** Whoever was told of a check-in at a position must find it there in the end: else the log was another one meanwhile. */
export function misplaced(noted: ReadonlyMap<number, string>, { byUri }: Logged): readonly string[] {
  return [...noted].filter(([position, uri]) => byUri.get(uri) !== position).map(([, uri]) => uri)
}

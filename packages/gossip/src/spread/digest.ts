import type { LwwMap } from '../crdt/lww-map.ts'

/**
 * What a map holds, in few bytes: a row for each minute in which something of it was written. Rows of minutes that have
 * ended are left out, so that two nodes which forget at different moments still agree.
 */
export interface Digest {
  /** The first minute that is told of; earlier ones say nothing. */
  readonly since: number
  readonly rows: readonly DigestRow[]
}

export type DigestRow = readonly [minute: number, hash: number]

const MINUTE_MS = 60_000

/** The first minute of which nothing is forgotten yet. */
export function firstWholeMinute({ wallMs, lifeMs }: { readonly wallMs: number; readonly lifeMs: number }): number {
  return minuteOf(wallMs - lifeMs) + 1
}

export function digestOf(map: LwwMap<unknown>, since: number): Digest {
  const lanes = new Map<number, [number, number]>()
  for (const [key, { atMs, writer }] of map) {
    const minute = minuteOf(atMs)
    if (minute < since) continue
    const [high, low] = hashOf(`${key} ${atMs} ${writer}`)
    const lane = lanes.get(minute) ?? [0, 0]
    lanes.set(minute, [lane[0] ^ high, lane[1] ^ low])
  }
  const rows = [...lanes].map(([minute, [high, low]]) => [minute, (high >>> 11) * 2 ** 32 + (low >>> 0)] as const)
  return { since, rows }
}

/** The minutes of which two digests say different things. */
export function differing(ours: Digest, theirs: Digest): number[] {
  const since = Math.max(ours.since, theirs.since)
  const [a, b] = [new Map(ours.rows), new Map(theirs.rows)]
  return [...new Set([...a.keys(), ...b.keys()])].filter((minute) => minute >= since && a.get(minute) !== b.get(minute))
}

export function minuteOf(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS)
}

/** 64 bits: FNV-1a (Fowler, Noll, Vo) from two offsets. Nobody who could make two of a kind is let in. */
function hashOf(text: string): readonly [number, number] {
  let [high, low] = [0x811c9dc5, 0x1b873593]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit, 0x01000193)
  }
  return [high ^ (high >>> 15), low ^ (low >>> 13)]
}

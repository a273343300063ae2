import { assert } from '@waypost/kernel'
import type { Keyset } from '#query/cursor.ts'

/**
 * Lists of check-ins in the order of feeds, each bounded, all in a few large arrays.
 * In: the newest of a list, then what comes and goes. Out: pages of ids. Promise: what a ring holds is all that its list
 * has from the newest down to the oldest one held; a whole ring holds all of it. Mutation in place: this is what one
 * check-in does to a million lists.
 *
 * A ring is a circle of segments of ids, each of which names the one that comes after it in time; the newest names the
 * oldest. So a full segment costs another one and no copy, and all segments are alike. What a delivery looks at stands apart
 * from the ids, close together: the newest one's time and where it lies. Of the others the time is asked for, and only
 * where something comes that is not the newest, so that an entry takes four bytes.
 */
export interface Rings {
  /** A ring of these, the newest first. Undefined where there is no room for it. */
  open(ids: readonly number[], options: { readonly isWhole: boolean }): number | undefined
  close(ring: number): void
  /** Puts a check-in into the first `count` of these rings, none of which may hold it. */
  deliver(rings: Uint32Array, count: number, checkin: Keyset): void
  /** Takes it out, where it is. */
  take(ring: number, id: number): void
  /** How many of a ring stand before what a cursor goes on with. */
  startOf(ring: number, cursor: Keyset): number
  /** Ids from there, `limit` and one more; undefined where the ring does not know. */
  page(ring: number, start: number, limit: number): readonly number[] | undefined
  /** Entries held, in all rings. */
  entries(): number
  /** What was ever used of what is reserved, and what stands apart. */
  readonly bytes: number
}

/** A segment: the address of the next one, and ids. */
const SEGMENT_WORDS = 64
const SEGMENT_MASK = SEGMENT_WORDS - 1
const SEGMENT_IDS = SEGMENT_WORDS - 1
/** Past these the ids of the oldest segment go. */
const SEGMENTS_MAX = 16
/** The first segment of all is given to nobody. */
const NO_SEGMENT = 0
/** Addresses have 32 bits: 16 GB. */
const WORDS_MAX = 2 ** 32
/** Subjects are numbered one by one; what has a number past this cannot be held, and the server stops. */
export const ID_MAX = 2 ** 32 - 1
/** Of a newest one that was taken out: what comes next looks where it belongs. */
const UNKNOWN = Number.POSITIVE_INFINITY
const NEVER = Number.NEGATIVE_INFINITY
const HEAD_BYTES = 14
const HEADS_FIRST = 64

/** `sortOf`: of a check-in that a ring holds. */
export function createRings(options: { readonly bytesMax: number; readonly sortOf: (id: number) => number }): Rings {
  const { sortOf } = options
  const wordsMax = Math.max(2, Math.floor(options.bytesMax / 4 / SEGMENT_WORDS)) * SEGMENT_WORDS
  assert(wordsMax <= WORDS_MAX, 'rings take 16 GB at most')
  /** Reserved at once, when the first ring is opened; the system gives memory to what is used of it. */
  let words = new Uint32Array(0)
  let end = SEGMENT_WORDS
  /** Of segments that were given back, each of which names another. */
  let free = NO_SEGMENT
  /** By ring: the newest one's sort time and address, how many segments there are, and whether they are the whole list. */
  let sorts = new Float64Array(HEADS_FIRST)
  let heads = new Uint32Array(HEADS_FIRST)
  let segments = new Uint8Array(HEADS_FIRST)
  let wholes = new Uint8Array(HEADS_FIRST)
  let rings = 0
  const freeRings: number[] = []

  function allocate(): number | undefined {
    if (free !== NO_SEGMENT) {
      const segment = free
      free = words[segment]!
      return segment
    }
    if (end + SEGMENT_WORDS > wordsMax) return undefined
    if (words.length === 0) words = new Uint32Array(wordsMax)
    end += SEGMENT_WORDS
    return end - SEGMENT_WORDS
  }

  function giveBack(segment: number): void {
    words[segment] = free
    free = segment
  }

  function moreHeads(): void {
    const larger = sorts.length * 2
    const [oldSorts, oldHeads, oldSegments, oldWholes] = [sorts, heads, segments, wholes]
    sorts = new Float64Array(larger)
    heads = new Uint32Array(larger)
    segments = new Uint8Array(larger)
    wholes = new Uint8Array(larger)
    sorts.set(oldSorts)
    heads.set(oldHeads)
    segments.set(oldSegments)
    wholes.set(oldWholes)
  }

  /** All segments but the newest are full. */
  function countOf(ring: number): number {
    return (segments[ring]! - 1) * SEGMENT_IDS + (heads[ring]! & SEGMENT_MASK)
  }

  /** Where the segments of a ring begin, the oldest first. */
  function chainOf(ring: number): readonly number[] {
    const chain: number[] = []
    let segment = heads[ring]! - (heads[ring]! & SEGMENT_MASK)
    for (let left = segments[ring]!; left > 0; left--) chain.push((segment = words[segment]!))
    return chain
  }

  /** Of the nth from the newest. */
  function addressOf(ring: number, chain: readonly number[], nth: number): number {
    const head = heads[ring]!
    const inNewest = head & SEGMENT_MASK
    if (nth < inNewest) return head - nth
    const before = nth - inNewest
    return chain[chain.length - 2 - Math.floor(before / SEGMENT_IDS)]! + SEGMENT_IDS - (before % SEGMENT_IDS)
  }

  /** Makes room in a segment after the newest: another one, or the oldest, whose ids go. */
  function turn(ring: number): void {
    const newest = heads[ring]! - (heads[ring]! & SEGMENT_MASK)
    const oldest = words[newest]!
    const segment = segments[ring]! < SEGMENTS_MAX ? allocate() : undefined
    if (segment === undefined) {
      wholes[ring] = 0
      heads[ring] = oldest
      return
    }
    words[newest] = segment
    words[segment] = oldest
    heads[ring] = segment
    segments[ring] = segments[ring]! + 1
  }

  function startIn(ring: number, chain: readonly number[], { sort, id }: Keyset): number {
    let low = 0
    let high = countOf(ring)
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = words[addressOf(ring, chain, middle)]!
      const time = sortOf(other)
      if (time > sort || (time === sort && other >= id)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** What comes is not the newest, or it is not known whether it is. */
  function insert(ring: number, checkin: Keyset): void {
    const nth = startIn(ring, chainOf(ring), checkin)
    if (nth === countOf(ring) && wholes[ring] === 0) return
    if ((heads[ring]! & SEGMENT_MASK) === SEGMENT_IDS) turn(ring)
    // Older than all that is left.
    if (nth > countOf(ring)) return
    heads[ring] = heads[ring]! + 1
    const chain = chainOf(ring)
    let to = heads[ring]!
    for (let next = 1; next <= nth; next++) {
      const from = addressOf(ring, chain, next)
      words[to] = words[from]!
      to = from
    }
    words[to] = checkin.id
    if (nth === 0) sorts[ring] = checkin.sort
  }

  return {
    open(ids, { isWhole }) {
      const segment = allocate()
      if (segment === undefined) return undefined
      const ring = freeRings.pop() ?? rings++
      if (ring === sorts.length) moreHeads()
      words[segment] = segment
      heads[ring] = segment
      segments[ring] = 1
      sorts[ring] = ids.length === 0 ? NEVER : UNKNOWN
      wholes[ring] = isWhole ? 1 : 0
      for (let nth = Math.min(ids.length, SEGMENTS_MAX * SEGMENT_IDS) - 1; nth >= 0; nth--) {
        if ((heads[ring]! & SEGMENT_MASK) === SEGMENT_IDS) turn(ring)
        heads[ring] = heads[ring]! + 1
        words[heads[ring]!] = ids[nth]!
      }
      if (ids.length > countOf(ring)) wholes[ring] = 0
      return ring
    },
    close(ring) {
      for (const segment of chainOf(ring)) giveBack(segment)
      segments[ring] = 0
      freeRings.push(ring)
    },
    deliver(all, number, checkin) {
      const { sort, id } = checkin
      assert(id <= ID_MAX, 'an id has 32 bits')
      const [newest, at, ids] = [sorts, heads, words]
      for (let n = 0; n < number; n++) {
        const ring = all[n]!
        if (!(sort > newest[ring]!)) {
          insert(ring, checkin)
          continue
        }
        newest[ring] = sort
        if ((at[ring]! & SEGMENT_MASK) === SEGMENT_IDS) turn(ring)
        const head = at[ring]! + 1
        at[ring] = head
        ids[head] = id
      }
    },
    take(ring, id) {
      const chain = chainOf(ring)
      const count = countOf(ring)
      let nth = 0
      while (nth < count && words[addressOf(ring, chain, nth)] !== id) nth++
      if (nth === count) return
      for (let to = addressOf(ring, chain, nth); nth > 0; nth--) {
        const from = addressOf(ring, chain, nth - 1)
        words[to] = words[from]!
        to = from
      }
      sorts[ring] = UNKNOWN
      if ((heads[ring]! & SEGMENT_MASK) === 0) {
        // The newest segment is empty: the one before it is the newest now, and full but for what was taken.
        const [before, empty] = chain.slice(-2) as [number, number]
        words[before] = words[empty]!
        segments[ring] = segments[ring]! - 1
        giveBack(empty)
        heads[ring] = before + SEGMENT_IDS
      }
      heads[ring] = heads[ring]! - 1
    },
    startOf: (ring, cursor) => startIn(ring, chainOf(ring), cursor),
    page(ring, from, limit) {
      const left = countOf(ring) - from
      if (left <= limit && wholes[ring] === 0) return undefined
      const chain = chainOf(ring)
      return Array.from({ length: Math.min(left, limit + 1) }, (_, nth) => words[addressOf(ring, chain, from + nth)]!)
    },
    entries() {
      let sum = 0
      for (let ring = 0; ring < rings; ring++) if (segments[ring]! > 0) sum += countOf(ring)
      return sum
    },
    get bytes() {
      return end * 4 + sorts.length * HEAD_BYTES
    },
  }
}

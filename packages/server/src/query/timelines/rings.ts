import { assert } from '@waypost/kernel'
import type { Keyset } from '#query/cursor.ts'

/**
 * Lists of check-ins in the order of feeds, each bounded, all in a few large arrays of 32-bit words.
 * In: the newest of a list, then what comes and goes. Out: pages of ids. Promise: what a ring holds is all that its list
 * has from the newest down to the oldest one held; a whole ring holds all of it. Mutation in place: this is what one
 * check-in does to a million lists.
 *
 * A block is a header and the ids around a circle. Only the newest one's time stands there: of the others it is asked
 * for, and only where something comes that is not the newest. So an entry takes four bytes.
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
  /** What is allocated, used or free. */
  readonly bytes: number
}

/** Words of a block, header included: it is made as small as it may be and doubles as it fills. Past the last the oldest go. */
const BLOCK_WORDS_MIN = 64
const BLOCK_WORDS_MAX = 1_024
const CHUNK_BITS = 20
const CHUNK_WORDS = 1 << CHUNK_BITS
const CHUNK_MASK = CHUNK_WORDS - 1
/** Signed arithmetic on addresses ends here: 8 GB. */
const WORDS_MAX = 2 ** 31
/** Subjects are numbered one by one; what has a number past this cannot be held, and the server stops. */
export const ID_MAX = 2 ** 32 - 1

const COUNT = 0
const NEWEST = 1
/** Sort time of the newest; unknown after it was taken out, so that what comes next looks where it belongs. */
const HIGH = 2
const LOW = 3
const CAPACITY = 4
const WHOLE = 5
const HEADER = 8
const UNKNOWN = 0xffff_ffff

/** `sortOf`: of a check-in that a ring holds. */
export function createRings(options: { readonly bytesMax: number; readonly sortOf: (id: number) => number }): Rings {
  const { sortOf } = options
  const wordsMax = Math.max(1, Math.floor(options.bytesMax / 4 / CHUNK_WORDS)) * CHUNK_WORDS
  assert(wordsMax <= WORDS_MAX, 'rings take 8 GB at most')
  const chunks: Uint32Array[] = []
  /** Where blocks that were given back begin, by their size. */
  const free = new Map<number, number[]>()
  for (let words = BLOCK_WORDS_MIN; words <= BLOCK_WORDS_MAX; words *= 2) free.set(words, [])
  let end = 0
  let starts = new Uint32Array(64)
  let rings = 0
  const freeRings: number[] = []

  function allocate(words: number): number | undefined {
    const found = free.get(words)!.pop()
    if (found !== undefined) return found
    // What lies before the next multiple of its size is left to smaller ones.
    for (; end % words !== 0; end += end & -end) free.get(end & -end)!.push(end)
    if (end + words > wordsMax) return split(words)
    const start = end
    end += words
    if (start >>> CHUNK_BITS === chunks.length) chunks.push(new Uint32Array(CHUNK_WORDS))
    return start
  }

  function split(words: number): number | undefined {
    if (words === BLOCK_WORDS_MAX) return undefined
    const start = free.get(words * 2)!.pop() ?? split(words * 2)
    if (start !== undefined) free.get(words)!.push(start + words)
    return start
  }

  /** Doubles a full ring; false where it is as large as it may be. */
  function grow(ring: number): boolean {
    const from = starts[ring]!
    const old = chunks[from >>> CHUNK_BITS]!
    const at = from & CHUNK_MASK
    const capacity = old[at + CAPACITY]!
    const words = (capacity + HEADER) * 2
    const start = words > BLOCK_WORDS_MAX ? undefined : allocate(words)
    if (start === undefined) return false
    const block = chunks[start >>> CHUNK_BITS]!
    const to = start & CHUNK_MASK
    const count = old[at + COUNT]!
    const oldest = (old[at + NEWEST]! - count + 1 + capacity) % capacity
    const first = Math.min(count, capacity - oldest)
    const ids = at + HEADER
    block.set(old.subarray(at, ids), to)
    block.set(old.subarray(ids + oldest, ids + oldest + first), to + HEADER)
    block.set(old.subarray(ids, ids + count - first), to + HEADER + first)
    block[to + NEWEST] = count - 1
    block[to + CAPACITY] = words - HEADER
    starts[ring] = start
    free.get(capacity + HEADER)!.push(from)
    return true
  }

  /** The nth id from the newest. */
  function idAt(words: Uint32Array, at: number, nth: number): number {
    const newest = words[at + NEWEST]!
    return words[at + HEADER + (nth <= newest ? newest - nth : newest - nth + words[at + CAPACITY]!)]!
  }

  function startOf(ring: number, { sort, id }: Keyset): number {
    const start = starts[ring]!
    const words = chunks[start >>> CHUNK_BITS]!
    const at = start & CHUNK_MASK
    let low = 0
    let high = words[at + COUNT]!
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = idAt(words, at, middle)
      const time = sortOf(other)
      if (time > sort || (time === sort && other >= id)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** What comes is not the newest, or it is not known whether it is. */
  function insert(ring: number, { sort, id }: Keyset): void {
    const nth = startOf(ring, { sort, id })
    let start = starts[ring]!
    let words = chunks[start >>> CHUNK_BITS]!
    let at = start & CHUNK_MASK
    const count = words[at + COUNT]!
    if (nth === count && words[at + WHOLE] === 0) return
    if (count === words[at + CAPACITY]!) {
      if (grow(ring)) {
        start = starts[ring]!
        words = chunks[start >>> CHUNK_BITS]!
        at = start & CHUNK_MASK
      } else {
        words[at + WHOLE] = 0
        if (nth === count) return
        words[at + COUNT] = count - 1
      }
    }
    const capacity = words[at + CAPACITY]!
    const ids = at + HEADER
    let place = (words[at + NEWEST]! + 1) % capacity
    words[at + NEWEST] = place
    words[at + COUNT] = words[at + COUNT]! + 1
    for (let left = nth; left > 0; left--) {
      const next = place === 0 ? capacity - 1 : place - 1
      words[ids + place] = words[ids + next]!
      place = next
    }
    words[ids + place] = id
    if (nth > 0) return
    words[at + HIGH] = Math.floor(sort / 2 ** 32)
    words[at + LOW] = sort % 2 ** 32
  }

  return {
    open(ids, { isWhole }) {
      let words = BLOCK_WORDS_MIN
      while (words < BLOCK_WORDS_MAX && words - HEADER < ids.length) words *= 2
      const start = allocate(words)
      if (start === undefined) return undefined
      const ring = freeRings.pop() ?? rings++
      if (ring >= starts.length) {
        const larger = new Uint32Array(starts.length * 2)
        larger.set(starts)
        starts = larger
      }
      starts[ring] = start
      const block = chunks[start >>> CHUNK_BITS]!
      const at = start & CHUNK_MASK
      const count = Math.min(ids.length, words - HEADER)
      block.fill(0, at, at + HEADER)
      block[at + COUNT] = count
      block[at + NEWEST] = Math.max(0, count - 1)
      block[at + HIGH] = UNKNOWN
      block[at + LOW] = UNKNOWN
      block[at + CAPACITY] = words - HEADER
      block[at + WHOLE] = isWhole && count === ids.length ? 1 : 0
      for (let nth = 0; nth < count; nth++) block[at + HEADER + count - 1 - nth] = ids[nth]!
      return ring
    },
    close(ring) {
      const start = starts[ring]!
      free.get(chunks[start >>> CHUNK_BITS]![(start & CHUNK_MASK) + CAPACITY]! + HEADER)!.push(start)
      freeRings.push(ring)
    },
    deliver(all, number, checkin) {
      const { sort, id } = checkin
      assert(id <= ID_MAX, 'an id has 32 bits')
      const high = Math.floor(sort / 2 ** 32)
      const low = sort % 2 ** 32
      for (let n = 0; n < number; n++) {
        const ring = all[n]!
        let start = starts[ring]!
        let words = chunks[start >>> CHUNK_BITS]!
        let at = start & CHUNK_MASK
        const topHigh = words[at + HIGH]!
        const topLow = words[at + LOW]!
        let place = words[at + NEWEST]!
        const isNewest =
          high > topHigh || (high === topHigh && (low > topLow || (low === topLow && id > words[at + HEADER + place]!)))
        if (!isNewest) {
          insert(ring, checkin)
          continue
        }
        place++
        if (words[at + COUNT] === words[at + CAPACITY]) {
          if (grow(ring)) {
            start = starts[ring]!
            words = chunks[start >>> CHUNK_BITS]!
            at = start & CHUNK_MASK
            place = words[at + NEWEST]! + 1
            words[at + COUNT] = words[at + COUNT]! + 1
          } else words[at + WHOLE] = 0
        } else words[at + COUNT] = words[at + COUNT]! + 1
        if (place === words[at + CAPACITY]) place = 0
        words[at + NEWEST] = place
        words[at + HIGH] = high
        words[at + LOW] = low
        words[at + HEADER + place] = id
      }
    },
    take(ring, id) {
      const start = starts[ring]!
      const words = chunks[start >>> CHUNK_BITS]!
      const at = start & CHUNK_MASK
      const count = words[at + COUNT]!
      const capacity = words[at + CAPACITY]!
      const newest = words[at + NEWEST]!
      const ids = at + HEADER
      let place = newest
      let nth = 0
      for (; nth < count && words[ids + place] !== id; nth++) place = place === 0 ? capacity - 1 : place - 1
      if (nth === count) return
      for (; nth > 0; nth--) {
        const next = place + 1 === capacity ? 0 : place + 1
        words[ids + place] = words[ids + next]!
        place = next
      }
      words[at + COUNT] = count - 1
      words[at + NEWEST] = newest === 0 ? capacity - 1 : newest - 1
      words[at + HIGH] = UNKNOWN
      words[at + LOW] = UNKNOWN
    },
    startOf,
    page(ring, from, limit) {
      const start = starts[ring]!
      const words = chunks[start >>> CHUNK_BITS]!
      const at = start & CHUNK_MASK
      const left = words[at + COUNT]! - from
      if (left <= limit && words[at + WHOLE] === 0) return undefined
      return Array.from({ length: Math.min(left, limit + 1) }, (_, nth) => idAt(words, at, from + nth))
    },
    entries() {
      const closed = new Set(freeRings)
      let sum = 0
      for (let ring = 0; ring < rings; ring++) {
        const start = starts[ring]!
        if (!closed.has(ring)) sum += chunks[start >>> CHUNK_BITS]![(start & CHUNK_MASK) + COUNT]!
      }
      return sum
    },
    get bytes() {
      return chunks.length * CHUNK_WORDS * 4 + starts.byteLength
    },
  }
}

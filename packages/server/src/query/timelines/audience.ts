/**
 * Which rings a person's check-ins go to: those of the people online who follow them. In: rings that come and go with
 * whom they are to hold. Out: by author, ring numbers in rising order, as 32-bit words, so that what goes to all of them
 * is written in the order in which it lies.
 */
export interface Audience {
  join(ring: number, authors: Iterable<number>): void
  leave(ring: number, authors: Iterable<number>): void
  of(author: number): Listeners | undefined
  readonly bytes: number
}

export interface Listeners {
  /** The first `count` of these. */
  readonly rings: Uint32Array
  readonly count: number
}

const FIRST_LISTENERS = 4
const GROWTH = 1.2
/** An array's own head, its place in the map and its object, roughly. */
const LISTENERS_BYTES = 250

export function createAudience(): Audience {
  const byAuthor = new Map<number, { rings: Uint32Array; count: number }>()
  let bytes = 0

  function placeOf(rings: Uint32Array, count: number, ring: number): number {
    if (count === 0 || rings[count - 1]! < ring) return count
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (rings[middle]! < ring) low = middle + 1
      else high = middle
    }
    return low
  }

  function begin(author: number): { rings: Uint32Array; count: number } {
    const begun = { rings: new Uint32Array(FIRST_LISTENERS), count: 0 }
    byAuthor.set(author, begun)
    bytes += LISTENERS_BYTES + begun.rings.byteLength
    return begun
  }

  return {
    join(ring, authors) {
      for (const author of authors) {
        const to = byAuthor.get(author) ?? begin(author)
        if (to.count === to.rings.length) {
          const larger = new Uint32Array(Math.ceil(to.count * GROWTH) + FIRST_LISTENERS)
          larger.set(to.rings)
          bytes += larger.byteLength - to.rings.byteLength
          to.rings = larger
        }
        const place = placeOf(to.rings, to.count, ring)
        to.rings.copyWithin(place + 1, place, to.count)
        to.rings[place] = ring
        to.count++
      }
    },
    leave(ring, authors) {
      for (const author of authors) {
        const from = byAuthor.get(author)
        if (from === undefined) continue
        const place = placeOf(from.rings, from.count, ring)
        if (place === from.count || from.rings[place] !== ring) continue
        from.rings.copyWithin(place, place + 1, from.count)
        from.count--
        if (from.count > 0) continue
        byAuthor.delete(author)
        bytes -= LISTENERS_BYTES + from.rings.byteLength
      }
    },
    of: (author) => byAuthor.get(author),
    get bytes() {
      return bytes
    },
  }
}

/**
 * Who may be tracked, by DID: a Bloom filter (B. H. Bloom, 1970). Most frames of the network are about people of whom
 * the log holds nothing; this says so in a fraction of a microsecond, for any number of them.
 * In: the DIDs of everybody tracked. Promise: 'no' is certain; 'yes' is wrong for one in four hundred when it holds as
 * many as there is room for, and more often beyond.
 */
export interface TrackedFilter {
  add(did: string): void
  mayHave(did: string): boolean
}

const BITS_EACH = 16
const PROBES = 4
/** Room for so many at least: 2 MB. */
const CAPACITY_MIN = 1_000_000
/** As many as an array of bits can hold; more members than that make it say 'yes' more often. */
const BITS_MAX = 2 ** 31

/** `count`: how many are tracked already; there is room for twice as many. */
export function createTrackedFilter(count: number): TrackedFilter {
  const wanted = Math.max(CAPACITY_MIN, 2 * count) * BITS_EACH
  const bits = Math.min(BITS_MAX, 2 ** Math.ceil(Math.log2(wanted)))
  const words = new Uint32Array(bits / 32)
  const mask = bits - 1

  return {
    add(did) {
      let at = fnv(did, 0x811c9dc5)
      const step = fnv(did, 0x9747b28c) | 1
      for (let probe = 0; probe < PROBES; probe++) {
        const bit = (at & mask) >>> 0
        words[bit >>> 5]! |= 1 << (bit & 31)
        at = (at + step) | 0
      }
    },
    mayHave(did) {
      let at = fnv(did, 0x811c9dc5)
      const step = fnv(did, 0x9747b28c) | 1
      for (let probe = 0; probe < PROBES; probe++) {
        const bit = (at & mask) >>> 0
        if ((words[bit >>> 5]! & (1 << (bit & 31))) === 0) return false
        at = (at + step) | 0
      }
      return true
    },
  }
}

/** FNV-1a (Fowler, Noll, Vo), over the text's characters, then stirred: DIDs differ in their ends. */
function fnv(text: string, seed: number): number {
  let value = seed
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value ^= value >>> 15
  value = Math.imul(value, 0x2c1b3c6d)
  return value ^ (value >>> 13)
}

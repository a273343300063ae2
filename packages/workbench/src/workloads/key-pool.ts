import type { Random } from '@waypost/kernel'

/** Keys in use, some much more than others, each retired for a new one when it was written often enough. */
export interface KeyPool {
  /** The key at each place is twice as likely as that before it. */
  pick(): number
  /** The next value for a key: 1, 2, 3 … */
  nextValue(key: number): number
  /** All keys that were ever in use. */
  readonly count: number
  readonly live: readonly number[]
}

export function keyPool(
  random: Random,
  options: { readonly keyCount: number; readonly maxWritesPerKey: number },
): KeyPool {
  const { keyCount, maxWritesPerKey } = options
  const live = Array.from({ length: keyCount }, (_, key) => key)
  const writes = new Map<number, number>()
  let count = keyCount
  return {
    live,
    get count() {
      return count
    },
    pick() {
      const weight = 1 + random.fraction() * (2 ** keyCount - 1)
      return live[Math.min(keyCount - 1, Math.floor(Math.log2(weight)))]!
    },
    nextValue(key) {
      const value = (writes.get(key) ?? 0) + 1
      writes.set(key, value)
      if (value >= maxWritesPerKey) live[live.indexOf(key)] = count++
      return value
    },
  }
}

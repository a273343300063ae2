import type { World } from '@waypost/kernel'

/** Allows so many per period and key, all at once or spread. Keys beyond the newest ones are forgotten. */
export interface RateLimit {
  /** False: too many; try again within the period. */
  allow(key: string): boolean
}

const KEYS_MAX = 10_000

/** A bucket per key that holds `count` and fills up again within `periodMs`. */
export function createRateLimit(
  world: World,
  options: { readonly count: number; readonly periodMs: number },
): RateLimit {
  const { count, periodMs } = options
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    allow(key) {
      const now = world.clock.elapsed()
      const bucket = buckets.get(key) ?? { left: count, at: now }
      buckets.delete(key)
      bucket.left = Math.min(count, bucket.left + ((now - bucket.at) / periodMs) * count)
      bucket.at = now
      const allowed = bucket.left >= 1
      if (allowed) bucket.left -= 1
      buckets.set(key, bucket)
      if (buckets.size > KEYS_MAX) buckets.delete(buckets.keys().next().value!)
      return allowed
    },
  }
}

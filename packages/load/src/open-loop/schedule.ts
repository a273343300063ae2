import { seededRandom } from '@waypost/kernel/sim'

/**
 * When each of so many things is due, in milliseconds from the beginning, in order: arrivals of a Poisson process, as of
 * many people who don't know of each other. It follows from the seed alone, so that whoever sends and whoever measures
 * need not tell each other.
 */
export function arrivals(options: {
  readonly perSecond: number
  readonly count: number
  /** An integer of 32 bits. */
  readonly seed: number
}): Float64Array<ArrayBuffer> {
  const { perSecond, count, seed } = options
  const random = seededRandom(seed)
  const times = new Float64Array(count)
  let at = 0
  for (let nth = 0; nth < count; nth++) {
    // 1 - fraction is in (0, 1]: its logarithm is finite.
    at += (-Math.log(1 - random.fraction()) / perSecond) * 1_000
    times[nth] = at
  }
  return times
}

/** How many of these are due at `atMs`, by halving. */
export function dueBy(times: Float64Array, atMs: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (times[middle]! <= atMs) low = middle + 1
    else high = middle
  }
  return low
}

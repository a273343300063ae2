import type { Random } from '@waypost/kernel'

export const LATENCY_DISTRIBUTIONS = ['constant', 'uniform', 'exponential'] as const
export type LatencyDistribution = (typeof LATENCY_DISTRIBUTIONS)[number]

export interface Latency {
  readonly meanMs: number
  readonly distribution: LatencyDistribution
}

/** How long one message is on its way, one way, in whole milliseconds. */
export function latencyMs({ meanMs, distribution }: Latency, random: Random): number {
  switch (distribution) {
    case 'constant':
      return meanMs
    case 'uniform':
      return Math.floor(random.fraction() * 2 * meanMs)
    case 'exponential':
      return Math.floor(-Math.log(1 - random.fraction()) * meanMs)
  }
}

import type { LatencySummary } from '../../packages/load/src/open-loop/latencies.ts'
import { FRESHNESS } from '../../packages/server/src/serve/ops/objective.ts'
import type { Step } from './step.ts'

/** What a server under load is held to; where one does not hold, it is past its knee. */
export const PROMISE = {
  /** One in a hundred check-ins may be told live later than this, as `FRESHNESS` says of what operators promise. */
  freshnessMsMax: FRESHNESS.withinSeconds * 1_000,
  /** One in a hundred questions may be answered later: where it is so for ten minutes, `WaypostReadsSlow` tells the operator. */
  readsMsMax: 250,
  /** Of questions, check-ins that were told to nobody, and live readers that were hung up on. */
  faultShareMax: 0.001,
} as const

/** When a step is over before its time: it says nothing more, and the server must be able to recover. */
export const LIMITS = {
  /** In one second. */
  faultShareMax: 0.5,
  readsMsMax: 8_000,
  underWayMax: 8_000,
  /** Positions that the read model is behind the log. */
  lagMax: 20_000,
  /** Of the machine's. */
  memoryShareMax: 0.7,
} as const

/**
 * Cores of the server's that others may take: where they take more, what breaks says nothing of the server, and is measured
 * again, so many times.
 */
export const OTHERS_MAX = 0.1
export const DISTURBED_TRIES_MAX = 3

/** What of the promise does not hold, in words. */
export function brokenBy(step: Omit<Step, 'broken'>): readonly string[] {
  const { freshness, reads, faultShare, stoppedBecause } = step
  const late = (what: string, { p99, count }: LatencySummary, max: number) =>
    count > 0 && p99 > max && `${what} p99 ${Math.round(p99)} ms, not ${max}`
  return [
    stoppedBecause !== undefined && `stopped: ${stoppedBecause}`,
    late('freshness', freshness, PROMISE.freshnessMsMax),
    late('reads', reads, PROMISE.readsMsMax),
    faultShare > PROMISE.faultShareMax && `${(faultShare * 100).toFixed(2)} % faults`,
  ].filter((each) => each !== false && each !== undefined)
}

/** Why a step that is under way must end; undefined: it may go on. */
export function tooMuch(now: {
  readonly reads: number
  readonly failed: number
  readonly p99Ms: number
  readonly underWay: number
  readonly lag: number
  readonly rssMb: number
  readonly machineMb: number
}): string | undefined {
  if (now.reads > 0 && now.failed / now.reads > LIMITS.faultShareMax) return `${now.failed} of ${now.reads} failed`
  if (now.p99Ms > LIMITS.readsMsMax) return `reads take ${Math.round(now.p99Ms)} ms`
  if (now.underWay > LIMITS.underWayMax) return `${now.underWay} questions wait`
  if (now.lag > LIMITS.lagMax) return `the read model is ${now.lag} positions behind`
  if (now.rssMb > now.machineMb * LIMITS.memoryShareMax) return `the server takes ${Math.round(now.rssMb)} MB`
  return undefined
}

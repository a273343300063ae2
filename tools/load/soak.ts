import type { FORMAT } from './capacity.ts'
import type { Machine, Shares } from './machine.ts'
import { OTHERS_MAX } from './promise.ts'
import type { Step } from './step.ts'

/** A server under the same load for long: `docs/capacity/soak.json`. */
export interface Soak {
  readonly version: typeof FORMAT
  /** ISO 8601. */
  readonly takenAt: string
  readonly machine: Machine
  readonly shares: Shares
  readonly about: string
  readonly readsPerSecond: number
  /** Of the knee; undefined where the load was given as a number. */
  readonly share: number | undefined
  readonly minutes: number
  /** One after another, without a rest. */
  readonly windows: readonly Step[]
  readonly verdict: SoakVerdict
}

export interface SoakVerdict {
  readonly holds: boolean
  /** What does not, in words. */
  readonly because: readonly string[]
  /** After the first third, in which it fills what it keeps. */
  readonly memoryMbPerMinute: number
  /** The last third beside the one before it: 0.1 is a tenth more. */
  readonly memoryGrowth: number
  readonly readsP99MsPerMinute: number
  readonly readsP99Growth: number
  readonly brokenShare: number
  /** Windows in which others took of the server's cores: they say nothing of how fast it is. */
  readonly disturbed: number
}

/** A soak of fewer windows says nothing of its end beside its middle. */
export const WINDOWS_MIN = 6
/** What is kept of each check-in grows with them; what grows faster is a leak. */
const MEMORY_GROWTH_MAX = 0.1
const P99_GROWTH_MAX = 0.5
/** Neighbours may spoil one in twenty. */
const BROKEN_SHARE_MAX = 0.05

type Window = Pick<Step, 'atS' | 'usage' | 'reads' | 'broken'>

/** Memory is judged by all windows, latency by those that nobody disturbed. */
export function judgeSoak(windows: readonly Window[]): SoakVerdict {
  const quiet = windows.filter(({ usage }) => usage.othersCores <= OTHERS_MAX)
  const rss = ({ usage }: Window): number => usage.rssMb
  const p99 = ({ reads }: Window): number => reads.p99
  const verdict = {
    memoryMbPerMinute: slopeOf(windows, rss),
    memoryGrowth: growthOf(windows, rss),
    readsP99MsPerMinute: slopeOf(quiet, p99),
    readsP99Growth: growthOf(quiet, p99),
    brokenShare: quiet.filter(({ broken }) => broken.length > 0).length / Math.max(1, quiet.length),
    disturbed: windows.length - quiet.length,
  }
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
  const because = [
    quiet.length < WINDOWS_MIN &&
      `there are ${windows.length} windows, of which others disturbed ${verdict.disturbed}, and ${WINDOWS_MIN} are needed to tell`,
    verdict.memoryGrowth > MEMORY_GROWTH_MAX &&
      `memory grew by ${percent(verdict.memoryGrowth)} from the second third to the last`,
    verdict.readsP99Growth > P99_GROWTH_MAX &&
      `the slowest reads became slower by ${percent(verdict.readsP99Growth)} from the second third to the last`,
    verdict.brokenShare > BROKEN_SHARE_MAX && `the promise broke in ${percent(verdict.brokenShare)} of the windows`,
  ].filter((each) => each !== false)
  return { ...verdict, because, holds: because.length === 0 }
}

/** A minute, from the second third on: in the first it fills what it keeps. */
function slopeOf(windows: readonly Window[], value: (window: Window) => number): number {
  const settled = windows.slice(Math.floor(windows.length / 3))
  return slope(
    settled.map(({ atS }) => atS / 60),
    settled.map(value),
  )
}

/** The last third beside the one before it. */
function growthOf(windows: readonly Window[], value: (window: Window) => number): number {
  const third = Math.floor(windows.length / 3)
  if (third === 0) return 0
  return mean(windows.slice(-third).map(value)) / mean(windows.slice(third, -third).map(value)) - 1
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

/** Least squares; 0 where there is no time between. */
export function slope(at: readonly number[], values: readonly number[]): number {
  const [middle, level] = [mean(at), mean(values)]
  const across = mean(at.map((each) => (each - middle) ** 2))
  return across === 0 ? 0 : mean(values.map((value, nth) => (value - level) * (at[nth]! - middle))) / across
}

import { weekOf } from '#project/local-day.ts'

/** After so many weeks in a row, one week without a check-in is forgiven; then they are counted anew. */
export const FREEZE_EARNED_WEEKS = 4

export interface Streak {
  /** Weeks in a row with a check-in, up to this one or the one before; 0 where it has ended. */
  readonly current: number
  readonly longest: number
  /** Whether a missed week would be forgiven now. */
  readonly hasFreeze: boolean
  /** Whether this week has a check-in already. */
  readonly isThisWeekIn: boolean
}

/** In: days with a check-in, in any order, counted as `localDay` does; today. Weeks are those of ISO 8601. */
export function streakOf(days: readonly number[], today: number): Streak {
  const weeks = [...new Set(days.map(weekOf))].sort((a, b) => a - b)
  const thisWeek = weekOf(today)
  let run = 0
  let earned = 0
  let longest = 0
  let last = Number.NEGATIVE_INFINITY
  const goesOn = (missed: number): boolean => missed === 0 || (missed === 1 && earned >= FREEZE_EARNED_WEEKS)
  for (const week of weeks) {
    const missed = week - last - 1
    if (!goesOn(missed)) run = earned = 0
    else if (missed === 1) earned = 0
    run++
    earned++
    longest = Math.max(longest, run)
    last = week
  }
  const missed = Math.max(0, thisWeek - last - 1)
  const current = goesOn(missed) ? run : 0
  return {
    current,
    longest,
    hasFreeze: current > 0 && missed === 0 && earned >= FREEZE_EARNED_WEEKS,
    isThisWeekIn: last >= thisWeek,
  }
}

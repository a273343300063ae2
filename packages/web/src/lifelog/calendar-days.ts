/** A year laid out in weeks, Monday to Sunday, as two halves that stand side by side where there is room. */

export interface CalendarDay {
  /** Such as `2026-11-20`. */
  readonly day: string
  /** From 1: which week of the half, and which day of the week. */
  readonly column: number
  readonly row: number
}

export interface CalendarMonth {
  /** From 0. */
  readonly month: number
  /** Where its first day is. */
  readonly column: number
}

export interface CalendarHalf {
  readonly days: readonly CalendarDay[]
  readonly months: readonly CalendarMonth[]
}

const DAY_MS = 86_400_000

export function halvesOf(year: number): readonly [CalendarHalf, CalendarHalf] {
  return [halfOf(year, 0), halfOf(year, 6)]
}

function halfOf(year: number, firstMonth: number): CalendarHalf {
  const start = startOf(year, firstMonth)
  const end = startOf(year, firstMonth + 6)
  const before = weekdayOf(start)
  const place = (ms: number) => (ms - start) / DAY_MS + before
  const days = Array.from({ length: (end - start) / DAY_MS }, (_, nth) => ({
    day: new Date(start + nth * DAY_MS).toISOString().slice(0, 10),
    column: Math.floor((nth + before) / 7) + 1,
    row: ((nth + before) % 7) + 1,
  }))
  const months = Array.from({ length: 6 }, (_, nth) => ({
    month: firstMonth + nth,
    column: Math.floor(place(startOf(year, firstMonth + nth)) / 7) + 1,
  }))
  return { days, months }
}

/** `Date.UTC` takes the years below 100 for those of the last century. */
function startOf(year: number, month: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month, 1)
  return date.getTime()
}

/** From 0 on Monday. */
function weekdayOf(ms: number): number {
  return (new Date(ms).getUTCDay() + 6) % 7
}

/** How strong a day is coloured: 0 for none, 1 to 4 by its share of the most that a day has. */
export function strengthOf(count: number, most: number): 0 | 1 | 2 | 3 | 4 {
  if (count <= 0) return 0
  return Math.min(4, Math.max(1, Math.ceil((4 * Math.log2(1 + count)) / Math.log2(1 + most)))) as 1 | 2 | 3 | 4
}

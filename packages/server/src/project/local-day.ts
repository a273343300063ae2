export const DAY_MS = 86_400_000
export const WEEK_MS = 7 * DAY_MS
const MINUTE_MS = 60_000

/** What tells which day it was where somebody was. */
export interface LocalTime {
  /** Milliseconds since 1970. */
  readonly sort: number
  /** Minutes east of UTC, where the author wrote them. */
  readonly zone: number | null
  readonly lon: number | null
}

/** Minutes east of UTC: as written, else by the sun, else none. */
export function offsetOf({ zone, lon }: Omit<LocalTime, 'sort'>): number {
  return zone ?? (lon === null ? 0 : Math.round(lon / 15) * 60)
}

/** The calendar day there and then, counted from 1 January 1970. */
export function localDay(time: LocalTime): number {
  return Math.floor((time.sort + offsetOf(time) * MINUTE_MS) / DAY_MS)
}

/** The ISO week (Monday to Sunday) of a day, counted from that of 1 January 1970, a Thursday. */
export function weekOf(day: number): number {
  return Math.floor((day + 3) / 7)
}

/** When the week (Monday to Sunday, UTC) of a moment begins; both in milliseconds since 1970. */
export function weekStart(now: number): number {
  return weekOf(Math.floor(now / DAY_MS)) * WEEK_MS - 3 * DAY_MS
}

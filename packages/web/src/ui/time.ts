import { t } from '../language/language.ts'
import { dateFormat } from '../language/formats.ts'
import { locale as spoken } from '../language/locale.ts'

/** Times as people say them. `now` comes in, so that a page's times all agree and tests need no clock. */

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

export interface TimeStyle {
  readonly locale?: string | undefined
  readonly timeZone?: string | undefined
}

/** Short, for lists: `now`, `5 min`, `3 h`, `yesterday`, `4 d`, `12 Nov`, `12 Nov 2024`. Empty for a bad time. */
export function timeAgo(iso: string, nowMs: number, { locale = spoken, timeZone }: TimeStyle = {}): string {
  const ms = Date.parse(iso)
  if (Number.isNaN(ms)) return ''
  const age = nowMs - ms
  // A clock that is a little ahead of ours is still now; far ahead is shown as the date that it says.
  if (age < MINUTE_MS && age > -5 * MINUTE_MS) return t.time.now
  if (age >= 0 && age < HOUR_MS) return t.time.minutes(Math.floor(age / MINUTE_MS))
  if (age >= 0 && age < DAY_MS) return t.time.hours(Math.floor(age / HOUR_MS))
  if (age >= 0 && age < 2 * DAY_MS) return t.time.yesterday
  if (age >= 0 && age < 7 * DAY_MS) return t.time.days(Math.floor(age / DAY_MS))
  return dayAndMonth(ms, nowMs, { month: 'short', locale, timeZone })
}

/** Wherever it is midnight, that is on a quarter of an hour. */
export const DAYS_BEGIN_MS = 15 * MINUTE_MS

/** Until when `timeAgo` says the same, at least; milliseconds since 1970. */
export function isSaidUntil(iso: string, nowMs: number): number {
  const ms = Date.parse(iso)
  if (Number.isNaN(ms)) return Infinity
  const age = nowMs - ms
  if (age > -5 * MINUTE_MS && age < MINUTE_MS) return ms + MINUTE_MS
  // A date has its year from New Year on.
  const nextDay = (Math.floor(nowMs / DAYS_BEGIN_MS) + 1) * DAYS_BEGIN_MS
  if (age < 0) return Math.min(nextDay, ms - 5 * MINUTE_MS + 1)
  if (age >= 7 * DAY_MS) return nextDay
  const stepMs = age < HOUR_MS ? MINUTE_MS : age < DAY_MS ? HOUR_MS : DAY_MS
  return ms + (Math.floor(age / stepMs) + 1) * stepMs
}

/** Whole, for a title or a page of its own: `Friday, 20 November 2026 at 14:05`. Empty for a bad time. */
export function timeInFull(iso: string, { locale = spoken, timeZone }: TimeStyle = {}): string {
  const ms = Date.parse(iso)
  if (Number.isNaN(ms)) return ''
  return dateFormat({ dateStyle: 'full', timeStyle: 'short', timeZone }, locale).format(ms)
}

/** With the year where it is not this one. */
export function dayAndMonth(
  ms: number,
  nowMs: number,
  { month, locale, timeZone }: TimeStyle & { readonly month: 'short' | 'long' },
): string {
  const isThisYear = year(ms, timeZone) === year(nowMs, timeZone)
  return dateFormat({ day: 'numeric', month, ...(isThisYear ? {} : { year: 'numeric' }), timeZone }, locale).format(ms)
}

function year(ms: number, timeZone: string | undefined): string {
  return dateFormat({ year: 'numeric', timeZone }, 'en').format(ms)
}

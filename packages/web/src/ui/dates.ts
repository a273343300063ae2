import { dateFormat } from '../language/formats.ts'
import { t } from '../language/language.ts'
import { locale as spoken } from '../language/locale.ts'
import { DAY_MS, dayAndMonth, type TimeStyle } from './time.ts'

/** Days, months and times of the day as people say them: what no page needs at once. */

/** The time of day: `14:05`. Empty for a bad time. */
export function clockTime(iso: string, { locale = spoken, timeZone }: TimeStyle = {}): string {
  const ms = Date.parse(iso)
  if (Number.isNaN(ms)) return ''
  return dateFormat({ timeStyle: 'short', timeZone }, locale).format(ms)
}

/** `November 2026`; empty for a bad time. */
export function monthOf(iso: string, { locale = spoken, timeZone }: TimeStyle = {}): string {
  const ms = Date.parse(iso)
  if (Number.isNaN(ms)) return ''
  return dateFormat({ month: 'long', year: 'numeric', timeZone }, locale).format(ms)
}

/** The heading of a day in a list: `Today`, `Yesterday`, `Wednesday`, `12 November`, `12 November 2024`. */
export function dayOf(iso: string, nowMs: number, { locale = spoken, timeZone }: TimeStyle = {}): string {
  const ms = Date.parse(iso)
  if (Number.isNaN(ms)) return ''
  const days = dayNumber(nowMs, timeZone) - dayNumber(ms, timeZone)
  if (days === 0) return t.time.today
  if (days === 1) return t.time.yesterdayAsHeading
  if (days > 1 && days < 7) return dateFormat({ weekday: 'long', timeZone }, locale).format(ms)
  return dayAndMonth(ms, nowMs, { month: 'long', locale, timeZone })
}

/** Days since 1970 on the calendar of a time zone, so that midnight there is where a day begins. */
function dayNumber(ms: number, timeZone: string | undefined): number {
  const parts = dateFormat({ year: 'numeric', month: 'numeric', day: 'numeric', timeZone }, 'en')
  const part = Object.fromEntries(parts.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day ?? 1) / DAY_MS
}

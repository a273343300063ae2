import type { DatetimeString } from '@atproto/syntax'

/** Milliseconds since 1970 as lexicons have it, in UTC. */
export function datetime(ms: number): DatetimeString {
  return new Date(ms).toISOString() as DatetimeString
}

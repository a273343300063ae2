export type Period = 'day' | 'month'

export interface Span {
  /** Milliseconds since 1970. */
  readonly startMs: number
  readonly endMs: number
}

/** A clock that is put back by less than this does not begin an earlier period again. */
const STEP_BACK_MS_MAX = 86_400_000

/** The day or month of UTC that a time lies in. */
export function spanOf(period: Period, atMs: number): Span {
  const at = new Date(atMs)
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()]
  if (period === 'month') return { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) }
  const day = at.getUTCDate()
  return { startMs: Date.UTC(year, month, day), endMs: Date.UTC(year, month, day + 1) }
}

/** Whether the period that began at `startMs` is over. */
export function isOver(period: Period, startMs: number, nowMs: number): boolean {
  return nowMs >= spanOf(period, startMs).endMs || nowMs < startMs - STEP_BACK_MS_MAX
}

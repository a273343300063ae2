import type { World } from '@waypost/kernel'
import type { DueMark } from '#log/ingest-due.ts'
import type { Patience } from '#log/patience.ts'
import type { Window } from '#log/ingest-window.ts'
import type { EventLog } from '#log/log.ts'

/**
 * Which of the marks from before a kill may be taken up. A mark is durable before the frames in front of it are in the
 * log. Those are read again first: what a PDS says of an account now, it may say of a later time than theirs, and they
 * would be refused by it.
 */
export interface Replay {
  /** Those whose host has come as far again at once, the others when it has or is no longer waited for. */
  eachInItsTime(marks: readonly DueMark[], takeUp: (mark: DueMark) => Promise<void>): Promise<void>
}

export interface ReplayOptions {
  readonly world: World
  readonly signal: AbortSignal
  readonly window: Window
  readonly eventLog: EventLog
  readonly patience: Patience
}

/** How often is looked how far a host has come, and how long it is waited for. */
const LOOK_MS = 1_000
const PATIENT_MS_MAX = 10 * 60_000

export function createReplay({ world, signal, window, eventLog, patience }: ReplayOptions): Replay {
  const cursorOf = async (host: string): Promise<number> =>
    window.settledSeq(host) ?? (await patience('read a cursor', () => eventLog.cursor(host))) ?? 0

  return {
    async eachInItsTime(marks, takeUp) {
      const patientUntil = world.clock.elapsed() + PATIENT_MS_MAX
      for (let left = marks; left.length > 0 && !signal.aborted;) {
        const isLate = world.clock.elapsed() >= patientUntil
        const ahead: DueMark[] = []
        for (const mark of left) {
          if (!isLate && mark.source.seq > (await cursorOf(mark.source.host))) ahead.push(mark)
          else await takeUp(mark)
        }
        left = ahead
        if (left.length > 0) await world.timers.sleep(LOOK_MS, signal)
      }
    },
  }
}

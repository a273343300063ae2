import type { World } from '@waypost/kernel'

/** What came of one question. `fault`: why there was no answer that somebody would be content with. */
export interface Outcome {
  readonly nth: number
  /** From when it was due until the answer was there, or it was clear that there is none: what a person waits. */
  readonly latencyMs: number
  /** How much later than it was due it was sent: the sender's own fault. */
  readonly lateMs: number
  readonly fault: string | undefined
}

/** Questions under way. Past this the next one is not sent and counts as failed: the server is far gone. */
export const UNDER_WAY_MAX = 20_000
/** How often is looked whether something is due. */
const TICK_MS = 1

/**
 * Open loop: sends each question when it is due by `times`, whatever became of those before it, and counts from then. A
 * server that stands still is therefore seen by everybody who would have asked meanwhile (no coordinated omission).
 * `send` answers the fault, if there was one, and does not reject. Resolves once all are sent, or the signal aborts, and
 * what is under way has come to something.
 */
export async function sendOnTime(
  world: World,
  times: Float64Array,
  options: {
    readonly send: (nth: number) => Promise<string | undefined>
    readonly onOutcome: (outcome: Outcome) => void
    readonly onUnderWay?: (count: number) => void
    readonly signal?: AbortSignal
  },
): Promise<void> {
  const { send, onOutcome, onUnderWay, signal } = options
  const { clock, timers } = world
  const startedMs = clock.elapsed()
  const underWay = new Set<Promise<void>>()

  async function ask(nth: number, dueMs: number): Promise<void> {
    const lateMs = clock.elapsed() - dueMs
    const fault = await send(nth)
    onOutcome({ nth, latencyMs: clock.elapsed() - dueMs, lateMs, fault })
  }

  for (let nth = 0; nth < times.length && signal?.aborted !== true;) {
    const dueMs = startedMs + times[nth]!
    const waitMs = dueMs - clock.elapsed()
    if (waitMs > 0) {
      await timers.sleep(Math.max(TICK_MS, waitMs), signal)
      continue
    }
    if (underWay.size >= UNDER_WAY_MAX) {
      onOutcome({ nth, latencyMs: -waitMs, lateMs: -waitMs, fault: 'not sent' })
    } else {
      const asking: Promise<void> = ask(nth, dueMs).finally(() => {
        underWay.delete(asking)
        onUnderWay?.(underWay.size)
      })
      underWay.add(asking)
      onUnderWay?.(underWay.size)
    }
    nth++
  }
  await Promise.all(underWay)
}

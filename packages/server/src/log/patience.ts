import { OwnFault, type Logger, type World } from '@waypost/kernel'

/** Thrown by a patient call that ended with its owner, and by nothing else. */
export class Stopped extends Error {
  override name = 'Stopped'
}

/** Repeats an action of the engine's until it succeeds. Our own faults pass through; `Stopped` when the signal aborts. */
export type Patience = <T>(what: string, action: () => Promise<T>) => Promise<T>

const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 10_000

export function createPatience(options: {
  readonly world: World
  readonly signal: AbortSignal
  /** Hears of each failure. */
  readonly failed: (what: string, error: unknown) => void
  /** The longest rest between two tries. */
  readonly retryMsMax?: number
}): Patience {
  const { world, signal, failed, retryMsMax = RETRY_MS_MAX } = options
  return async (what, action) => {
    for (let delayMs = RETRY_MS_MIN; ; delayMs = Math.min(delayMs * 2, retryMsMax)) {
      if (signal.aborted) throw new Stopped(what)
      try {
        return await action()
      } catch (error) {
        if (error instanceof OwnFault) throw error
        failed(what, error)
      }
      await world.timers.sleep(delayMs * (0.5 + world.random.fraction() / 2), signal)
    }
  }
}

/** What a log line says of a failure. */
export function warnOfEngine(log: Logger): (what: string, error: unknown) => void {
  return (what, err) => log.warn({ err, what }, 'the engine does not answer; trying again')
}

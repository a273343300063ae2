import { OwnFault, type Logger, type World } from '@waypost/kernel'

/** Thrown by a patient call that ended with the ingest, and by nothing else. */
export class Stopped extends Error {
  override name = 'Stopped'
}

/** Repeats an action of the engine's until it succeeds. Our own faults pass through; `Stopped` when the signal aborts. */
export type Patience = <T>(what: string, action: () => Promise<T>) => Promise<T>

const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 10_000

export function createPatience(options: { world: World; log: Logger; signal: AbortSignal }): Patience {
  const { world, log, signal } = options
  return async (what, action) => {
    for (let delayMs = RETRY_MS_MIN; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      if (signal.aborted) throw new Stopped(what)
      try {
        return await action()
      } catch (error) {
        if (error instanceof OwnFault) throw error
        log.warn({ err: error, what }, 'the engine does not answer; trying again')
      }
      await world.timers.sleep(delayMs * (0.5 + world.random.fraction() / 2), signal)
    }
  }
}

import type { Logger, World } from '@waypost/kernel'
import type { RenewableDirectory } from './directory.ts'

/** How often it is looked whether an import has brought something. */
const LOOK_MS = 30_000
/** After a build that failed, for want of room say. */
const RETRY_MS = 600_000

/** Takes what is imported into a directory that is in use, until disposed; a build under way is then broken off. */
export function keepCurrent(
  world: World,
  directory: Pick<RenewableDirectory, 'renew'>,
  { log, renewed }: { readonly log: Logger; readonly renewed: () => void },
): AsyncDisposable {
  const ending = new AbortController()
  async function look(): Promise<number> {
    try {
      if (await directory.renew(ending.signal)) renewed()
      return LOOK_MS
    } catch (fault) {
      if (!ending.signal.aborted)
        log.error({ err: fault }, 'the directory of places could not be built; the old one stays')
      return RETRY_MS
    }
  }
  async function keep(): Promise<void> {
    let pauseMs = LOOK_MS
    while (!ending.signal.aborted) {
      await world.timers.sleep(pauseMs, ending.signal)
      if (!ending.signal.aborted) pauseMs = await look()
    }
  }
  const ended = keep()
  return {
    async [Symbol.asyncDispose]() {
      ending.abort()
      await ended
    },
  }
}

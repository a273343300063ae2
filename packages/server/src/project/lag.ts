import type { Position } from '@waypost/engine'
import type { World } from '@waypost/kernel'

/** How far a reader of the log is behind it, as a time: positions say nothing of how long somebody waits. */
export interface Lag extends Disposable {
  /** For how long the log has held something that the reader does not; 0 where it holds all that is known of. */
  ms(): number
}

const LOOK_MS = 1_000
/** More looks than this are thinned out: the oldest one is what counts. */
const LOOKS_MAX = 600

/**
 * Looks every second where the log ends. Where it cannot be asked, nothing is known of what is missing, and nothing
 * counts as missing: a reader that cannot be told of news is as good as any other.
 */
export function watchLag(options: {
  readonly world: World
  readonly head: () => Promise<Position>
  readonly position: () => Position
}): Lag {
  const { world, head, position } = options
  /** Where the log ended when it was looked at, the oldest first; what the reader has reached by now is left out. */
  let looks: { readonly at: number; readonly head: Position }[] = []

  function drop(): void {
    const reached = position()
    while (looks.length > 0 && looks[0]!.head <= reached) looks.shift()
  }

  let lookedAt = world.clock.elapsed()

  const looking = world.timers.every(LOOK_MS, async () => {
    // What is new may have been there since the last look: after a pause of this process that is long ago.
    const at = lookedAt
    lookedAt = world.clock.elapsed()
    try {
      looks.push({ at, head: await head() })
    } catch {
      return
    }
    drop()
    if (looks.length > LOOKS_MAX) looks = looks.filter((_, index) => index % 2 === 0)
  })

  return {
    ms() {
      drop()
      return looks.length === 0 ? 0 : world.clock.elapsed() - looks[0]!.at
    },
    [Symbol.dispose]: () => looking[Symbol.dispose](),
  }
}

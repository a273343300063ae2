import type { World } from '@waypost/kernel'

/** What the PDS's sequencer has of this; the second is private in its types. */
interface Sequencer {
  sequenceEvts(events: never): Promise<number[]>
  exponentialBackoff(): Promise<void>
}

/** How long an idle sequencer sleeps, unless something is written. */
const IDLE_MS_MAX = 1_000

/**
 * Left alone, an idle PDS looks for news of its own about once a second, and that is how late everyone hears of them.
 * Here a write wakes it: nobody at a sandbox waits for a poll, and an idle one costs nothing.
 */
export function wakeOnWrite(world: World, sequencer: object): void {
  const target = sequencer as Sequencer
  const write = target.sequenceEvts.bind(target)
  let hasNews = false
  let wake = new AbortController()
  target.sequenceEvts = async (events) => {
    const seqs = await write(events)
    hasNews = true
    wake.abort()
    return seqs
  }
  target.exponentialBackoff = async () => {
    // What was written while the sequencer looked, it may have missed: it looks again at once.
    if (!hasNews) await world.timers.sleep(IDLE_MS_MAX, wake.signal)
    hasNews = false
    wake = new AbortController()
  }
}

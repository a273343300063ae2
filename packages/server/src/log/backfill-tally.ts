import type { World } from '@waypost/kernel'
import type { Waiting } from '#log/backfill-pace.ts'
import type { Outcome, OutcomeKind } from '#log/backfill-people.ts'
import type { BackfillProgress, SkipReason } from '#log/backfill-port.ts'

/** What a backfill says of itself: how far it is, what came of whom, and how fast. */
export interface Tally extends Disposable {
  /** A list of which so many entries are settled already. */
  addList(list: string, settled: () => number): void
  /** So many more entries of the lists are known to be there. */
  counted(entries: number): void
  countedAll(): void
  settled(outcome: Outcome): void
  skipped(reason: SkipReason, entries: number): void
  progress(host: string, now: { readonly underWay: number; readonly waiting: Waiting | undefined }): BackfillProgress
}

/** How fast it is, is how fast it was for so long. */
const RATE_SECONDS = 30
const SAMPLE_MS = 1_000

export function createTally(world: World): Tally {
  const lists = new Map<string, () => number>()
  const outcomes: Record<OutcomeKind, number> = { adopted: 0, member: 0, behind: 0, foreign: 0, inactive: 0 }
  const failed: Record<string, number> = {}
  const skipped: Record<string, number> = {}
  const samples: { readonly at: number; readonly seen: number }[] = []
  let known = 0
  let isCounted = false

  const seen = (): number => [...lists.values()].reduce((sum, settled) => sum + settled(), 0)
  const sampling = world.timers.every(SAMPLE_MS, () => {
    samples.push({ at: world.clock.elapsed(), seen: seen() })
    if (samples.length > RATE_SECONDS) samples.shift()
  })

  function entriesPerSecond(): number {
    const [oldest] = samples
    const seconds = oldest ? (world.clock.elapsed() - oldest.at) / 1_000 : 0
    return oldest && seconds > 0 ? (seen() - oldest.seen) / seconds : 0
  }

  return {
    addList: (list, settled) => void lists.set(list, settled),
    counted: (entries) => void (known += entries),
    countedAll: () => void (isCounted = true),
    settled(outcome) {
      if (outcome.kind === 'failed') failed[outcome.reason] = (failed[outcome.reason] ?? 0) + 1
      else outcomes[outcome.kind]++
    },
    skipped(reason, entries) {
      if (entries > 0) skipped[reason] = (skipped[reason] ?? 0) + entries
    },
    progress(host, { underWay, waiting }) {
      const now = seen()
      return {
        host,
        seen: now,
        total: Math.max(known, now),
        isCounted,
        entriesPerSecond: entriesPerSecond(),
        outcomes: { ...outcomes },
        failed: { ...failed },
        skipped: { ...skipped },
        underWay,
        ...(waiting && { waiting }),
      }
    },
    [Symbol.dispose]: () => sampling[Symbol.dispose](),
  }
}

import type { Did, World } from '@waypost/kernel'
import type { Verifier, Source } from '#verify/verify.ts'
import type { DueList, DueMark } from '#log/ingest-due.ts'
import { Stopped } from '#log/ingest-patience.ts'
import type { People, Person } from '#log/ingest-people.ts'
import type { Window } from '#log/ingest-window.ts'

/**
 * Handles and PDSes of members, looked up beside the stream.
 * In: members of whom the stream says that something changed, or who are new. Out: identity events.
 * Unlike a repair it holds up none of the person's frames.
 */
export interface IdentityLookups {
  /** Call it in the person's turn. Resolves once the need is durable. */
  start(person: Person, need: { source: Source; fresh: boolean }): Promise<void>
  resume(): Promise<void>
}

export interface LookupOptions {
  readonly world: World
  readonly signal: AbortSignal
  readonly verifier: Verifier
  readonly window: Window
  readonly people: People
  readonly due: DueList
  /** The directory says that the DID was given up. */
  readonly onGone: (person: Person, source: Source) => Promise<void>
  readonly onFailure: (error: unknown) => void
}

/** Past this many the rest waits on disk alone, and is taken up when half of them are done. */
const LOOKUPS_MAX = 10_000
const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 60 * 60_000
/** A document at most this much older than the question counts as new: it may be asked for once a minute. */
const FRESH_MS = 60_000

interface Lookup {
  /** From when on a document is new enough; undefined where any will do. */
  freshFrom: number | undefined
}

export function createIdentityLookups(options: LookupOptions): IdentityLookups {
  const { world, signal, verifier, window, people, due } = options
  const underWay = new Map<Did, Lookup>()
  let spilled = false

  async function start(person: Person, { source, fresh }: { source: Source; fresh: boolean }): Promise<void> {
    const freshFrom = fresh ? world.clock.now() - (underWay.has(person.did) ? 0 : FRESH_MS) : undefined
    const known = underWay.get(person.did)
    if (known) {
      // What is being read now may be older than the news.
      known.freshFrom = freshFrom ?? known.freshFrom
      return
    }
    const mark: DueMark = { what: 'identity', did: person.did, source, saidDeleted: false }
    await due.put(mark)
    if (underWay.size >= LOOKUPS_MAX) {
      spilled = true
      return
    }
    const lookup: Lookup = { freshFrom }
    underWay.set(person.did, lookup)
    people.holdUntil(person, run(person, lookup, mark))
  }

  async function run(person: Person, lookup: Lookup, mark: DueMark): Promise<void> {
    try {
      await lookUp(person, lookup, mark)
    } catch (error) {
      if (!(error instanceof Stopped)) options.onFailure(error)
    }
    if (spilled && underWay.size < LOOKUPS_MAX / 2) {
      spilled = false
      void resume().catch(options.onFailure)
    }
  }

  async function lookUp(person: Person, lookup: Lookup, mark: DueMark): Promise<void> {
    const { did } = person
    let delayMs = RETRY_MS_MIN
    while (!signal.aborted) {
      const { freshFrom } = lookup
      const found = await verifier.identity(did, { fresh: freshFrom !== undefined })
      const isGone = !found.ok && found.error.kind === 'inactive'
      if (isGone || (found.ok && found.value.resolvedAt >= (freshFrom ?? 0))) {
        const logged = await people.inTurn(did, async () => {
          if (lookup.freshFrom !== freshFrom) return undefined
          underWay.delete(did)
          if (isGone) await options.onGone(person, mark.source)
          const slot = window.open(mark.source.host, undefined)
          // Nothing more is written about somebody who is gone.
          const head = person.head?.status === 'deleted' ? undefined : person.head
          slot.settle(found.ok && head ? [verifier.identityEvent(found.value, mark.source, head)] : [])
          return { logged: slot.logged }
        })
        if (logged) {
          await logged.logged
          await people.inTurn(did, async () => {
            if (!underWay.has(did)) await due.remove(mark)
          })
          return
        }
        continue
      }
      await world.timers.sleep(delayMs * (0.5 + world.random.fraction() / 2), signal)
      delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)
    }
  }

  async function resume(): Promise<void> {
    for (const mark of await due.all()) {
      if (mark.what !== 'identity') continue
      await people.inTurn(mark.did, (person) => start(person, { source: mark.source, fresh: true }))
    }
  }

  return { start, resume }
}

import type { Did, Result, World } from '@waypost/kernel'
import type { VerifiedEvent } from '#verify/event.ts'
import type { Identities } from '#verify/identity.ts'
import type { IdentityState, Source, SourceFault, Verifier } from '#verify/verify.ts'
import type { DueList, DueMark } from '#log/ingest-due.ts'
import { Stopped } from '#log/patience.ts'
import type { People, Person } from '#log/ingest-people.ts'
import type { Window } from '#log/ingest-window.ts'

/**
 * Handles and PDSes of members, looked up beside the stream.
 * In: members of whom the stream says that something changed, or who are new. Out: identity events.
 * Promise: after the newest word about somebody their document and their handle are looked at once more; what is at
 * hand before that is logged at once; and a host that is away takes no handle from anybody: it is asked again, ever
 * more rarely, also after a kill. Unlike a repair, a lookup holds up none of the person's frames.
 */
export interface IdentityLookups {
  /** Call it in the person's turn. Resolves once the need is durable. */
  start(person: Person, need: LookupNeed): Promise<void>
  /** Nothing more is wanted of somebody whose account has come to its end. Call it in the person's turn. */
  end(person: Person): void
  /** Takes up what was due when the process ended, and from then on those who rest on disk, when their time comes. */
  resume(): Promise<void>
}

export interface LookupNeed {
  readonly host: string
  /** 'news': only a document from after this moment will do. 'new': nothing of theirs was in the log before. */
  readonly why: 'news' | 'new'
}

export interface LookupOptions {
  readonly world: World
  readonly signal: AbortSignal
  readonly verifier: Verifier
  readonly identities: Identities
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
/** After so many tries without an answer, about half an hour in all, somebody rests on disk between the next ones. */
const TRIES_MAX = 12
const REST_MS = 3 * 60 * 60_000
/** How often is looked who has rested enough. */
const SWEEP_MS = 10 * 60_000

interface Lookup {
  readonly source: Source
  /** Counts what was heard of them, and how much of it a document has been asked for after. */
  news: number
  newsRead: number
  /** Some answer was had. */
  answered: boolean
  /** The log held nothing of theirs, so that what is at hand takes nothing away. */
  isNew: boolean
  /** What was handed to the log last, and when (milliseconds since 1970). */
  said: IdentityState | undefined
  saidAt: number
  isEnded: boolean
  /** In a row without an answer. */
  tries: number
  wake: () => void
}

export function createIdentityLookups(options: LookupOptions): IdentityLookups {
  const { world, signal, verifier, identities, window, people, due } = options
  const underWay = new Map<Did, Lookup>()
  let spilled = false

  async function start(person: Person, { host, why }: LookupNeed): Promise<void> {
    const news = why === 'news' ? 1 : 0
    const known = underWay.get(person.did)
    if (known) {
      known.news += news
      known.isNew ||= why === 'new'
      known.tries = 0
      known.wake()
      return
    }
    // A lookup's event comes by no host's stream: it must not move the host's cursor past frames that are not in yet.
    const source = { host, seq: 0 }
    await begin(person, { source, news, isNew: why === 'new', tries: 0 })
  }

  async function begin(person: Person, from: Pick<Lookup, 'source' | 'news' | 'isNew' | 'tries'>): Promise<void> {
    const mark: DueMark = { what: 'identity', did: person.did, source: from.source, saidDeleted: false }
    await due.put(mark)
    if (underWay.size >= LOOKUPS_MAX) {
      spilled = true
      return
    }
    const lookup: Lookup = {
      ...from,
      newsRead: 0,
      answered: false,
      said: undefined,
      saidAt: 0,
      isEnded: false,
      wake() {},
    }
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
      void takeUp().catch(options.onFailure)
    }
  }

  async function lookUp(person: Person, lookup: Lookup, mark: DueMark): Promise<void> {
    const { did } = person
    while (!signal.aborted) {
      if (lookup.isEnded) return forget(mark)
      const forceInMs = lookup.answered && lacksDocument(lookup) ? identities.forceInMs(did) : 0
      if (forceInMs > 0) {
        await rest(lookup, forceInMs)
        continue
      }
      const { news } = lookup
      const found = await verifier.identity(did, { fresh: lacksDocument(lookup) })
      // The log tells apart by the time what we looked up ourselves.
      while (world.clock.now() === lookup.saidAt && !signal.aborted) await world.timers.sleep(1, signal)
      // The slot and the turn are asked for at once, so that both are in the same order. Within the turn nothing waits
      // for the log, which may be waiting for a frame before us.
      const slot = window.open(lookup.source.host, undefined)
      const isOver = await people.inTurn(did, async () => {
        const concluded = await conclude(person, lookup, { found, news })
        slot.settle(concluded.events)
        return concluded.isOver
      })
      await slot.logged
      lookup.saidAt = world.clock.now()
      if (isOver) return forget(mark)
      if (found.ok && found.value.handle.kind !== 'away') continue
      if (++lookup.tries >= TRIES_MAX) {
        if (await people.inTurn(did, () => restOnDisk(lookup, mark))) return
        continue
      }
      await rest(lookup, RETRY_MS_MIN * 2 ** (lookup.tries - 1) * (0.5 + world.random.fraction() / 2))
    }
  }

  /** Where nothing new has been heard since. */
  async function forget(mark: DueMark): Promise<void> {
    await people.inTurn(mark.did, async () => {
      if (!underWay.has(mark.did)) await due.remove(mark)
    })
  }

  /** What goes into the log for what was found, in the person's turn; over, if it answers all that was heard. */
  async function conclude(
    person: Person,
    lookup: Lookup,
    { found, news }: { found: Result<IdentityState, SourceFault>; news: number },
  ): Promise<{ readonly isOver: boolean; readonly events: readonly VerifiedEvent[] }> {
    const { source } = lookup
    if (lookup.isEnded) return { isOver: true, events: [] }
    if (!found.ok) {
      const isGone = found.error.kind === 'inactive'
      if (isGone) {
        underWay.delete(person.did)
        await options.onGone(person, source)
      }
      return { isOver: isGone, events: [] }
    }
    const state = found.value
    lookup.answered = true
    if (state.fresh) lookup.newsRead = news
    // Nothing more is written about somebody who has come to an end.
    const head = person.head?.status === 'deleted' ? undefined : person.head
    const isWorthIt = state.handle.kind === 'away' ? lookup.isNew && !lookup.said : saysOther(state, lookup.said)
    const isOver = state.handle.kind !== 'away' && !lacksDocument(lookup)
    if (isOver) underWay.delete(person.did)
    if (!head || !isWorthIt) return { isOver, events: [] }
    lookup.said = state
    return { isOver, events: [verifier.identityEvent(state, source, head)] }
  }

  /** False where news have come meanwhile. In the person's turn. */
  async function restOnDisk(lookup: Lookup, mark: DueMark): Promise<boolean> {
    if (lookup.tries < TRIES_MAX || lookup.isEnded) return false
    const notBefore = world.clock.now() + REST_MS * (0.5 + world.random.fraction() / 2)
    await due.put({ ...mark, notBefore })
    underWay.delete(mark.did)
    return true
  }

  /** Until the time is over or there are news. */
  async function rest(lookup: Lookup, delayMs: number): Promise<void> {
    const waking = new AbortController()
    lookup.wake = () => waking.abort()
    await world.timers.sleep(delayMs, AbortSignal.any([signal, waking.signal]))
  }

  async function takeUp(): Promise<void> {
    for (const { what, did, source, notBefore } of await due.all()) {
      if (what !== 'identity' || underWay.has(did) || (notBefore ?? 0) > world.clock.now()) continue
      // Where each further one would only be noted as it is noted already.
      if (spilled || signal.aborted) return
      await people.inTurn(did, async (person) => {
        if (underWay.has(did)) return
        // Whoever has rested is asked once, and rests again where that is in vain.
        const tries = notBefore === undefined ? 0 : TRIES_MAX - 1
        await begin(person, { source: { host: source.host, seq: 0 }, news: 1, isNew: false, tries })
      })
    }
  }

  async function sweep(): Promise<void> {
    while (!signal.aborted) {
      await world.timers.sleep(SWEEP_MS, signal)
      if (!signal.aborted) await takeUp()
    }
  }

  function end({ did }: Person): void {
    const lookup = underWay.get(did)
    if (!lookup) return
    underWay.delete(did)
    lookup.isEnded = true
    lookup.wake()
  }

  return {
    start,
    end,
    async resume() {
      await takeUp()
      sweep().catch(options.onFailure)
    },
  }
}

function lacksDocument({ news, newsRead }: Lookup): boolean {
  return newsRead < news
}

function saysOther(state: IdentityState, said: IdentityState | undefined): boolean {
  return !said || state.pds !== said.pds || handleOf(state) !== handleOf(said)
}

function handleOf({ handle }: IdentityState): string | undefined {
  return handle.kind === 'holds' ? handle.handle : undefined
}

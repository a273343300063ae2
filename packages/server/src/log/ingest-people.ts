import type { Did } from '@waypost/kernel'
import type { RepoHead } from '#verify/event.ts'
import type { Repair } from '#log/ingest-repair.ts'
import type { EventLog } from '#log/log.ts'
import { createTrackedFilter, type TrackedFilter } from '#log/tracked-filter.ts'

/**
 * Who is being worked on. Work on one person is done in order, one piece at a time; work on different people at once.
 * Remembers the newest heads, and who is tracked at all, so that a foreign frame costs no look into the log.
 */
export interface People {
  /** Runs `work` after all that was asked for this person before. Its failure is our own fault, and the caller's. */
  inTurn<T>(did: Did, work: (person: Person) => Promise<T>): Promise<T>
  /** Learns who is tracked. Until then nobody counts as foreign. */
  open(): Promise<void>
  /** Whether somebody is known not to be tracked and nothing is under way about them. Without a wait. */
  isForeign(did: Did): boolean
  /** Keeps a person's state until the promise settles. */
  holdUntil(person: Person, settled: Promise<unknown>): void
  readonly atWork: number
}

export interface Person {
  readonly did: Did
  /** After the last verified event, which may not be in the log yet. Undefined: not tracked. */
  head: RepoHead | undefined
  /** While it is set, frames wait in it instead of being judged against a head that is about to change. */
  repair: Repair | undefined
}

/** Past this many the head used longest ago is forgotten, and asked of the log again. */
const HEADS_MAX = 200_000

interface Busy {
  readonly person: Person
  tail: Promise<unknown>
  holds: number
}

/** So many are listed at a time. */
const LISTED_AT_ONCE = 10_000

/** The log's own functions here wait out the engine's absence; they fail only when all is over. */
export function createPeople({ repoHead: headOf, people: list }: Pick<EventLog, 'repoHead' | 'people'>): People {
  const busy = new Map<Did, Busy>()
  /** null: known not to be tracked, though the filter says that they may be. */
  const heads = new Map<Did, RepoHead | null>()
  let filter: TrackedFilter | undefined

  async function open(): Promise<void> {
    const dids: Did[] = []
    for (;;) {
      const page = await list(dids.at(-1) ?? '', LISTED_AT_ONCE)
      if (page.length === 0) break
      dids.push(...page)
    }
    const made = createTrackedFilter(dids.length)
    for (const did of dids) made.add(did)
    // Whoever became tracked meanwhile.
    for (const [did, head] of heads) if (head) made.add(did)
    filter = made
  }

  function enter(did: Did): Busy {
    let entry = busy.get(did)
    if (!entry) {
      const person: Person = { did, head: undefined, repair: undefined }
      entry = { person, tail: loadHead(person), holds: 0 }
      busy.set(did, entry)
    }
    entry.holds++
    return entry
  }

  async function loadHead(person: Person): Promise<void> {
    const remembered = heads.get(person.did)
    if (remembered !== undefined) person.head = remembered ?? undefined
    else if (filter?.mayHave(person.did) !== false) person.head = await headOf(person.did)
  }

  /** The entry goes with its last holder; until then nobody reads a head that is older than the one in work. */
  function leave(entry: Busy): void {
    if (--entry.holds > 0) return
    const { did, head } = entry.person
    busy.delete(did)
    heads.delete(did)
    if (head) filter?.add(did)
    else if (filter && !filter.mayHave(did)) return
    heads.set(did, head ?? null)
    if (heads.size > HEADS_MAX) heads.delete(heads.keys().next().value!)
  }

  return {
    inTurn(did, work) {
      const entry = enter(did)
      const done = entry.tail.then(() => work(entry.person))
      entry.tail = done.catch(() => {}).finally(() => leave(entry))
      return done
    },
    open,
    isForeign: (did) => filter !== undefined && !busy.has(did) && (!filter.mayHave(did) || heads.get(did) === null),
    holdUntil(person, settled) {
      const entry = enter(person.did)
      void settled.catch(() => {}).finally(() => leave(entry))
    },
    get atWork() {
      return busy.size
    },
  }
}

import type { Did } from '@waypost/kernel'
import type { RepoHead } from '#verify/event.ts'
import type { Repair } from '#log/ingest-repair.ts'
import type { EventLog } from '#log/log.ts'

/**
 * Who is being worked on. Work on one person is done in order, one piece at a time; work on different people at once.
 * Remembers the newest heads, so that a foreign frame costs no look into the log.
 */
export interface People {
  /** Runs `work` after all that was asked for this person before. Its failure is our own fault, and the caller's. */
  inTurn<T>(did: Did, work: (person: Person) => Promise<T>): Promise<T>
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

/** `headOf` waits out the engine's absence; it fails only when all is over. */
export function createPeople(headOf: EventLog['repoHead']): People {
  const busy = new Map<Did, Busy>()
  /** null: known not to be tracked. */
  const heads = new Map<Did, RepoHead | null>()

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
    person.head = remembered === undefined ? await headOf(person.did) : (remembered ?? undefined)
  }

  /** The entry goes with its last holder; until then nobody reads a head that is older than the one in work. */
  function leave(entry: Busy): void {
    if (--entry.holds > 0) return
    const { did, head } = entry.person
    busy.delete(did)
    heads.delete(did)
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
    isForeign: (did) => heads.get(did) === null && !busy.has(did),
    holdUntil(person, settled) {
      const entry = enter(person.did)
      void settled.catch(() => {}).finally(() => leave(entry))
    },
    get atWork() {
      return busy.size
    },
  }
}

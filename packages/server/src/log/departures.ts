import type { NewEntry } from '@waypost/engine'
import type { Did } from '@waypost/kernel'
import type { EventLog } from './log.ts'
import { endedEntry } from './private-event.ts'
import { hashOf, type PrivateLedger } from './private-ledger.ts'

const PEOPLE_PER_READ = 1_000

/** Whose account has ended, remembered apart from the log: an older log brings none of them back. */
export interface Departures {
  /** The account is deleted: what is private goes with its key. Before anything of theirs is erased. */
  ended(did: Did): Promise<void>
  /** Somebody begins anew whose account had ended. */
  returned(did: Did): Promise<void>
  /** Whether it has ended, and they have not begun anew since. */
  hasEnded(did: Did): Promise<boolean>
}

/** `append`: to the private log. */
export function createDepartures(
  ledger: PrivateLedger,
  append: (entries: readonly NewEntry[]) => Promise<unknown>,
): Departures {
  return {
    async ended(did) {
      await ledger.noteEnded(did)
      const owner = await ledger.ownerOf(did)
      if (owner === undefined) return
      // First: whoever follows the private log erases the key too, should this process end here.
      await append([endedEntry(owner)])
      await ledger.forget(owner)
    },
    async returned(did) {
      // Asked first: nearly everybody who comes is new, and to forget is to write.
      if (await ledger.hasEnded(did)) await ledger.forgetEnded(did)
    },
    hasEnded: (did) => ledger.hasEnded(did),
  }
}

/** Of these people those whose account has ended, and of whom the log, an older one, does not say so. */
export async function endedAmong(
  people: readonly Did[],
  ended: ReadonlySet<string>,
  eventLog: Pick<EventLog, 'repoHead'>,
): Promise<readonly Did[]> {
  const found: Did[] = []
  for (const did of ended.size === 0 ? [] : people) {
    if (ended.has(hashOf(did)) && (await eventLog.repoHead(did))?.status !== 'deleted') found.push(did)
  }
  return found
}

/** Before anything is made of the log: takes those out of it whom `endedAmong` finds. Answers how many. */
export async function eraseEnded(ledger: Pick<PrivateLedger, 'ended'>, eventLog: EventLog): Promise<number> {
  const ended = await ledger.ended()
  if (ended.size === 0) return 0
  let count = 0
  const head = await eventLog.head()
  for (let after = ''; ;) {
    const people = await eventLog.people(after, PEOPLE_PER_READ)
    if (people.length === 0) return count
    for (const did of await endedAmong(people, ended, eventLog)) {
      // Who has just come back is in the log after the ledger was told.
      if (!(await ledger.ended()).has(hashOf(did))) continue
      count += Math.min(1, await eventLog.erase(did, head))
    }
    after = people.at(-1)!
  }
}

import { basename, join } from 'node:path'
import { atMost, OwnFault, type Did, type World } from '@waypost/kernel'
import { matchLog, type LogMatch } from '#log/anchors.ts'
import { endedAmong } from '#log/departures.ts'
import type { EventLog } from '#log/log.ts'
import { endWaiting, keepWaiting, peopleWaiting, readFacts, readModelsIn } from './known-people.ts'
import { fileNameOf, readModelVersion } from './read-model.ts'
import { removeDatabase } from './remove-database.ts'

/*
 * A read model that is of another log than the one that is there: an older one was put in its place, or it was lost and
 * filled again. It is let go of, since what it shows did not happen, and made anew. What it knows that the log may not is
 * who takes part: they are taken in once more, from their own servers.
 */

/** Each is a question to somebody's server, or an order in one key. */
const TAKEN_IN_AT_ONCE = 8
const AGAIN_MS = 2_000

/**
 * Removes the read models of `folder`, of any version, that are of another log, and keeps whom they know. Answers why;
 * undefined where there are none. Rejects where the log cannot be read. No process may have the files open.
 */
export async function dropReadModelOfOtherLog(options: {
  readonly folder: string
  readonly eventLog: Pick<EventLog, 'read' | 'head'>
}): Promise<Exclude<LogMatch, 'same'> | undefined> {
  const { folder, eventLog } = options
  const own = fileNameOf(readModelVersion())
  let dropped: Exclude<LogMatch, 'same'> | undefined
  for (const file of readModelsIn(folder)) {
    const facts = readFacts(file)
    // Who opens it next says what is wrong with it.
    if (!facts.ok) continue
    const match = await matchLog(eventLog, facts.value)
    if (match === 'same') continue
    // On disk before the read model goes.
    keepWaiting(folder, facts.value.people)
    removeDatabase(file)
    if (dropped === undefined || basename(file) === own) dropped = match
  }
  return dropped
}

/**
 * The same of a read model that has somebody whose account has ended, and of whom the log has nothing: it is as old as
 * the log that was there before, or came with that out of a backup.
 */
export async function dropReadModelOfEnded(options: {
  readonly folder: string
  readonly eventLog: Pick<EventLog, 'repoHead'>
  /** The hashes of those whose account has ended. */
  readonly ended: ReadonlySet<string>
}): Promise<boolean> {
  const { folder, eventLog, ended } = options
  const file = join(folder, fileNameOf(readModelVersion()))
  const facts = ended.size === 0 ? undefined : readFacts(file)
  if (!facts?.ok || (await endedAmong(facts.value.people, ended, eventLog)).length === 0) return false
  removeDatabase(file)
  return true
}

/** Has everybody asked for whom a read model knew that was dropped, now or before a crash; once they were, they only stay known. */
export function takeInPeople(options: {
  readonly world: World
  readonly folder: string
  /** Resolves once it is durable that the person is to be followed. */
  readonly track: (did: Did) => Promise<void>
  readonly done: (people: number) => void
}): AsyncDisposable {
  const { world, folder, track, done } = options
  const ending = new AbortController()
  const people = peopleWaiting(folder)

  async function takeIn(did: Did): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        return await track(did)
      } catch (fault) {
        if (fault instanceof OwnFault) throw fault
      }
      await world.timers.sleep(AGAIN_MS, ending.signal)
    }
  }

  async function run(): Promise<void> {
    const waiting = people.values()
    await Promise.all(
      Array.from({ length: TAKEN_IN_AT_ONCE }, async () => {
        for (const did of waiting) await takeIn(did)
      }),
    )
    if (ending.signal.aborted || people.length === 0) return
    endWaiting(folder)
    done(people.length)
  }

  const running = run()
  running.catch(() => undefined)
  return {
    async [Symbol.asyncDispose]() {
      ending.abort()
      await atMost(
        world.timers,
        AGAIN_MS,
        running.catch(() => undefined),
      )
    },
  }
}

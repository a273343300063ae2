import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { atMost, OwnFault, type Did, type World } from '@waypost/kernel'
import { matchLog, type LogMatch } from '#log/anchors.ts'
import { endedAmong } from '#log/departures.ts'
import type { EventLog } from '#log/log.ts'
import { fileNameOf, openReadModel, readModelVersion } from './read-model.ts'

/*
 * A read model that is of another log than the one that is there: an older one was put in its place, or it was lost and
 * filled again. It is let go of, since what it shows did not happen, and made anew. What it knows that the log may not is
 * who takes part: they are taken in once more, from their own servers.
 */

const PEOPLE_FILE = 'people-to-take-in'
/** Each is a question to somebody's server, or an order in one key. */
const TAKEN_IN_AT_ONCE = 8
const AGAIN_MS = 2_000

/**
 * Removes the read model of `folder` where it is of another log, and keeps whom it knows. Answers why; undefined where it
 * is of this log, or there is none. Rejects where the log cannot be read. No process may have the file open.
 */
export async function dropReadModelOfOtherLog(options: {
  readonly folder: string
  readonly eventLog: Pick<EventLog, 'read' | 'head'>
}): Promise<Exclude<LogMatch, 'same'> | undefined> {
  const { folder, eventLog } = options
  if (!existsSync(join(folder, fileNameOf(readModelVersion())))) return undefined
  const match = await matchAndKeepPeople({ folder, eventLog })
  if (match === 'same') return undefined
  removeReadModel(folder)
  return match
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
  if (ended.size === 0 || !existsSync(join(folder, fileNameOf(readModelVersion())))) return false
  const members = membersOf(folder)
  if ((await endedAmong(members, ended, eventLog)).length === 0) return false
  removeReadModel(folder)
  return true
}

function membersOf(folder: string): readonly Did[] {
  using readModel = openReadModel({ folder })
  return readModel.members()
}

function removeReadModel(folder: string): void {
  const path = join(folder, fileNameOf(readModelVersion()))
  for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true })
}

async function matchAndKeepPeople({
  folder,
  eventLog,
}: Parameters<typeof dropReadModelOfOtherLog>[0]): Promise<LogMatch> {
  using readModel = openReadModel({ folder })
  const match = await matchLog(eventLog, { position: readModel.position(), anchors: readModel.anchors() })
  if (match === 'same') return match
  const people = readModel.members()
  // On disk before the read model goes.
  appendFileSync(join(folder, PEOPLE_FILE), people.map((did) => `${did}\n`).join(''), { flush: true })
  return match
}

/** Has everybody taken in of whom a read model knew that was dropped, now or before a crash; once they are, forgets them. */
export function takeInPeople(options: {
  readonly world: World
  readonly folder: string
  /** Resolves once it is durable that the person is to be followed. */
  readonly track: (did: Did) => Promise<void>
  readonly done: (people: number) => void
}): AsyncDisposable {
  const { world, folder, track, done } = options
  const file = join(folder, PEOPLE_FILE)
  const ending = new AbortController()
  const people = existsSync(file) ? [...new Set(readFileSync(file, 'utf8').split('\n').filter(isDid))] : []

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
    rmSync(file)
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

function isDid(line: string): line is Did {
  return line.startsWith('did:')
}

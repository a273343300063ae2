import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Blobs } from '@waypost/engine'
import { ok, refuse, type Did, type Result, type World } from '@waypost/kernel'
import { keepKnownBefore, peopleKnownBefore, peopleKnownIn, readFacts } from '#project/known-people.ts'
import { removeDatabase } from '#project/remove-database.ts'
import { unpackNewest } from '#project/snapshot/load.ts'
import { callControl } from '#serve/control.ts'
import { exitCode, rows, undertake, type Found, type Surroundings } from './backfill-command.ts'
import { beginReseed } from './reseed.ts'

const UNPACKED = 'snapshot-being-asked.sqlite'

/**
 * `waypost reseed`: takes in everybody whom a data folder, files of replicas and snapshots know, each from their own server.
 * Their names are on disk before anybody is asked for, and until they are in the log. Answers the exit code: 0 when all are,
 * 1 when somebody could not be had or nobody is known, 130 when it was stopped.
 */
export async function reseed(
  world: World,
  surroundings: Surroundings,
  { replicas }: { readonly replicas: readonly string[] },
): Promise<number> {
  const { config, terminal } = surroundings
  const { dataFolder: folder } = config
  const told = peopleIn(replicas)
  if (!told.ok) {
    terminal.print(told.error)
    return 1
  }
  mkdirSync(folder, { recursive: true })
  keepKnownBefore(folder, [...told.value, ...peopleKnownIn(folder)])
  const found = await undertake(world, surroundings, {
    call: () => callControl(folder, '/reseed', {}),
    callToStop: () => callControl(folder, '/reseed/stop', {}),
    async begin(backfills, { blobs }) {
      keepKnownBefore(folder, await peopleInSnapshot(blobs, folder))
      if (peopleKnownBefore(folder).length === 0) {
        return refuse('Nobody is known here: name a read model of a replica, or find people by waypost backfill.')
      }
      return ok(beginReseed(backfills, folder))
    },
  })
  terminal.print(describe(found))
  return exitCode(found)
}

function peopleIn(files: readonly string[]): Result<readonly Did[], string> {
  const people: Did[] = []
  for (const file of files) {
    const facts = readFacts(file)
    if (!facts.ok) return facts
    people.push(...facts.value.people)
  }
  return ok(people)
}

async function peopleInSnapshot(blobs: Blobs, folder: string): Promise<readonly Did[]> {
  const file = join(folder, UNPACKED)
  try {
    const facts = (await unpackNewest({ blobs, file })) ? readFacts(file) : undefined
    return facts?.ok ? facts.value.people : []
  } finally {
    removeDatabase(file)
  }
}

function describe(found: Found): string {
  const begun = found.progress ? rows(found.progress) : []
  const missing = found.failed.map(({ did, reason }) => `  ${did}  ${reason}`)
  return [headline(found), ...begun, ...missing].join('\n')
}

function headline(found: Found): string {
  if ('refused' in found) return found.refused
  switch (found.end.kind) {
    case 'stopped':
      return 'Stopped; asked again, it goes on from there.'
    case 'broken':
      return `It cannot go on: ${found.end.detail}. Who was taken in stays so.`
    default:
      return found.failed.length === 0
        ? 'Everybody who was known and has an account is in the log.'
        : 'Somebody could not be had; asked again, only those are missing.'
  }
}

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import type { Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { openEventLog } from '#log/event-log.ts'
import type { EventLog } from '#log/log.ts'
import type { EventBody, VerifiedEvent } from '#verify/event.ts'
import { account, checkedIn, deleted, didOf, tell } from './given.ts'
import { forgetKnownBefore, keepKnownBefore, peopleKnownIn } from './known-people.ts'
import { endedAmong, eraseEnded } from '#log/departures.ts'
import { hashOf } from '#log/private-ledger.ts'
import { dropReadModelOfEnded, dropReadModelOfOtherLog, takeInPeople } from './other-log.ts'
import { startProjector } from './projector.ts'
import { openReadModel } from './read-model.ts'

const BACKED_UP = tell([checkedIn('ana', 'one'), checkedIn('ben', 'two')])
const LOST = tell([checkedIn('cem', 'three'), checkedIn('dan', 'four'), account('dan', 'deleted')])
const SINCE = tell([
  checkedIn('eli', 'five'),
  checkedIn('fay', 'six'),
  checkedIn('gus', 'seven'),
  deleted('ben', 'two'),
])

function open() {
  const world = simWorld()
  const folder = mkdtempSync(join(tmpdir(), 'waypost-other-log-'))

  async function logOf(...parts: readonly (readonly EventBody[])[]): Promise<EventLog> {
    const eventLog = openEventLog(openMemoryEngine({ world }).log, world)
    for (const events of parts) await eventLog.append(events as readonly VerifiedEvent[])
    return eventLog
  }

  async function follow(eventLog: EventLog): Promise<number> {
    using readModel = openReadModel({ folder })
    await using _projector = startProjector({ world, eventLog, readModel })
    const head = await eventLog.head()
    while (readModel.position() < head) await world.advance(100)
    return readModel.position()
  }

  return {
    world,
    folder,
    logOf,
    follow,
    hasReadModel: () => existsSync(join(folder, openPath(folder))),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function openPath(folder: string): string {
  using readModel = openReadModel({ folder: `${folder}-name` })
  rmSync(`${folder}-name`, { recursive: true, force: true })
  return readModel.path.slice(readModel.folder.length + 1)
}

async function takenIn({ world, folder }: ReturnType<typeof open>): Promise<readonly Did[]> {
  const asked: Did[] = []
  let failures = 2
  await using _taking = takeInPeople({
    world,
    folder,
    async track(did) {
      if (failures-- > 0) throw new Error('the engine is away')
      asked.push(did)
    },
    done() {},
  })
  await world.advance(10_000)
  return asked.toSorted()
}

test('a read model goes on with its log, whatever was erased of it', async () => {
  using given = open()
  const eventLog = await given.logOf(BACKED_UP, LOST)
  await given.follow(eventLog)
  assert.equal(await dropReadModelOfOtherLog({ folder: given.folder, eventLog }), undefined)
  await eventLog.erase(didOf('cem'), await eventLog.head())
  await eventLog.append(SINCE as readonly VerifiedEvent[])
  assert.equal(await dropReadModelOfOtherLog({ folder: given.folder, eventLog }), undefined)
  assert.deepEqual(await takenIn(given), [])
})

test('a read model that is ahead of its log goes, and whom it knew are taken in again, though the engine is away at first', async () => {
  using given = open()
  await given.follow(await given.logOf(BACKED_UP, LOST))
  const eventLog = await given.logOf(BACKED_UP)
  assert.equal(await dropReadModelOfOtherLog({ folder: given.folder, eventLog }), 'ahead-of-log')
  assert.ok(!given.hasReadModel())
  assert.deepEqual(await takenIn(given), [didOf('ana'), didOf('ben'), didOf('cem')])
  assert.deepEqual(await takenIn(given), [], 'once')
  assert.deepEqual(peopleKnownIn(given.folder).toSorted(), [didOf('ana'), didOf('ben'), didOf('cem')], 'not forgotten')
})

test('a read model of another version than ours goes in the same way: it may be the only one that knows them', async () => {
  using given = open()
  await given.follow(await given.logOf(BACKED_UP))
  const older = join(given.folder, 'read-model-0123456789ab.sqlite')
  renameSync(join(given.folder, openPath(given.folder)), older)
  const eventLog = await given.logOf()
  assert.equal(await dropReadModelOfOtherLog({ folder: given.folder, eventLog }), 'ahead-of-log')
  assert.ok(!existsSync(older))
  assert.deepEqual(await takenIn(given), [didOf('ana'), didOf('ben')])
})

test('whoever is in the log again is no longer known from before, and nobody else is forgotten', () => {
  using given = open()
  const { folder } = given
  keepKnownBefore(folder, [didOf('ana'), didOf('ben')])
  keepKnownBefore(folder, [didOf('ben'), didOf('cem')])
  forgetKnownBefore(folder, [didOf('ana'), didOf('cem')])
  assert.deepEqual(peopleKnownIn(folder), [didOf('ben')])
  forgetKnownBefore(folder, [didOf('ben')])
  assert.deepEqual(readdirSync(folder), [])
})

test('a read model that an older log has overtaken since goes too', async () => {
  using given = open()
  const before = await given.follow(await given.logOf(BACKED_UP, LOST))
  await given.world.advance(60_000)
  const eventLog = await given.logOf(BACKED_UP, SINCE)
  assert.ok((await eventLog.head()) >= before)
  assert.equal(await dropReadModelOfOtherLog({ folder: given.folder, eventLog }), 'of-another-log')
  assert.ok(!given.hasReadModel())
})

test('whose account has ended is taken out of an older log that does not know it, and so is a read model that has them', async () => {
  using at = open()
  const ended = new Set([hashOf(didOf('ben')), hashOf(didOf('dan')), hashOf(didOf('nobody'))])
  const { folder } = at
  const eventLog = await at.logOf(BACKED_UP, LOST)
  await at.follow(eventLog)
  assert.equal(await dropReadModelOfEnded({ folder, eventLog, ended: new Set([hashOf(didOf('dan'))]) }), false)
  assert.deepEqual(await endedAmong([didOf('ana'), didOf('ben'), didOf('dan')], ended, eventLog), [didOf('ben')])
  const told = [ended, new Set<string>()]
  assert.equal(await eraseEnded({ ended: async () => told.shift()! }, eventLog), 0, 'who has just come back stays')
  assert.equal(await eraseEnded({ ended: async () => ended }, eventLog), 1)
  assert.deepEqual(await eventLog.people('', 10), [didOf('ana'), didOf('cem'), didOf('dan')])
  assert.equal(await dropReadModelOfEnded({ folder, eventLog, ended }), true)
  assert.equal(at.hasReadModel(), false)
  await at.follow(eventLog)
  assert.deepEqual(peopleKnownIn(folder).toSorted(), [didOf('ana'), didOf('cem')])
  assert.equal(await eraseEnded({ ended: async () => ended }, eventLog), 0)
})

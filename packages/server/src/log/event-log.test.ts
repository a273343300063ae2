import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { openMemoryEngine } from '@waypost/engine'
import type { EventBody, RepoHead, VerifiedEvent } from '#verify/event.ts'
import { openEventLog } from './event-log.ts'

const HOST = 'https://pds.example'
const ANA: Did = 'did:plc:ana'
const BEN: Did = 'did:plc:ben'

function open() {
  const world = simWorld()
  const engine = openMemoryEngine({ world })
  return { world, engineLog: engine.log, log: openEventLog(engine.log, world) }
}

/** Events that were never verified: what the log does with them does not depend on their truth. */
function verified(body: EventBody): VerifiedEvent {
  return body as VerifiedEvent
}

function about(did: Did, seq: number, head: Partial<RepoHead> = {}) {
  return {
    did,
    source: { host: HOST, seq },
    head: { rev: undefined, data: undefined, active: true, status: undefined, ...head },
  }
}

function commit(did: Did, { seq, rev }: { seq: number; rev: string }): VerifiedEvent {
  return verified({ kind: 'commit', ...about(did, seq, { rev, data: `data-${rev}` }), rev, ops: [] })
}

function repo(did: Did, rev: string): VerifiedEvent {
  return verified({ kind: 'repo', ...about(did, 0, { rev, data: `data-${rev}` }), rev, records: [] })
}

function identity(did: Did, { seq, handle }: { seq: number; handle: 'ana.example' | 'anna.example' }): VerifiedEvent {
  return verified({ kind: 'identity', ...about(did, seq), handle, pds: HOST })
}

test('events come back in order, with their positions and the time at which they came', async () => {
  const { world, log } = open()
  const events = [commit(ANA, { seq: 1, rev: 'a' }), identity(ANA, { seq: 2, handle: 'ana.example' }), repo(BEN, 'a')]
  const positions = await log.append(events.slice(0, 2))
  await world.advance(5)
  const more = await log.append(events.slice(2))
  const read = await log.read(0, 10)
  assert.deepEqual(
    read.events.map(({ event }) => event),
    events,
  )
  assert.deepEqual(
    read.events.map(({ position }) => position),
    [...positions, ...more],
  )
  assert.equal(read.events[2]!.receivedAt - read.events[0]!.receivedAt, 5)
  assert.equal(read.through, more[0])
})

test('an event that arrives again, also by another host, is in the log once', async () => {
  const { log } = open()
  const [first] = await log.append([commit(ANA, { seq: 1, rev: 'a' })])
  const again = verified({ ...commit(ANA, { seq: 1, rev: 'a' }), source: { host: 'https://relay.example', seq: 99 } })
  assert.deepEqual(await log.append([again]), [first])
  assert.equal((await log.read(0, 10)).events.length, 1)
  assert.equal(await log.cursor('https://relay.example'), 99)
})

test('a commit and a fetched repository of one rev are two events', async () => {
  const { log } = open()
  await log.append([commit(ANA, { seq: 1, rev: 'a' }), repo(ANA, 'a')])
  assert.equal((await log.read(0, 10)).events.length, 2)
})

test('what was looked up without a seq is kept each time that it was', async () => {
  const { world, log } = open()
  await log.append([identity(ANA, { seq: 0, handle: 'ana.example' })])
  await world.advance(1)
  await log.append([identity(ANA, { seq: 0, handle: 'anna.example' })])
  assert.equal((await log.read(0, 10)).events.length, 2)
})

test('what one frame led to is in the log once, and again where it led to another state of the account', async () => {
  const { log } = open()
  const found = (status: string) =>
    verified({ kind: 'account', ...about(ANA, 7, { active: false, status }) } as EventBody)
  const [missing] = await log.append([found('missing')])
  const [again] = await log.append([found('missing')])
  const [deleted] = await log.append([found('deleted')])
  assert.equal(again, missing)
  assert.notEqual(deleted, missing)
  assert.equal((await log.repoHead(ANA))?.status, 'deleted')
})

test('the cursor of a host moves with its events, and a fetched repository does not move it', async () => {
  const { log } = open()
  assert.equal(await log.cursor(HOST), undefined)
  await log.append([repo(ANA, 'a')])
  assert.equal(await log.cursor(HOST), undefined)
  await log.append([commit(ANA, { seq: 7, rev: 'b' }), repo(BEN, 'a')])
  assert.equal(await log.cursor(HOST), 7)
})

test('a checkpoint moves the cursor and is no event', async () => {
  const { log } = open()
  await log.append([commit(ANA, { seq: 7, rev: 'a' })])
  await log.appendCheckpoint(HOST, 20)
  assert.equal(await log.cursor(HOST), 20)
  const read = await log.read(0, 10)
  assert.equal(read.events.length, 1)
  assert.equal(read.through, await log.head())
  assert.deepEqual(await log.read(read.through, 10), { events: [], through: read.through })
})

test('checkpoints do not pile up, and one that comes late changes nothing', async () => {
  const { log, engineLog } = open()
  for (const seq of [10, 20, 20, 30, 15]) await log.appendCheckpoint(HOST, seq)
  await log.appendCheckpoint('https://relay.example', 5)
  const entries = await engineLog.read(0, { limit: 10 })
  assert.deepEqual(
    entries.map(({ key }) => key),
    [`host:${HOST}`, 'host:https://relay.example'],
  )
  assert.equal(await log.cursor(HOST), 30)
})

test("the newest event of a person tells their repository's state", async () => {
  const { log } = open()
  assert.equal(await log.repoHead(ANA), undefined)
  await log.append([commit(ANA, { seq: 1, rev: 'a' }), commit(BEN, { seq: 2, rev: 'z' })])
  const gone: RepoHead = { rev: 'a', data: 'data-a', active: false, status: 'deactivated' }
  await log.append([verified({ kind: 'account', ...about(ANA, 3, gone) })])
  assert.deepEqual(await log.repoHead(ANA), gone)
  assert.equal((await log.repoHead(BEN))?.rev, 'z')
})

test('an erased person is out of the log, and nobody else is', async () => {
  const { log } = open()
  await log.append([commit(ANA, { seq: 1, rev: 'a' }), commit(BEN, { seq: 2, rev: 'a' })])
  const [through] = await log.append([
    verified({ kind: 'account', ...about(ANA, 3, { active: false, status: 'deleted' }) }),
  ])
  assert.equal(await log.erase(ANA, through!), 2)
  assert.equal(await log.repoHead(ANA), undefined)
  assert.deepEqual(
    (await log.read(0, 10)).events.map(({ event }) => event.did),
    [BEN],
  )
  assert.equal(await log.cursor(HOST), 3)
})

test('waiting ends with the next event', async () => {
  const { log } = open()
  const waiting = log.waitPast(await log.head(), new AbortController().signal)
  await log.append([commit(ANA, { seq: 1, rev: 'a' })])
  await waiting
})

test('an entry that is not an event is our own fault', async () => {
  const { log, engineLog } = open()
  await engineLog.append([{ key: ANA, id: 'x', source: { host: HOST, seq: 1 }, body: Uint8Array.of(1, 2, 3) }])
  await assert.rejects(log.read(0, 10), { name: 'OwnFault' })
  await assert.rejects(log.repoHead(ANA), { name: 'OwnFault' })
})

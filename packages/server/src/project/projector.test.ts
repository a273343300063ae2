import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { OwnFault } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { openMemoryEngine } from '@waypost/engine'
import { openEventLog } from '#log/event-log.ts'
import type { EventBody, VerifiedEvent } from '#verify/event.ts'
import { digest } from './digest.ts'
import {
  called,
  checkedIn,
  checkinUri,
  commented,
  deleted,
  didOf,
  givenEvents,
  liked,
  snapshot,
  tell,
  wrote,
} from './given.ts'
import { startProjector, type CommittedBatch } from './projector.ts'
import { openReadModel } from './read-model.ts'
import { rebuild } from './rebuild.ts'

function open() {
  const world = simWorld()
  const engine = openMemoryEngine({ world })
  const eventLog = openEventLog(engine.log, world)
  const folder = mkdtempSync(join(tmpdir(), 'waypost-projector-'))
  return {
    world,
    eventLog,
    folder,
    /** They were never verified: what is folded does not depend on their truth. */
    append: (events: readonly EventBody[]) => eventLog.append(events as readonly VerifiedEvent[]),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const events = tell([
  called('ana', 'ana.example'),
  checkedIn('ana', 'one'),
  checkedIn('ben', 'two'),
  liked('ben', checkinUri('ana', 'one')),
  commented('ana', checkinUri('ben', 'two'), 'hi'),
  deleted('ben', 'two'),
  snapshot('ana'),
])

/** So many that nobody checks in at a rate at which it were a flood. */
const WHO = ['ana', 'ben', 'cem', 'dan', 'eva', 'fay']

/** The committed batch that reaches a position. */
function reached(projector: ReturnType<typeof startProjector>, position: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (projector.position() >= position) resolve()
    }
    projector.subscribe(look)
    look()
  })
}

test('the projector follows the log and tells what changed once it is committed', async () => {
  using place = open()
  using readModel = openReadModel({ folder: place.folder })
  await place.append(events.slice(0, 3))
  const { world, eventLog } = place
  await using projector = startProjector({ world, eventLog, readModel })
  const batches: CommittedBatch[] = []
  projector.subscribe((batch) => batches.push(batch))
  await reached(projector, 3)
  await place.append(events.slice(3))
  await reached(projector, events.length)
  assert.deepEqual(
    batches.flatMap(({ changes }) => changes).map(({ position, kind, uri }) => [position, kind, uri]),
    [
      [2, 'checkin', checkinUri('ana', 'one')],
      [3, 'checkin', checkinUri('ben', 'two')],
      [6, 'deletion', checkinUri('ben', 'two')],
    ],
  )
  assert.equal(batches.at(-1)?.through, events.length)
  using expected = givenEvents(events)
  assert.deepEqual(digest(readModel), expected.digest())
})

test('a long log is folded in long transactions, and others get their turn within them', async () => {
  using place = open()
  using readModel = openReadModel({ folder: place.folder })
  const { world, eventLog } = place
  await place.append(tell(Array.from({ length: 2_000 }, (_, nth) => checkedIn(WHO[nth % WHO.length]!, `visit ${nth}`))))
  await using projector = startProjector({ world, eventLog, readModel })
  const batches: CommittedBatch[] = []
  let turns = 0
  const isDone = new Promise<void>((resolve) => projector.subscribe((batch) => (batches.push(batch), resolve())))
  const taking = { turns: true }
  void (async () => {
    for (; taking.turns; turns++) await new Promise((resolve) => setImmediate(resolve))
  })()
  await isDone
  taking.turns = false
  assert.deepEqual(
    batches.map(({ through, changes }) => [through, changes.length]),
    [[2_000, 2_000]],
  )
  assert.ok(turns >= 10, `${turns} turns`)
})

test('a projector that is stopped within a transaction leaves nothing of it', async () => {
  using place = open()
  using readModel = openReadModel({ folder: place.folder })
  const { world, eventLog } = place
  await place.append(tell(Array.from({ length: 1_000 }, (_, nth) => checkedIn(WHO[nth % WHO.length]!, `visit ${nth}`))))
  {
    await using projector = startProjector({ world, eventLog, readModel })
    while (!readModel.db.inTransaction) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(projector.position(), 0)
  }
  assert.equal(readModel.position(), 0)
  assert.equal(readModel.db.prepare('select count(*) from checkin').pluck().get(), 0)
})

test('a busy log is given time to fill, a quiet one is followed at once', async () => {
  using place = open()
  using readModel = openReadModel({ folder: place.folder })
  const { world, eventLog } = place
  const visits = tell(Array.from({ length: 100 }, (_, nth) => checkedIn(WHO[nth % WHO.length]!, `visit ${nth}`)))
  await using projector = startProjector({ world, eventLog, readModel })
  for (let count = 1; count <= 3; count++) {
    await place.append(visits.slice(count - 1, count))
    await reached(projector, count)
  }
  await place.append(visits.slice(3, 80))
  await reached(projector, 80)
  for (let count = 81; count <= 100; count++) await place.append(visits.slice(count - 1, count))
  await world.advance(100)
  assert.equal(projector.position(), 80)
  const gathered = new Promise<CommittedBatch>((resolve) => projector.subscribe(resolve))
  await world.advance(200)
  assert.equal((await gathered).changes.length, 20)
  await place.append(tell([checkedIn('ben', 'later')]))
  await reached(projector, 101)
})

test('whoever waits for a rev hears when it is there, and when it takes too long', async () => {
  using place = open()
  using readModel = openReadModel({ folder: place.folder })
  const { world, eventLog } = place
  await using projector = startProjector({ world, eventLog, readModel })
  const commit = events[2]!
  assert.equal(commit.kind, 'commit')
  const rev = commit.kind === 'commit' ? commit.rev : ''
  const there = projector.waitForRev(didOf('ben'), rev, { timeoutMs: 1_000 })
  await place.append([commit])
  assert.equal(await there, true)
  assert.equal(await projector.waitForRev(didOf('ben'), rev, { timeoutMs: 1_000 }), true)
  const never = projector.waitForRev(didOf('ana'), rev, { timeoutMs: 1_000 })
  await world.advance(1_000)
  assert.equal(await never, false)
})

test('a projector that starts again goes on where it stood', async () => {
  using place = open()
  const { world, eventLog, folder } = place
  await place.append(events)
  for (const stop of [3, events.length]) {
    using readModel = openReadModel({ folder })
    await using projector = startProjector({ world, eventLog, readModel })
    await reached(projector, stop)
  }
  using readModel = openReadModel({ folder })
  using expected = givenEvents(events)
  assert.deepEqual(digest(readModel), expected.digest())
})

test('a log that cannot be read for a while is asked again until it can, and a fault of our own is not', async () => {
  using place = open()
  using readModel = openReadModel({ folder: place.folder })
  const { world, eventLog } = place
  await place.append(events)
  const failing = (faults: Error[]): typeof eventLog => ({
    ...eventLog,
    read(after, limit) {
      const fault = faults.shift()
      return fault ? Promise.reject(fault) : eventLog.read(after, limit)
    },
  })
  const away = [new Error('away'), new Error('away')]
  await using projector = startProjector({ world, eventLog: failing(away), readModel })
  const whole = reached(projector, events.length)
  for (let second = 0; second < 3; second++) await world.advance(1_000)
  await whole
  const broken = startProjector({ world, eventLog: failing([new OwnFault('damaged')]), readModel })
  await assert.rejects(broken.stopped, /damaged/)
})

test('a record that cannot be decoded is our own fault and stops the projector', async () => {
  using place = open()
  using readModel = openReadModel({ folder: place.folder })
  const [broken] = tell([checkedIn('ana', 'one')])
  assert.ok(broken?.kind === 'commit')
  const ops = broken.ops.map((op) => ({ ...op, record: Uint8Array.of(0xff) }))
  await place.append([{ ...broken, ops } as EventBody])
  const { world, eventLog } = place
  const projector = startProjector({ world, eventLog, readModel })
  await assert.rejects(projector.stopped)
  assert.equal(readModel.position(), 0)
})

test('a rebuilt read model holds the same, also where the old file is broken', async () => {
  using place = open()
  const { world, eventLog, folder } = place
  await place.append(events)
  const before = await (async () => {
    using readModel = openReadModel({ folder })
    await using projector = startProjector({ world, eventLog, readModel })
    await reached(projector, events.length)
    return { digest: digest(readModel), path: readModel.path }
  })()
  const progress: number[] = []
  const done = await rebuild({ eventLog, folder, onProgress: ({ position }) => progress.push(position) })
  assert.equal(done.position, events.length)
  assert.equal(progress.at(-1), events.length)
  {
    using readModel = openReadModel({ folder })
    assert.deepEqual(digest(readModel), before.digest)
    assert.equal(readModel.position(), events.length)
  }
  writeFileSync(before.path, 'not a database at all')
  await rebuild({ eventLog, folder })
  using readModel = openReadModel({ folder })
  assert.deepEqual(digest(readModel), before.digest)
})

test('a new version builds itself beside the old file, which goes once the new one has caught up', async () => {
  using place = open()
  const { world, eventLog, folder } = place
  const old = join(folder, 'read-model-000000000000.sqlite')
  writeFileSync(old, 'of another version')
  await place.append(events)
  using readModel = openReadModel({ folder })
  assert.ok(existsSync(old))
  await using projector = startProjector({ world, eventLog, readModel })
  await reached(projector, events.length)
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(!existsSync(old))
})

test('two read models with the same rows have the same digest, and one row more shows', () => {
  using one = givenEvents(events)
  using two = givenEvents(events)
  assert.deepEqual(one.digest(), two.digest())
  two.and(tell([wrote('cid', 'app.waypost.profile', 'self', (createdAt) => ({ displayName: 'C', createdAt }))]))
  assert.notEqual(one.digest().overall, two.digest().overall)
  assert.equal(one.digest().byProjection['checkin'], two.digest().byProjection['checkin'])
})

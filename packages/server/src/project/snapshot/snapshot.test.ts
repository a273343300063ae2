import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { OwnFault } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { openEventLog } from '#log/event-log.ts'
import type { EventBody, VerifiedEvent } from '#verify/event.ts'
import { digest } from '#project/digest.ts'
import { called, checkedIn, deleted, liked, checkinUri, tell } from '#project/given.ts'
import { readFacts } from '#project/known-people.ts'
import { startProjector } from '#project/projector.ts'
import { openReadModel, type ReadModel } from '#project/read-model.ts'
import { keepOnce } from './keep.ts'
import { loadSnapshot, unpackNewest } from './load.ts'
import { manifestOf, partOf, snapshotsAmong, type Manifest, type SnapshotName } from './manifest.ts'
import { takeSnapshot } from './take.ts'

const EVERY_MS = 3_600_000
const FIRST = tell([called('ana', 'ana.example'), checkedIn('ana', 'one'), checkedIn('ben', 'two')])
const LATER = tell([liked('ben', checkinUri('ana', 'one')), deleted('ben', 'two'), checkedIn('cem', 'three')])

function open() {
  const world = simWorld()
  const engine = openMemoryEngine({ world })
  const eventLog = openEventLog(engine.log, world)
  const root = mkdtempSync(join(tmpdir(), 'waypost-snapshot-'))
  return {
    world,
    eventLog,
    blobs: engine.blobs,
    folder: (name: string) => join(root, name),
    append: (events: readonly EventBody[]) => eventLog.append(events as readonly VerifiedEvent[]),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}

type Given = ReturnType<typeof open>

async function catchUp({ world, eventLog }: Pick<Given, 'world' | 'eventLog'>, readModel: ReadModel): Promise<void> {
  await using _projector = startProjector({ world, eventLog, readModel })
  const head = await eventLog.head()
  while (readModel.position() < head) await world.advance(100)
}

/** The read model of a folder at the end of the log: what it is made of is already there, or the log from the start. */
async function follow({ world, eventLog }: Given, folder: string) {
  const readModel = openReadModel({ folder })
  const from = readModel.position()
  await catchUp({ world, eventLog }, readModel)
  return {
    readModel,
    from,
    position: readModel.position(),
    digest: digest(readModel).overall,
    [Symbol.dispose]: () => readModel[Symbol.dispose](),
  }
}

async function load({ blobs, eventLog }: Given, folder: string) {
  const refused: string[] = []
  const loaded = await loadSnapshot({ folder, blobs, eventLog, refused: (reason) => void refused.push(reason) })
  return { loaded, refused }
}

test('a replica that begins with a snapshot catches up to what one has that began with the log', async () => {
  using given = open()
  await given.append(FIRST)
  using old = await follow(given, given.folder('old'))
  const taken = await takeSnapshot({ ...given, readModel: old.readModel })
  assert.deepEqual([taken.position, taken.version], [old.position, old.readModel.version])
  await given.append(LATER)
  const { loaded, refused } = await load(given, given.folder('new'))
  assert.deepEqual([loaded, refused], [taken, []])
  using fresh = await follow(given, given.folder('new'))
  using whole = await follow(given, given.folder('whole'))
  assert.deepEqual([fresh.from, whole.from], [taken.position, 0])
  assert.deepEqual([fresh.position, fresh.digest], [whole.position, whole.digest])
  // Nothing is left lying about, and what is there is not replaced.
  assert.ok(readdirSync(given.folder('old')).every((name) => name.startsWith('read-model-')))
  assert.deepEqual(await load(given, given.folder('new')), { loaded: undefined, refused: [] })
})

test('a snapshot that is not what it says is refused with its reason, and the next older one is loaded', async () => {
  using given = open()
  const { blobs, world } = given
  await given.append(FIRST)
  using old = await follow(given, given.folder('old'))
  const good = await takeSnapshot({ ...given, readModel: old.readModel })
  await world.advance(1_000)
  const other = await takeSnapshot({ ...given, readModel: old.readModel })
  const bytes = Buffer.from((await blobs.get(partOf(other, 0)))!)
  const manifest = JSON.parse(Buffer.from((await blobs.get(manifestOf(other)))!).toString()) as Manifest
  const write = (change: Partial<Manifest>) =>
    blobs.put(manifestOf(other), Buffer.from(JSON.stringify({ ...manifest, ...change })))

  async function refusesTo(reason: string, name = reason): Promise<void> {
    const folder = given.folder(name)
    assert.deepEqual(await load(given, folder), { loaded: good, refused: [reason] })
    assert.ok(!readdirSync(folder).some((name) => name.startsWith('snapshot')))
  }

  const found = blobs.get
  blobs.get = async (name) => {
    if (name.startsWith(other.prefix)) throw new OwnFault('the blob is damaged')
    return found(name)
  }
  await refusesTo('part-damaged', 'found by the engine')
  blobs.get = found
  await blobs.put(partOf(other, 0), bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 1))
  await refusesTo('part-damaged')
  await blobs.delete(partOf(other, 0))
  await refusesTo('part-missing')
  await blobs.put(partOf(other, 0), bytes)
  await write({ digest: '0'.repeat(64) })
  await refusesTo('other-digest')
  await write({ anchors: manifest.anchors.map(({ position }) => ({ position, name: '0'.repeat(64) })) })
  await refusesTo('of-another-log')
  await blobs.put(manifestOf(other), Buffer.from('{"format":2'))
  await refusesTo('manifest-unreadable')
})

test('whom a snapshot knew can be had from it when its log is gone, from the newest that is what it says', async () => {
  using given = open()
  const { blobs, world } = given
  await given.append(FIRST)
  using old = await follow(given, given.folder('old'))
  await takeSnapshot({ ...given, readModel: old.readModel })
  await world.advance(1_000)
  const newer = await takeSnapshot({ ...given, readModel: old.readModel })
  await blobs.delete(partOf(newer, 0))
  const file = join(given.folder('unpacked'), 'unpacked.sqlite')
  mkdirSync(given.folder('unpacked'), { recursive: true })
  assert.equal(await unpackNewest({ blobs, file }), true)
  const facts = readFacts(file)
  assert.ok(facts.ok)
  assert.deepEqual(facts.value.people.toSorted(), [...new Set(FIRST.map(({ did }) => did))].toSorted())
  for (const blob of await blobs.list('')) await blobs.delete(blob)
  assert.equal(await unpackNewest({ blobs, file }), false)
})

test('a snapshot of a log that is not this one is not loaded: the log has it all', async () => {
  using given = open()
  await given.append(FIRST)
  using old = await follow(given, given.folder('old'))
  await takeSnapshot({ ...given, readModel: old.readModel })
  using another = open()
  const empty: Given = { ...another, blobs: given.blobs }
  assert.deepEqual((await load(empty, another.folder('new'))).refused, ['ahead-of-log'])
  // The same repositories, taken in anew later.
  await another.world.advance(1_000)
  await another.append(FIRST)
  assert.deepEqual((await load(empty, another.folder('new'))).refused, ['of-another-log'])
  assert.ok(!existsSync(join(another.folder('new'), old.readModel.path)))
})

test('a snapshot of a log that went on otherwise after some position is not loaded, though both have the same beginning', async () => {
  using given = open()
  await given.append(FIRST)
  using older = open()
  await older.append(FIRST)
  await given.append(LATER)
  using old = await follow(given, given.folder('old'))
  await takeSnapshot({ ...given, readModel: old.readModel })
  await older.world.advance(1_000)
  await older.append(LATER)
  assert.deepEqual((await load({ ...older, blobs: given.blobs }, older.folder('new'))).refused, ['of-another-log'])
})

test('one is taken when it is due and there is anything new; two are kept, and what was broken off goes', async () => {
  using given = open()
  const { blobs, world } = given
  await given.append(FIRST)
  using old = await follow(given, given.folder('old'))
  const { readModel } = old
  const takenAt: number[] = []
  const keep = (isWorthIt = true) =>
    keepOnce({
      ...given,
      readModel,
      everyMs: EVERY_MS,
      isWorthIt: () => isWorthIt,
      taken: ({ position }: SnapshotName) => void takenAt.push(position),
    })
  await keep(false)
  assert.deepEqual(takenAt, [])
  await blobs.put(`snapshots/${readModel.version}/1-1/part-00000`, new Uint8Array(10))
  await blobs.put('snapshots/abcdef012345/1-1/manifest', new Uint8Array(10))
  await keep()
  await world.advance(EVERY_MS)
  await keep()
  assert.deepEqual(takenAt, [old.position])
  for (const event of LATER) {
    await given.append([event])
    await catchUp(given, readModel)
    await keep()
    await world.advance(EVERY_MS)
  }
  assert.equal(takenAt.length, 1 + LATER.length)
  const kept = snapshotsAmong(await blobs.list('snapshots/'))
  assert.deepEqual(
    kept.map(({ position, isWhole }) => [position, isWhole]),
    [
      [takenAt.at(-1), true],
      [takenAt.at(-2), true],
    ],
  )
})

test('of a log that tells only how far a host was read nothing is kept', async () => {
  using given = open()
  await given.eventLog.appendCheckpoint('https://pds.example', 1)
  using early = await follow(given, given.folder('early'))
  assert.equal(early.position, 1)
  await keepOnce({
    ...given,
    readModel: early.readModel,
    everyMs: EVERY_MS,
    isWorthIt: () => true,
    taken: () => assert.fail('something was kept'),
  })
  assert.deepEqual(await given.blobs.list(''), [])
})

import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pid } from 'node:process'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { simWorld } from '@waypost/kernel/sim'
import type { World } from '@waypost/kernel'
import { blobsContract } from '../blobs.contract.ts'
import { asKeyValue, keyValueContract } from '../key-value.contract.ts'
import { asLog, logContract } from '../log.contract.ts'
import { openEmbeddedEngine } from './engine.ts'

const BODY = Uint8Array.of(1, 2, 3)

function freshFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'waypost-engine-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

function overwrite(file: string, from: number, length: number): void {
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, new Uint8Array(length).fill(0xaa), 0, length, from)
  closeSync(descriptor)
}

async function openFresh(world: World = simWorld()) {
  const folder = freshFolder()
  const engine = await openEmbeddedEngine({ folder: folder.path, world })
  return {
    ...engine,
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

logContract('embedded', () => openFresh())
logContract('embedded (private)', async () => asLog(await openFresh()))
keyValueContract('embedded', openFresh)
keyValueContract('embedded (ledger)', async (world) => asKeyValue(await openFresh(world)))
blobsContract('embedded', () => openFresh())

test('everything is there again after the folder was closed and opened', async () => {
  using folder = freshFolder()
  const world = simWorld()
  {
    await using engine = await openEmbeddedEngine({ folder: folder.path, world })
    const [first] = await engine.log.append([{ key: 'a', id: '1', source: { host: 'h', seq: 5 }, body: BODY }])
    await engine.log.append([{ key: 'b', id: '1', source: { host: 'h', seq: 6 }, body: BODY }])
    await engine.log.erase('a', { through: first! })
    await engine.keyValue.put('k', BODY)
    await engine.blobs.put('x/y', BODY)
  }
  await using engine = await openEmbeddedEngine({ folder: folder.path, world })
  assert.equal(await engine.log.head(), 2)
  assert.deepEqual(await engine.log.cursors(), new Map([['h', 6]]))
  assert.deepEqual(
    (await engine.log.read(0, { limit: 9 })).map(({ key }) => key),
    ['b'],
  )
  assert.deepEqual((await engine.keyValue.get('k'))?.value, BODY)
  assert.deepEqual(await engine.blobs.get('x/y'), BODY)
})

test('appends that are pending when the engine closes are committed first', async () => {
  using folder = freshFolder()
  const world = simWorld()
  const engine = await openEmbeddedEngine({ folder: folder.path, world })
  const appending = engine.log.append([{ key: 'a', id: '1', body: BODY }])
  await engine[Symbol.asyncDispose]()
  assert.deepEqual(await appending, [1])
  await assert.rejects(engine.log.append([{ key: 'a', id: '2', body: BODY }]), { name: 'OwnFault' })
  await engine[Symbol.asyncDispose]()
})

test('calls to append of one turn of the event loop are committed in the next', async () => {
  await using engine = await openFresh()
  const calls = Array.from({ length: 100 }, (_, at) => engine.log.append([{ key: 'a', id: `${at}`, body: BODY }]))
  let committed = 0
  for (const call of calls) void call.then(() => committed++)
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  assert.equal(committed, 100)
})

test('a folder that is in use says by whom, and is free once it is closed', async () => {
  using folder = freshFolder()
  const options = { folder: folder.path, world: simWorld() }
  const engine = await openEmbeddedEngine(options)
  await assert.rejects(openEmbeddedEngine(options), new RegExp(`in use by another Waypost \\(process ${pid}\\)`))
  await engine[Symbol.asyncDispose]()
  await using again = await openEmbeddedEngine(options)
  assert.equal(await again.log.head(), 0)
})

test('one who only reads may open a folder that is in use, sees what is appended, and cannot write', async () => {
  using folder = freshFolder()
  const world = simWorld()
  await using writer = await openEmbeddedEngine({ folder: folder.path, world })
  await writer.log.append([{ key: 'a', id: '1', source: { host: 'h', seq: 1 }, body: BODY }])
  await writer.blobs.put('x', BODY)
  await using reader = await openEmbeddedEngine({ folder: folder.path, world, readOnly: true })
  assert.equal(await reader.log.head(), 1)
  await writer.log.append([{ key: 'a', id: '2', body: BODY }])
  assert.equal((await reader.log.read(0, { limit: 9 })).length, 2)
  assert.equal((await reader.log.last('a'))?.id, '2')
  assert.deepEqual(await reader.blobs.get('x'), BODY)
  await assert.rejects(reader.log.append([]), { name: 'OwnFault' })
  await assert.rejects(reader.log.erase('a', { through: 2 }), { name: 'OwnFault' })
  await assert.rejects(reader.keyValue.put('k', BODY), { name: 'OwnFault' })
  await assert.rejects(reader.blobs.put('y', BODY), { name: 'OwnFault' })
  const waiting = reader.log.waitPast(2, new AbortController().signal)
  await writer.log.append([{ key: 'a', id: '3', body: BODY }])
  await world.advance(1_000)
  await waiting
})

test('one who only reads may open a folder that nobody has open, and is told when nothing is there', async () => {
  using folder = freshFolder()
  const world = simWorld()
  await assert.rejects(openEmbeddedEngine({ folder: folder.path, world, readOnly: true }))
  assert.deepEqual(readdirSync(folder.path), [])
  {
    await using writer = await openEmbeddedEngine({ folder: folder.path, world })
    await writer.log.append([{ key: 'a', id: '1', body: BODY }])
  }
  await using reader = await openEmbeddedEngine({ folder: folder.path, world, readOnly: true })
  assert.equal(await reader.log.head(), 1)
})

test('a damaged log stops the start, loudly', async () => {
  for (const name of ['log.sqlite', 'state.sqlite', 'private-log.sqlite', 'ledger.sqlite']) {
    using folder = freshFolder()
    const options = { folder: folder.path, world: simWorld() }
    await (await openEmbeddedEngine(options))[Symbol.asyncDispose]()
    truncateSync(join(folder.path, name), 5_000)
    await assert.rejects(openEmbeddedEngine(options), { name: 'OwnFault' }, name)
    writeFileSync(join(folder.path, name), 'this was a database once'.repeat(1_000))
    await assert.rejects(openEmbeddedEngine(options), { name: 'OwnFault' }, name)
  }
})

test('a page of the log that was overwritten is our own fault when it is read, not an end of the log', async () => {
  using folder = freshFolder()
  const options = { folder: folder.path, world: simWorld() }
  {
    await using engine = await openEmbeddedEngine(options)
    await engine.log.append(
      Array.from({ length: 500 }, (_, at) => ({ key: 'a', id: `${at}`, body: new Uint8Array(300).fill(at) })),
    )
  }
  const file = join(folder.path, 'log.sqlite')
  const pages = new Database(file)
  const page = pages
    .prepare("select pageno from dbstat where name = 'entry' and pagetype = 'leaf' limit 1 offset 9")
    .pluck()
  const number = page.get() as number
  pages.close()
  overwrite(file, (number - 1) * 4_096, 4_096)
  await using engine = await openEmbeddedEngine(options)
  await assert.rejects(engine.log.read(0, { limit: 1_000 }), { name: 'OwnFault' })
})

test('a file that is not ours, or newer than the program, is left alone', async () => {
  using folder = freshFolder()
  const options = { folder: folder.path, world: simWorld() }
  const other = new Database(join(folder.path, 'log.sqlite'))
  other.exec('create table theirs (x)')
  await assert.rejects(openEmbeddedEngine(options), /not a file of Waypost/)
  other.exec('drop table theirs')
  other.pragma(`application_id = ${0x57_50_6c_67}`)
  other.pragma('user_version = 99')
  other.close()
  await assert.rejects(openEmbeddedEngine(options), /has format 99/)
})

test('a log of the version before is made into one of this version, by whoever may write', async () => {
  using folder = freshFolder()
  const options = { folder: folder.path, world: simWorld() }
  await (await openEmbeddedEngine(options))[Symbol.asyncDispose]()
  const file = join(folder.path, 'log.sqlite')
  rmSync(file)
  writeLogOfVersion1(file)
  await assert.rejects(openEmbeddedEngine({ ...options, readOnly: true }), /has format 1/)
  await using engine = await openEmbeddedEngine(options)
  const { log } = engine
  assert.deepEqual(
    (await log.read(0, { limit: 9 })).map(({ position, key, id, source }) => [position, key, id, source?.seq]),
    [
      [1, 'a', '1', 7],
      [2, 'b', '1', 8],
      [4, 'a', '2', 9],
      [5, 'a', '3', 10],
    ],
  )
  assert.equal((await log.last('a'))?.id, '3')
  assert.deepEqual(await log.append([{ key: 'a', id: '1', body: BODY }]), [1])
  assert.deepEqual(await log.append([{ key: 'a', id: '4', body: BODY }]), [6])
  assert.equal(await log.erase('a', { through: 4 }), 2)
  assert.equal(await log.erase('a', { through: 6 }), 2)
  assert.deepEqual(
    (await log.read(0, { limit: 9 })).map(({ key }) => key),
    ['b'],
  )
})

function writeLogOfVersion1(file: string): void {
  const db = new Database(file)
  db.exec(`
    pragma application_id = ${0x57_50_6c_67};
    pragma user_version = 1;
    create table head (one integer primary key check (one = 1), position integer not null) strict;
    insert into head values (1, 5);
    create table subject (id integer primary key, key text not null unique, newest integer not null) strict;
    insert into subject values (1, 'a', 5), (2, 'b', 2);
    create table host (id integer primary key, name text not null unique, seq integer not null) strict;
    insert into host values (1, 'h', 10);
    create table entry (
      position integer primary key, subject integer not null, id text not null, host integer, seq integer,
      body blob not null
    ) strict;
    create unique index entry_by_id on entry (subject, id);
    insert into entry values (1, 1, '1', 1, 7, x'01'), (2, 2, '1', 1, 8, x'01'), (4, 1, '2', 1, 9, x'01'),
      (5, 1, '3', 1, 10, x'01');
  `)
  db.close()
}

test('erasing step by step takes each entry of a key once, whatever is appended between', async () => {
  await using engine = await openFresh()
  const { log } = engine
  const entries = (from: number) => Array.from({ length: 5 }, (_, at) => ({ key: 'a', id: `${from + at}`, body: BODY }))
  const first = await log.append(entries(0))
  assert.equal(await log.erase('a', { through: first[1]! }), 2)
  const second = await log.append(entries(5))
  assert.equal(await log.erase('a', { through: second[0]! }), 4)
  assert.equal(await log.erase('a', { through: second[4]! }), 4)
  assert.deepEqual(await log.read(0, { limit: 9 }), [])
  const third = await log.append(entries(0))
  assert.equal(await log.erase('a', { through: third[4]! }), 5)
})

test('what a crash left of an unfinished blob is cleared away', async () => {
  using folder = freshFolder()
  const options = { folder: folder.path, world: simWorld() }
  await (await openEmbeddedEngine(options))[Symbol.asyncDispose]()
  writeFileSync(join(folder.path, 'unfinished', '1'), 'half a blo')
  await using engine = await openEmbeddedEngine(options)
  assert.deepEqual(readdirSync(join(folder.path, 'unfinished')), [])
  assert.deepEqual(await engine.blobs.list(''), [])
})

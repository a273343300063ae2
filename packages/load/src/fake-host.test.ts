import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { verifyRepoCar } from '@atproto/repo'
import { Frame, type MessageFrame } from '@atproto/xrpc-server'
import type { Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { WebSocket } from 'ws'
import { startFakeHost, type FakeHost, type HostEvent } from './fake-host.ts'
import { deriveSigningKey } from './key.ts'
import { createSignedRepo, type RepoWrite } from './signed-repo.ts'

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const BEN: Did = 'did:plc:benaaaaaaaaaaaaaaaaaaaaa'

function visit(rkey: string): RepoWrite {
  return {
    action: 'create',
    collection: 'app.waypost.checkin',
    rkey,
    record: { $type: 'app.waypost.checkin', createdAt: '2026-01-01T00:00:00Z', place: { name: 'Café' } },
  }
}

function commit(did: Did, rkey: string): HostEvent {
  return { kind: 'commit', did, writes: [visit(rkey)] }
}

async function hostOf(options: { historyMax?: number; listsByCollection?: boolean } = {}): Promise<FakeHost> {
  const world = simWorld()
  const host = await startFakeHost({ world, ...options })
  for (const [did, handle] of [
    [ANA, 'ana.test'],
    [BEN, 'ben.test'],
  ] as const) {
    const key = await deriveSigningKey(did)
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
  }
  return host
}

/** What a subscriber is sent, until there are `count` messages or the host hangs up. */
async function listen(host: FakeHost, options: { cursor?: number; count: number }): Promise<Frame[]> {
  const query = options.cursor === undefined ? '' : `?cursor=${options.cursor}`
  const socket = new WebSocket(`${host.url.replace('http', 'ws')}/xrpc/com.atproto.sync.subscribeRepos${query}`)
  const frames: Frame[] = []
  const over = once(socket, 'close')
  socket.on('message', (bytes: Buffer) => {
    frames.push(Frame.fromBytes(new Uint8Array(bytes)))
    if (frames.length === options.count) socket.terminate()
  })
  await over
  return frames.slice(0, options.count)
}

// oxlint-disable-next-line typescript/no-explicit-any -- The bodies are the decoder's, without types.
function bodies(frames: readonly Frame[]): any[] {
  return frames.map((frame) => frame.body)
}

async function get(host: FakeHost, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${host.url}/xrpc/${path}`)
  return { status: response.status, body: await response.json() }
}

test('an independent decoder reads every kind of message', async () => {
  await using host = await hostOf()
  await host.emit({ kind: 'identity', did: ANA, handle: 'ana2.test' })
  await host.emit({ kind: 'account', did: ANA, active: true })
  await host.emit(commit(ANA, 'a'))
  await host.emit({ kind: 'commit', did: ANA, writes: [{ ...visit('a'), action: 'update' }, visit('b')] })
  await host.emit({ kind: 'sync', did: ANA })
  await host.emit({ kind: 'account', did: ANA, active: false, status: 'deactivated' })
  const frames = await listen(host, { cursor: 0, count: 6 })
  assert.deepEqual(
    frames.map((frame) => (frame as MessageFrame).type),
    ['#identity', '#account', '#commit', '#commit', '#sync', '#account'],
  )
  const [identity, , first, second, sync, account] = bodies(frames)
  assert.equal(identity.handle, 'ana2.test')
  assert.deepEqual([first.seq, first.since, first.prevData, first.ops[0].prev], [3, null, undefined, undefined])
  assert.deepEqual([second.seq, second.since, second.ops.length], [4, first.rev, 2])
  assert.equal(second.ops[0].prev.toString(), first.ops[0].cid.toString())
  assert.equal(sync.rev, second.rev)
  assert.deepEqual([account.active, account.status], [false, 'deactivated'])
})

test('a subscriber gets what comes after its cursor, then what happens next', async () => {
  await using host = await hostOf()
  for (const rkey of ['a', 'b', 'c']) await host.emit(commit(ANA, rkey))
  const replayed = listen(host, { cursor: 1, count: 3 })
  const live = listen(host, { count: 1 })
  while (host.readers.count < 2) await new Promise((resolve) => setImmediate(resolve))
  await host.emit(commit(BEN, 'd'))
  assert.deepEqual(
    bodies(await replayed).map(({ seq }) => seq),
    [2, 3, 4],
  )
  assert.deepEqual(
    bodies(await live).map(({ seq, repo }) => [seq, repo]),
    [[4, BEN]],
  )
})

test('a cursor ahead of the stream is an error, and one that is too old is told so', async () => {
  await using host = await hostOf({ historyMax: 2 })
  for (const rkey of ['a', 'b', 'c', 'd']) await host.emit(commit(ANA, rkey))
  assert.deepEqual(
    bodies(await listen(host, { cursor: 9, count: 1 })).map(({ error }) => error),
    ['FutureCursor'],
  )
  const [info, ...rest] = bodies(await listen(host, { cursor: 1, count: 3 }))
  assert.equal(info.name, 'OutdatedCursor')
  assert.deepEqual(
    rest.map(({ seq }) => seq),
    [3, 4],
  )
})

test('a host that forgets old frames replays those that it kept', async () => {
  await using host = await hostOf()
  for (const rkey of ['a', 'b', 'c', 'd']) await host.emit(commit(ANA, rkey))
  host.forget({ keep: 1 })
  await host.emit(commit(ANA, 'e'))
  const [info, ...rest] = bodies(await listen(host, { cursor: 1, count: 3 }))
  assert.equal(info.name, 'OutdatedCursor')
  assert.deepEqual(
    rest.map(({ seq }) => seq),
    [4, 5],
  )
})

test('a host that loses its sequence hangs up, numbers anew, and takes old cursors for future ones', async () => {
  await using host = await hostOf()
  for (const rkey of ['a', 'b', 'c']) await host.emit(commit(ANA, rkey))
  const cutOff = listen(host, { cursor: 3, count: 1 })
  while (host.readers.count < 1) await new Promise((resolve) => setImmediate(resolve))
  host.renumber()
  assert.deepEqual([await cutOff, host.lastSeq], [[], 0])
  await host.emit(commit(ANA, 'd'))
  assert.deepEqual(
    bodies(await listen(host, { cursor: 3, count: 1 })).map(({ error }) => error),
    ['FutureCursor'],
  )
  const [again] = bodies(await listen(host, { cursor: 0, count: 1 }))
  assert.deepEqual([again.seq, again.ops[0].path, host.lastSeq], [1, 'app.waypost.checkin/d', 1])
})

test('a relay carries what other hosts emit under its own numbers, and leads to them for repositories', async () => {
  await using pds = await hostOf()
  await using relay = await startFakeHost({ world: simWorld(), kind: 'relay' })
  await pds.emit(commit(ANA, 'a'))
  relay.carry(pds)
  await pds.emit(commit(ANA, 'b'))
  await pds.emit(commit(BEN, 'c'))
  assert.deepEqual(
    bodies(await listen(relay, { cursor: 0, count: 2 })).map(({ seq, repo }) => [seq, repo]),
    [
      [1, ANA],
      [2, BEN],
    ],
  )
  assert.equal((await get(relay, 'com.atproto.server.describeServer')).status, 501)
  assert.deepEqual((await get(relay, 'com.atproto.sync.listHosts')).body, {
    hosts: [{ hostname: pds.hostname, seq: 3, accountCount: 2, status: 'active' }],
  })
  const status = `com.atproto.sync.getRepoStatus?did=${ANA}`
  assert.deepEqual(await get(relay, status), await get(pds, status))
  const led = await fetch(`${relay.url}/xrpc/com.atproto.sync.getRepo?did=${ANA}`, { redirect: 'manual' })
  assert.deepEqual(
    [led.status, led.headers.get('location')],
    [302, `${pds.url}/xrpc/com.atproto.sync.getRepo?did=${encodeURIComponent(ANA)}`],
  )
  assert.equal((await get(pds, 'com.atproto.sync.listHosts')).status, 501)
  assert.equal((await get(pds, 'com.atproto.server.describeServer')).status, 200)
})

test('a host says which collections an account has, and who has a collection only where it lists them', async () => {
  await using host = await hostOf({ listsByCollection: true })
  await using usual = await hostOf()
  await host.emit(commit(ANA, 'a'))
  await host.emit({ kind: 'commit', did: ANA, writes: [{ ...visit('b'), collection: 'app.example.note' }] })
  await host.emit(commit(BEN, 'c'))
  const described = { did: ANA, handle: 'ana.test', collections: ['app.example.note', 'app.waypost.checkin'] }
  for (const repo of [ANA, 'ana.test']) {
    const { body } = await get(host, `com.atproto.repo.describeRepo?repo=${repo}`)
    assert.deepEqual(body, { ...described, didDoc: { id: ANA }, handleIsCorrect: true })
  }
  assert.equal((await get(host, 'com.atproto.repo.describeRepo?repo=eve.test')).status, 400)
  const list = 'com.atproto.sync.listReposByCollection?collection='
  assert.deepEqual((await get(host, `${list}app.example.note`)).body, { repos: [{ did: ANA }] })
  const first = (await get(host, `${list}app.waypost.checkin&limit=1`)).body as { cursor: string }
  assert.deepEqual(first, { repos: [{ did: ANA }], cursor: ANA })
  assert.deepEqual((await get(host, `${list}app.waypost.checkin&limit=1&cursor=${first.cursor}`)).body, {
    repos: [{ did: BEN }],
  })
  assert.equal((await get(usual, `${list}app.waypost.checkin`)).status, 501)
})

test('playing waits for a reader, keeps close to it, and starts again where a new one left off', async () => {
  await using host = await hostOf()
  const events = Array.from({ length: 300 }, (_, n) => commit(ANA, `k${n}`))
  const played = host.play(events)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(host.emitted.frames <= 1, true)
  const first = await listen(host, { cursor: 0, count: 40 })
  const second = await listen(host, { cursor: 40, count: 260 })
  await played
  assert.deepEqual(
    bodies([...first, ...second]).map(({ seq }) => seq),
    events.map((_, n) => n + 1),
  )
})

test('the whole repository is as new as the stream, and verifies', async () => {
  await using host = await hostOf()
  await host.emit(commit(ANA, 'a'))
  await host.emit({ ...commit(ANA, 'b'), kind: 'commit', did: ANA, writes: [visit('b')], sent: 'never' })
  const response = await fetch(`${host.url}/xrpc/com.atproto.sync.getRepo?did=${ANA}`)
  const { did } = await deriveSigningKey(ANA)
  const { creates } = await verifyRepoCar(new Uint8Array(await response.arrayBuffer()), ANA, did)
  assert.deepEqual(
    creates.map(({ rkey }) => rkey),
    ['a', 'b'],
  )
  assert.equal(host.emitted.frames, 1)
})

test('the queries of a reader are answered as a PDS does', async () => {
  await using host = await hostOf()
  await host.emit(commit(ANA, 'a'))
  const listed = (await get(host, 'com.atproto.sync.listRepos')).body as { repos: { did: Did; rev: string }[] }
  assert.deepEqual(
    listed.repos.map(({ did }) => did),
    [ANA],
  )
  const { rev } = listed.repos[0]!
  assert.deepEqual((await get(host, `com.atproto.sync.getRepoStatus?did=${ANA}`)).body, { did: ANA, active: true, rev })
  assert.deepEqual((await get(host, 'com.atproto.identity.resolveHandle?handle=ana.test')).body, { did: ANA })
  assert.equal((await get(host, 'com.atproto.identity.resolveHandle?handle=eve.test')).status, 400)
  assert.equal((await get(host, `com.atproto.sync.getBlob?did=${ANA}&cid=x`)).status, 404)

  await host.emit({ kind: 'account', did: ANA, active: false, status: 'takendown' })
  assert.match(JSON.stringify(await get(host, `com.atproto.sync.getRepo?did=${ANA}`)), /RepoTakendown/)
  await host.emit({ kind: 'account', did: ANA, active: false, status: 'deleted' })
  assert.match(JSON.stringify(await get(host, `com.atproto.sync.getLatestCommit?did=${ANA}`)), /RepoNotFound/)
  assert.match(JSON.stringify(await get(host, `com.atproto.sync.getRepoStatus?did=${ANA}`)), /RepoNotFound/)
})

test('a spoilt message stands before the true one and leaves the repository as it was', async () => {
  await using host = await hostOf()
  await host.emit(commit(ANA, 'a'))
  const event: HostEvent = { kind: 'commit', did: ANA, writes: [visit('b')], fault: 'rev-mismatch', sent: 'twice' }
  await host.emit(event)
  const [first, spoilt, honest, again] = bodies(await listen(host, { cursor: 0, count: 4 }))
  assert.deepEqual([first.seq, spoilt.seq, honest.seq, again.seq], [1, 2, 3, 4])
  assert.deepEqual([spoilt.since, honest.since, again.rev], [first.rev, first.rev, honest.rev])
  assert.notEqual(spoilt.rev, honest.rev)
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { tidFrom, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import {
  createSignedRepo,
  deriveSigningKey,
  generatedEvents,
  generatePeople,
  type HostEvent,
  type RepoWrite,
} from '@waypost/load'
import { createOutbound, type Outbound } from '#wire/outbound.ts'
import { allEvents, faltering, fold, openNetwork, severable, watch, type Network } from './kit/network.ts'
import { visit } from './kit/visits.ts'

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const BEN: Did = 'did:plc:benaaaaaaaaaaaaaaaaaaaaa'
const START_MS = Date.UTC(2026, 0, 1)

function commit(did: Did, writes: readonly RepoWrite[] = [visit()]): HostEvent {
  return { kind: 'commit', did, writes }
}

const song: RepoWrite = {
  action: 'create',
  collection: 'org.example.song',
  rkey: 'one',
  record: { $type: 'org.example.song', title: 'One' },
}

test('a first commit is taken as it is, and the handle follows', async () => {
  await using network = await openNetwork()
  const repo = await network.join(ANA, { handle: 'ana.test' })
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine)
  const write = visit()
  await network.host.emit(commit(ANA, [write]))
  await watched.settled()
  const events = await allEvents(watched.eventLog)
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['commit', 'identity'],
  )
  const path = `app.waypost.checkin/${write.rkey}`
  assert.deepEqual(fold(events)[ANA]?.records, { [path]: repo.recordCid(path) })
  assert.equal(fold(events)[ANA]?.handle, 'ana.test')
  assert.deepEqual(watched.refusals, [])
})

test('somebody with a past is adopted whole, and goes on from there', async () => {
  await using network = await openNetwork()
  const repo = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine)
  const follow = { $type: 'app.bsky.graph.follow', subject: BEN, createdAt: '2026-01-01T00:00:00Z' }
  const rkey = tidFrom(START_MS * 1_000, 1)
  await network.host.emit(
    commit(ANA, [song, { action: 'create', collection: 'app.bsky.graph.follow', rkey, record: follow }]),
  )
  await watched.settled()
  assert.deepEqual(await allEvents(watched.eventLog), [], 'nothing of ours yet')
  await network.host.emit(commit(ANA))
  await network.host.emit(commit(ANA))
  await watched.settled()
  await network.host.emit(commit(ANA, [{ ...song, action: 'delete' }]))
  await watched.settled()
  const believed = fold(await allEvents(watched.eventLog))[ANA]!
  assert.equal(believed.rev, repo.head?.rev, 'also a commit without a record of ours is in the log')
  assert.equal(Object.keys(believed.records).length, 3)
  assert.ok(`app.bsky.graph.follow/${rkey}` in believed.records)
  assert.ok(watched.repairs.includes('adopted'))
})

test('a sign-in makes a member of somebody without a single record', async () => {
  await using network = await openNetwork()
  const repo = await network.join(ANA)
  await network.host.emit(commit(ANA, [song]))
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine)
  assert.equal(await watched.ingest.track(ANA), true)
  assert.equal(await watched.ingest.track(ANA), true)
  await network.host.emit(commit(ANA, [{ ...song, action: 'delete' }]))
  await watched.settled()
  const events = await allEvents(watched.eventLog)
  assert.deepEqual(events.map(({ kind }) => kind).toSorted(), ['commit', 'identity', 'repo'])
  assert.equal(fold(events)[ANA]?.rev, repo.head?.rev)
})

test('a sign-in of somebody whose PDS is away is answered, and made good later', async () => {
  await using network = await openNetwork()
  await network.join(ANA)
  await network.host.emit(commit(ANA, [song]))
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine)
  const { directory, host } = network
  const document = { did: ANA, handle: 'ana.test', signingKey: (await generatePeople('x', 1))[0]!.key.did }
  directory.put({ ...document, pds: 'http://127.0.0.1:9' })
  assert.equal(await watched.ingest.track(ANA), false)
  await network.join(BEN, { seed: ANA })
  // The right document again, with the key that Ana has signed with.
  directory.put({ did: ANA, handle: 'ana.test', signingKey: (await deriveSigningKey(ANA)).did, pds: host.url })
  watched.identities.forget(ANA)
  await watched.settled()
  assert.equal((await watched.eventLog.repoHead(ANA))?.active, true)
})

test('a life of many people is in the log as it is on their host', async () => {
  const people = await generatePeople('life', 16)
  await using network = await openNetwork()
  const repos = new Map<Did, Awaited<ReturnType<Network['join']>>>()
  const gone = new Set<Did>()
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine)
  for (const [number, { did, handle }] of people.entries()) {
    repos.set(
      did,
      await network.join(did, { handle, seed: `life ${number}`, curve: number % 5 === 4 ? 'p256' : 'k256' }),
    )
  }
  const life = generatedEvents(people, { random: simWorld().random, commitsEach: 10, startMs: START_MS })
  for (const event of life) {
    await network.host.emit(event)
    if (event.kind === 'account' && event.status === 'deleted') gone.add(event.did)
  }
  await watched.settled()
  const believed = fold(await allEvents(watched.eventLog))
  assert.equal(Object.keys(believed).length, people.length)
  for (const [did, repo] of repos) {
    const { rev, records, status } = believed[did]!
    if (gone.has(did)) {
      assert.deepEqual(records, {}, 'a deleted account has nothing in the log')
      assert.equal(status, 'deleted')
      continue
    }
    assert.equal(rev, repo.head?.rev)
    assert.equal(Object.keys(records).length, repo.recordCount)
    for (const [path, cid] of Object.entries(records)) assert.equal(cid, repo.recordCid(path))
  }
})

test('after power cuts at many moments the log says what it would have said without them', async () => {
  const people = await generatePeople('cuts', 8)
  await using network = await openNetwork()
  for (const [number, { did, handle }] of people.entries()) {
    await network.join(did, { handle, seed: `cuts ${number}`, curve: number % 5 === 4 ? 'p256' : 'k256' })
  }
  const life = [
    ...generatedEvents(people, { random: simWorld({ seed: 7 }).random, commitsEach: 12, startMs: START_MS }),
  ]
  await using engine = openMemoryEngine({ world: network.world })
  const cuts = 12
  for (let part = 0; part < cuts; part++) {
    const wire = severable(engine)
    const doomed = watch(network, wire.engine)
    for (const event of life.splice(0, Math.ceil(life.length / (cuts - part)))) await network.host.emit(event)
    // Cut while frames are on their way: at another place each time.
    for (let turn = 0; turn < part * 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    wire.cut()
    void doomed.ingest[Symbol.asyncDispose]()
  }
  assert.equal(life.length, 0)
  await using last = watch(network, engine)
  await last.settled()

  await using calm = openMemoryEngine({ world: network.world })
  await using undisturbed = watch(network, calm)
  await undisturbed.settled()
  assert.deepEqual(fold(await allEvents(last.eventLog)), fold(await allEvents(undisturbed.eventLog)))
})

test('after a kill the frames in front of a noted repair come first, whatever the PDS says of a later time', async () => {
  await using network = await openNetwork()
  const repo = await network.join(ANA)
  const { host } = network
  await using engine = openMemoryEngine({ world: network.world })
  {
    await using watched = watch(network, engine)
    await host.emit(commit(ANA))
    await watched.settled()
  }
  for (let turn = 0; turn < 100; turn++) await host.emit(commit(ANA))
  await host.emit({ kind: 'account', did: ANA, active: false, status: 'takendown' })
  // As a process leaves it that judged the last frame, and was killed before the frames in front of it were logged.
  const mark = { what: 'repo', did: ANA, source: { host: host.url, seq: host.emitted.frames }, saidDeleted: false }
  await engine.keyValue.put('ingest/due/repo/noted', new TextEncoder().encode(JSON.stringify(mark)))
  await using watched = watch(network, engine)
  const isOver = async (): Promise<boolean> => (await watched.eventLog.repoHead(ANA))?.status === 'takendown'
  for (let turn = 0; turn < 400 && !(await isOver()); turn++) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(await watched.eventLog.cursor(host.url), host.emitted.frames)
  const believed = fold(await allEvents(watched.eventLog))[ANA]!
  assert.deepEqual([believed.rev, believed.status], [repo.head?.rev, 'takendown'])
  assert.equal(Object.keys(believed.records).length, 101)
  assert.deepEqual(watched.refusals, [])
})

test('a commit that comes while the repository is being fetched is not lost', async () => {
  await using network = await openNetwork()
  const repo = await network.join(ANA)
  const { host } = network
  await using engine = openMemoryEngine({ world: network.world })
  const real = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
  let fetched = 0
  const outbound: Outbound = {
    ...real,
    async fetch(url, options) {
      const answer = await real.fetch(url, options)
      if (url.includes('getRepo?') && ++fetched === 1) {
        for (let turn = 0; turn < 70; turn++) await host.emit(commit(ANA))
        while ((watched.ingest.status()[0]?.lastSeq ?? 0) < host.emitted.frames) {
          await new Promise((resolve) => setTimeout(resolve, 1))
        }
      }
      return answer
    },
  }
  await using watched = watch(network, engine, { outbound })
  await host.emit(commit(ANA, [song]))
  await host.emit(commit(ANA))
  await watched.settled()
  assert.equal((await watched.eventLog.repoHead(ANA))?.rev, repo.head?.rev)
  const events = await allEvents(watched.eventLog)
  assert.equal(Object.keys(fold(events)[ANA]!.records).length, 71)
  assert.equal(fetched, 2, 'so many waited that some were let go, and the repository was fetched again')
  assert.ok(events.filter(({ kind }) => kind === 'commit').length >= 60, 'those that waited came in as they were')
})

test('while the engine takes nothing the frames wait, and then go in once', async () => {
  await using network = await openNetwork()
  const repo = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, faltering(engine, 5))
  for (let turn = 0; turn < 20; turn++) await network.host.emit(commit(ANA))
  await watched.settled()
  const events = await allEvents(watched.eventLog)
  assert.equal(events.filter(({ kind }) => kind === 'commit').length, 20)
  assert.equal(fold(events)[ANA]?.rev, repo.head?.rev)
})

test('what was settled when the ingest is disposed is in the log, and the cursor with it', async () => {
  await using network = await openNetwork()
  const repo = await network.join(ANA)
  await network.join(BEN)
  const { host } = network
  await using engine = openMemoryEngine({ world: network.world })
  {
    await using watched = watch(network, engine)
    for (let turn = 0; turn < 10; turn++) await host.emit(commit(ANA))
    await watched.settled()
    for (let turn = 0; turn < 10; turn++) await host.emit(commit(BEN, [{ ...song, rkey: `song${turn}` }]))
    await watched.settled()
  }
  await using again = watch(network, engine)
  assert.equal((await again.eventLog.repoHead(ANA))?.rev, repo.head?.rev)
  assert.equal(await again.eventLog.cursor(host.url), host.emitted.frames, 'foreign frames are noted too')
})

test('one PDS that hangs holds up nobody on another', async () => {
  await using network = await openNetwork()
  await network.join(ANA)
  const repo = await network.join(BEN)
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine)
  await network.host.emit(commit(ANA, [song]))
  network.directory.put({
    did: ANA,
    handle: 'ana.test',
    signingKey: (await deriveSigningKey(ANA)).did,
    pds: 'http://127.0.0.1:9',
  })
  await network.host.emit(commit(ANA))
  await network.host.emit(commit(BEN))
  for (let turn = 0; turn < 400 && !(await watched.eventLog.repoHead(BEN)); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.equal((await watched.eventLog.repoHead(BEN))?.rev, repo.head?.rev)
  assert.equal(await watched.eventLog.repoHead(ANA), undefined)
  assert.equal(
    watched.ingest.status()[0]?.cursor,
    network.host.emitted.frames,
    'the cursor goes on: Ana is noted as due',
  )
})

test('a DID document that does not come holds up nobody else, and is waited for beside the stream', async () => {
  await using network = await openNetwork()
  const { host, world } = network
  const ben = await network.join(BEN)
  const key = await deriveSigningKey('web')
  let isHanging = false
  const unanswered: (() => void)[] = []
  const server = createServer((_, response) => {
    const answer = (): void =>
      void response.end(
        JSON.stringify({
          id: did,
          verificationMethod: [
            { id: '#atproto', type: 'Multikey', publicKeyMultibase: key.did.slice('did:key:'.length) },
          ],
          service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: host.url }],
        }),
      )
    if (isHanging) unanswered.push(answer)
    else answer()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const did: Did = `did:web:localhost%3A${(server.address() as AddressInfo).port}`
  try {
    const web = createSignedRepo({ did, key, clock: world.clock })
    host.addAccount({ did, handle: 'web.test', repo: web })
    await using engine = openMemoryEngine({ world })
    await using watched = watch(network, engine)
    await host.emit(commit(did))
    await host.emit(commit(BEN))
    await watched.settled()
    isHanging = true
    // A signature that does not hold leads to one look at the document.
    await host.emit({ ...commit(did), fault: 'signature' } as HostEvent)
    await host.emit(commit(BEN))
    const began = performance.now()
    while ((await watched.eventLog.repoHead(BEN))?.rev !== ben.head?.rev) {
      assert.ok(performance.now() - began < 2_000, 'Ben waits for somebody else')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.ok(unanswered.length > 0, 'it was asked for')
    isHanging = false
    for (const answer of unanswered) answer()
    await host.emit(commit(did))
    await watched.settled()
    assert.equal((await watched.eventLog.repoHead(did))?.rev, web.head?.rev)
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

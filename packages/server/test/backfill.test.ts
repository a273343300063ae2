import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMemoryEngine, type Engine } from '@waypost/engine'
import { createTelemetry, tidFrom, type Did } from '@waypost/kernel'
import { deriveSigningKey, startFakeHost, type FakeHost, type RepoWrite, type SignedRepo } from '@waypost/load'
import { startSandbox } from '@waypost/sandbox'
import { createOutbound } from '#wire/outbound.ts'
import type { BackfillEnd, BackfillProgress } from '#log/backfill-port.ts'
import { createBackfills, type BackfillOrder, type Backfills } from '#log/backfills.ts'
import { answerJson, startFront, type Answering } from './kit/front.ts'
import { allEvents, fold, hurriedWorld, openNetwork, watch, type Network, type Watched } from './kit/network.ts'

/* Whole hosts taken in, as they are met on a network: a PDS, a relay, and some that do not mean well. */

/** Long enough ago for a stream to have brought it. */
const LONG_AGO = Date.UTC(2026, 0, 1) * 1_000
let made = 0

function didOf(name: string): Did {
  return `did:plc:${name.padEnd(24, 'a')}`
}

function write(collection: string, fields: object): RepoWrite {
  const record = { $type: collection, createdAt: '2026-01-01T00:00:00Z', ...fields }
  return { action: 'create', collection, rkey: tidFrom(LONG_AGO + ++made, 0), record }
}

const visit = (): RepoWrite => write('app.waypost.checkin', { place: { name: `Place ${made}` } })
const follow = (): RepoWrite => write('app.bsky.graph.follow', { subject: didOf('ben') })
const song = (): RepoWrite => write('org.example.song', { title: 'One' })

/** An account that was there before us. */
async function settler(
  network: Network,
  name: string,
  writes: readonly RepoWrite[],
  { host = network.host, pds = host.url }: { host?: FakeHost; pds?: string } = {},
): Promise<SignedRepo> {
  const did = didOf(name)
  const repo = await network.join(did, { handle: `${name}.test` })
  if (host !== network.host || pds !== host.url) await moveTo(network, name, repo, { host, pds })
  await host.emit({ kind: 'commit', did, writes, at: LONG_AGO + made })
  return repo
}

async function moveTo(
  { directory }: Network,
  name: string,
  repo: SignedRepo,
  { host, pds }: { host: FakeHost; pds: string },
): Promise<void> {
  const did = didOf(name)
  host.addAccount({ did, handle: `${name}.test`, repo })
  directory.put({ did, handle: `${name}.test`, signingKey: (await deriveSigningKey(did)).did, pds })
}

interface Taking extends AsyncDisposable {
  readonly backfills: Backfills
  readonly watched: Watched
  take(order?: Partial<BackfillOrder>): Promise<{ end: BackfillEnd; progress: BackfillProgress }>
}

/** `follows`: the ingest follows the network's host as well. */
function taking(
  network: Parameters<typeof watch>[0],
  engine: Engine,
  { follows = false }: { follows?: boolean } = {},
): Taking {
  const { world, host } = network
  const watched = watch(network, engine, follows ? {} : { hosts: [] })
  const { ingest, eventLog, identities } = watched
  const backfills = createBackfills({
    world,
    log: createTelemetry({ level: 'silent' }).log,
    keyValue: engine.keyValue,
    eventLog,
    identities,
    outbound: createOutbound({ allowedLoopbackOrigins: 'any-loopback' }),
    ingest,
    events: { backfilled() {} },
    isPlainAllowed: () => true,
  })
  return {
    backfills,
    watched,
    async take(order) {
      const begun = backfills.join({ host: host.url, again: false, concurrency: 8, ...order })
      assert.ok(begun.ok)
      return { end: await begun.value.ended, progress: begun.value.progress() }
    },
    async [Symbol.asyncDispose]() {
      await backfills[Symbol.asyncDispose]()
      await watched[Symbol.asyncDispose]()
    },
  }
}

async function members({ watched }: Taking): Promise<readonly Did[]> {
  return Object.keys(fold(await allEvents(watched.eventLog))).toSorted() as Did[]
}

test('a PDS: everybody with records of ours is adopted, and nothing is logged of anybody else', async () => {
  await using network = await openNetwork()
  await using engine = openMemoryEngine({ world: network.world })
  await using all = taking(network, engine)
  const ana = await settler(network, 'ana', [visit(), follow(), song()])
  await settler(network, 'ben', [follow(), song()])
  await settler(network, 'cid', [song()])
  await settler(network, 'dan', [visit()])
  await settler(network, 'eva', [visit()])
  await settler(network, 'fay', [visit()])
  await network.host.emit({ kind: 'account', did: didOf('dan'), active: false, status: 'takendown' })
  await network.host.emit({ kind: 'account', did: didOf('fay'), active: false, status: 'deleted' })
  assert.equal(await all.watched.ingest.track(didOf('eva')), true)

  const { end, progress } = await all.take()
  assert.deepEqual(end, { kind: 'finished' })
  assert.deepEqual(progress.outcomes, { adopted: 1, member: 1, behind: 0, foreign: 2, inactive: 1 })
  assert.deepEqual([progress.failed, progress.skipped, progress.seen, progress.total], [{}, {}, 5, 5])
  assert.deepEqual(await members(all), [didOf('ana'), didOf('eva')])
  const believed = fold(await allEvents(all.watched.eventLog))[didOf('ana')]!
  assert.deepEqual([believed.rev, Object.keys(believed.records).length], [ana.head?.rev, 2])

  const again = await all.take()
  assert.equal(again.end.kind, 'finished-before')
  const anew = await all.take({ again: true })
  assert.deepEqual(anew.progress.outcomes, { adopted: 0, member: 2, behind: 0, foreign: 2, inactive: 1 })
})

test('a host that lists by collection leads to people of other hosts, each at their own PDS', async () => {
  await using network = await openNetwork()
  const { world } = network
  await using engine = openMemoryEngine({ world })
  await using relay = await startFakeHost({ world, kind: 'relay', listsByCollection: true })
  await using other = await startFakeHost({ world })
  relay.carry(network.host)
  relay.carry(other)
  await using all = taking(network, engine)
  await settler(network, 'ana', [visit(), write('app.waypost.tip', { place: { name: 'Here' }, text: 'Go.' })])
  await settler(network, 'ben', [follow()])
  await settler(network, 'cid', [visit()], { host: other })
  const { end, progress } = await all.take({ host: relay.url })
  assert.deepEqual([end, progress.outcomes.adopted, progress.seen], [{ kind: 'finished' }, 2, 3])
  assert.deepEqual(await members(all), [didOf('ana'), didOf('cid')])
  assert.equal(fold(await allEvents(all.watched.eventLog))[didOf('cid')]?.active, true)
})

/** A network whose people live behind a front that answers some questions itself. */
async function behindFront(
  answering: Answering,
  story: (network: Network, url: string) => Promise<void>,
  check: (all: Taking, taken: { end: BackfillEnd; progress: BackfillProgress }) => Promise<void> | void,
): Promise<void> {
  await using network = await openNetwork()
  await using engine = openMemoryEngine({ world: network.world })
  await using front = await startFront(network.host.url, answering)
  await using all = taking(network, engine)
  await story(network, front.url)
  await check(all, await all.take({ host: front.url }))
}

test('where repositories are not described they are fetched whole, and only those with records of ours are logged', () =>
  behindFront(
    (method, _params, response) =>
      ['com.atproto.repo.describeRepo', 'com.atproto.sync.getRepoStatus'].includes(method) &&
      answerJson(response, { error: 'MethodNotImplemented' }, 501),
    async (network, pds) => {
      await settler(network, 'ana', [visit()], { pds })
      await settler(network, 'ben', [follow()], { pds })
      await settler(network, 'cid', [song()], { pds })
      network.directory.put({ did: didOf('cid'), handle: 'cid.test', signingKey: 'did:key:zQ3shnone', pds })
    },
    async (all, { end, progress }) => {
      assert.deepEqual(end, { kind: 'finished' })
      assert.deepEqual([progress.outcomes.adopted, progress.outcomes.foreign], [1, 1])
      assert.deepEqual(progress.failed, { 'identity-unresolved': 1 })
      assert.deepEqual(await members(all), [didOf('ana')])
    },
  ))

test('whatever a host asks us to wait is waited, and its troubles are waited out', () => {
  const troubles = new Map<string, number>()
  return behindFront(
    (method, _params, response) => {
      const count = (troubles.get(method) ?? 0) + 1
      troubles.set(method, count)
      if (count === 1) return answerJson(response, { error: 'RateLimitExceeded' }, 429, { 'retry-after': '1' })
      if (count === 2) return answerJson(response, { error: 'InternalServerError' }, 502)
      return false
    },
    async (network, pds) => {
      await settler(network, 'ana', [visit()], { pds })
      await settler(network, 'ben', [follow()], { pds })
    },
    async (all, { end, progress }) => {
      assert.deepEqual(end, { kind: 'finished' })
      assert.deepEqual([progress.outcomes.adopted, progress.outcomes.foreign, progress.failed], [1, 1, {}])
      assert.deepEqual(await members(all), [didOf('ana')])
    },
  )
})

test('people who cannot be had fail with a reason each, and are tried again by the next run alone', async () => {
  await using network = await openNetwork()
  const { world, directory, host } = network
  await using engine = openMemoryEngine({ world })
  await using all = taking(network, engine)
  await settler(network, 'ana', [visit()])
  const ben = await settler(network, 'ben', [visit()])
  const cid = await settler(network, 'cid', [visit()])
  await settler(network, 'dan', [visit()])
  directory.remove(didOf('ben'))
  await moveTo(network, 'cid', cid, { host, pds: 'http://127.0.0.1:9' })
  directory.put({
    did: didOf('dan'),
    handle: 'dan.test',
    signingKey: (await deriveSigningKey('somebody else')).did,
    pds: host.url,
  })

  const first = await all.take()
  assert.deepEqual(first.end, { kind: 'finished' })
  assert.equal(first.progress.outcomes.adopted, 1)
  assert.deepEqual(first.progress.failed, { 'identity-unresolved': 1, 'pds-away': 1, 'repo-unavailable': 1 })
  await moveTo(network, 'ben', ben, { host, pds: host.url })
  await moveTo(network, 'cid', cid, { host, pds: host.url })
  all.watched.identities.forget(didOf('cid'))
  const second = await all.take()
  assert.deepEqual([second.end, second.progress.outcomes.adopted], [{ kind: 'finished' }, 2])
  assert.deepEqual(second.progress.failed, { 'repo-unavailable': 1 })
  assert.deepEqual(await members(all), [didOf('ana'), didOf('ben'), didOf('cid')])
})

test('a member of whom the host has had more for a while is noted as due, and looked at by the next ingest', async () => {
  await using network = await openNetwork()
  await using engine = openMemoryEngine({ world: network.world })
  {
    await using all = taking(network, engine)
    await settler(network, 'ana', [visit()])
    await settler(network, 'ben', [visit()])
    await all.take()
    // One commit that the stream has had the time to bring, and one that it has not.
    await network.host.emit({ kind: 'commit', did: didOf('ana'), writes: [visit()], at: LONG_AGO + 60_000_000 })
    await network.host.emit({ kind: 'commit', did: didOf('ben'), writes: [visit()] })
    const { progress } = await all.take({ again: true })
    assert.deepEqual(progress.outcomes, { adopted: 0, member: 1, behind: 1, foreign: 0, inactive: 0 })
  }
  await using next = watch(network, engine, { hosts: [] })
  for (let turn = 0; turn < 500 && !next.repairs.includes('repaired'); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.deepEqual(next.repairs, ['repaired'])
  assert.equal(Object.keys(fold(await allEvents(next.eventLog))[didOf('ana')]!.records).length, 2)
})

test('beside the live stream everybody ends up with all that they have, once', async () => {
  await using network = await openNetwork()
  await using engine = openMemoryEngine({ world: network.world })
  const names = Array.from(
    { length: 40 },
    (_, number) => `p${String.fromCharCode(97 + (number % 26))}${number > 25 ? 'x' : 'y'}`,
  )
  const repos = new Map<string, SignedRepo>()
  for (const name of names) repos.set(name, await settler(network, name, [visit()]))
  await using all = taking(network, engine, { follows: true })
  const taken = all.take()
  for (const name of names) {
    await network.host.emit({ kind: 'commit', did: didOf(name), writes: [visit()] })
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual((await taken).end, { kind: 'finished' })
  await all.watched.settled()
  const events = await allEvents(all.watched.eventLog)
  const believed = fold(events)
  for (const [name, repo] of repos) {
    assert.equal(believed[didOf(name)]?.rev, repo.head?.rev)
    assert.equal(Object.keys(believed[didOf(name)]!.records).length, 2)
    assert.ok(events.filter(({ did, kind }) => did === didOf(name) && kind === 'repo').length <= 1)
  }
})

test('a hostile list ends with a clear error, and what is in it is skipped and counted', async () => {
  const people = Array.from({ length: 1_001 }, () => ({ did: didOf('ana') }))
  const lists: readonly (readonly [object | string, string | undefined])[] = [
    [{ repos: [], cursor: 'x'.repeat(2_000) }, 'it answers 200: a cursor of 2000 characters'],
    [{ repos: [], cursor: 7 }, 'it answers 200: a cursor that is no text'],
    [{ repos: people }, 'it answers 200: a page of 1001'],
    [{ repos: [{ did: didOf('ana'), padding: 'x'.repeat(10_000_000) }] }, 'more than 1048576 bytes from'],
    ['<html>', 'it answers 200: not a list of repositories'],
    [{ repos: 'none' }, 'it answers 200: not a list of repositories'],
    [{ repos: [{ did: didOf('ana') }], cursor: 'same' }, 'the list leads back to where it was'],
    [
      { repos: [{ did: 'did:nobody' }, { did: 7 }, null, 'ana', { did: didOf('ana') }, { did: didOf('ana') }] },
      undefined,
    ],
  ]
  for (const [list, detail] of lists) {
    await behindFront(
      (method, _params, response) => {
        if (method === 'com.atproto.sync.listReposByCollection') return answerJson(response, { error: 'x' }, 404)
        if (method !== 'com.atproto.sync.listRepos') return false
        if (typeof list === 'object') return answerJson(response, list)
        response.end(list)
        return true
      },
      async (network, pds) => void (await settler(network, 'ana', [visit()], { pds })),
      (_all, { end, progress }) => {
        if (detail !== undefined) {
          assert.ok(end.kind === 'broken' && end.detail.startsWith(detail), JSON.stringify([end, detail]))
          return
        }
        assert.deepEqual([end, progress.outcomes.adopted], [{ kind: 'finished' }, 1])
        assert.deepEqual(progress.skipped, { 'did-invalid': 4, repeated: 1 })
      },
    )
  }
})

test('one backfill a host: whoever asks for it again joins, and it cannot begin anew under way', async () => {
  await using network = await openNetwork()
  await using engine = openMemoryEngine({ world: network.world })
  await using all = taking(network, engine)
  const order: BackfillOrder = { host: network.host.url, again: false, concurrency: 1 }
  const [first, second] = [all.backfills.join(order), all.backfills.join(order)]
  assert.ok(first.ok && second.ok)
  assert.equal(first.value, second.value)
  assert.equal(all.backfills.join({ ...order, again: true }).ok, false)
  assert.equal(all.backfills.stop(order.host), true)
  assert.deepEqual(await first.value.ended, { kind: 'stopped' })
  assert.equal(all.backfills.stop(order.host), false)
})

test('the official PDS is taken in: its list, its descriptions, its repositories, and who is away', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-backfill-pds-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const log = createTelemetry({ level: 'silent' }).log
  await using sandbox = await startSandbox({ folder, log, ports: { pds: 0, plc: 0 } })
  const world = hurriedWorld()
  await using engine = openMemoryEngine({ world })
  const host = { url: sandbox.pdsUrl, emitted: { frames: 0, commits: 0, writes: 0 } }
  await using all = taking({ world, host, directory: { url: sandbox.plcUrl } }, engine)

  async function call<Answer>(method: string, body: object, token?: string): Promise<Answer> {
    const response = await fetch(`${sandbox.pdsUrl}/xrpc/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    assert.equal(response.status, 200, `${method}: ${text}`)
    return (text ? JSON.parse(text) : undefined) as Answer
  }
  async function account(name: string, writes: readonly RepoWrite[]): Promise<{ did: Did; accessJwt: string }> {
    const email = `${name}@example.com`
    const made = await call<{ did: Did; accessJwt: string }>('com.atproto.server.createAccount', {
      handle: `${name}.test`,
      email,
      password: 'a long word',
    })
    for (const { collection, record } of writes) {
      await call('com.atproto.repo.createRecord', { repo: made.did, collection, record }, made.accessJwt)
    }
    return made
  }
  const ana = await account('ana', [visit()])
  await account('ben', [song()])
  const cid = await account('cid', [visit()])
  await call('com.atproto.server.deactivateAccount', {}, cid.accessJwt)

  const { end, progress } = await all.take()
  assert.deepEqual(end, { kind: 'finished' })
  // The other account without records of ours is the sandbox's own.
  assert.deepEqual(progress.outcomes, { adopted: 1, member: 0, behind: 0, foreign: 2, inactive: 1 })
  assert.deepEqual([progress.failed, await members(all)], [{}, [ana.did]])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { realWorld, type Did } from '@waypost/kernel'
import {
  accountFrame,
  commitFrame,
  deriveSigningKey,
  errorFrame,
  identityFrame,
  infoFrame,
  startFakeHost,
  syncFrame,
  type FakeHost,
  type HostEvent,
} from '@waypost/load'
import {
  allEvents,
  behind,
  fold,
  hurriedWorld,
  openNetwork,
  recordsOf,
  until,
  watch,
  type Network,
  type Watched,
} from './kit/network.ts'
import { commit, visit } from './kit/visits.ts'

/** What hosts may say of whom, and what they say of their own streams. */

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const BEN: Did = 'did:plc:benaaaaaaaaaaaaaaaaaaaaa'

async function hasAll(watched: Watched, ...people: readonly { did: Did; repo: { recordCount: number } }[]) {
  for (const { did, repo } of people) {
    await until(`all of ${did}`, async () => (await recordsOf(watched, did)) === repo.recordCount)
  }
}

/** Another host that hears everything the network's own one says. */
async function relayOf(network: Network, world = network.world): Promise<FakeHost> {
  const relay = await startFakeHost({ world, kind: 'relay' })
  relay.carry(network.host)
  return relay
}

test('a PDS that speaks of somebody who lives elsewhere is refused, whatever it says', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await using stranger = await startFakeHost({ world: network.world })
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine, { hosts: [{ url: host.url }, { url: stranger.url }] })
  await network.join(BEN)
  for (const did of [ANA, BEN]) await host.emit(commit(did))
  await watched.settled()
  // Her repository was fetched as it is now, before there is more in it.
  await hasAll(watched, { did: ANA, repo: ana })
  assert.deepEqual(watched.repairs, [])

  const echo = await ana.commit([visit()])
  const lies: HostEvent[] = [
    { kind: 'raw', frame: (stamp) => accountFrame(stamp, { did: ANA, active: false, status: 'deleted' }) },
    { kind: 'raw', frame: (stamp) => identityFrame(stamp, { did: BEN, handle: 'other.test' }) },
    // Well signed: only it is not this host's to say.
    { kind: 'raw', frame: (stamp) => commitFrame(stamp, echo) },
    { kind: 'raw', frame: (stamp) => syncFrame(stamp, { did: ANA, rev: echo.rev, blocks: ana.headCar() }) },
  ]
  for (const [index, lie] of lies.entries()) {
    await stranger.emit(lie)
    await until(`refused ${index + 1}`, () => watched.refusals.length === index + 1)
    assert.equal(watched.refusals.at(-1)?.reason, 'host-not-authoritative')
  }
  assert.equal(await recordsOf(watched, ANA), 1)
  assert.deepEqual(watched.repairs, [])
  // From her own host the same commit is good.
  await host.emit({ kind: 'raw', frame: (stamp) => commitFrame(stamp, echo) })
  await hasAll(watched, { did: ANA, repo: ana })
})

test('a PDS that brings up somebody new who lives elsewhere makes no member of them', async () => {
  await using network = await openNetwork()
  await using stranger = await startFakeHost({ world: network.world })
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine, { hosts: [{ url: stranger.url }] })
  for (const did of [ANA, BEN]) await network.join(did)
  const [ana, ben] = [await network.join(ANA), await network.join(BEN)]
  const first = await ana.commit([visit()])
  await ben.commit([visit()])
  const later = await ben.commit([visit()])
  for (const said of [first, later]) await stranger.emit({ kind: 'raw', frame: (stamp) => commitFrame(stamp, said) })
  await until('both are refused', () => watched.refusals.length === 2)
  assert.deepEqual(
    watched.refusals.map(({ reason }) => reason),
    ['host-not-authoritative', 'host-not-authoritative'],
  )
  assert.deepEqual(await allEvents(watched.eventLog), [])
})

test('somebody who moves is heard from the new PDS at once, and from the old one no more', async () => {
  await using network = await openNetwork()
  const { host, directory } = network
  const ana = await network.join(ANA)
  await using later = await startFakeHost({ world: network.world })
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine, { hosts: [{ url: host.url }, { url: later.url }] })
  await host.emit(commit(ANA))
  await watched.settled()

  const key = await deriveSigningKey(ANA)
  directory.put({ did: ANA, handle: 'ana.test', signingKey: key.did, pds: later.url })
  later.addAccount({ did: ANA, handle: 'ana.test', repo: ana })
  await later.emit(commit(ANA))
  await hasAll(watched, { did: ANA, repo: ana })
  assert.equal(watched.refusals.length, 0)

  await host.emit({ kind: 'raw', frame: (s) => accountFrame(s, { did: ANA, active: false, status: 'deactivated' }) })
  await until('the old host is refused', () => watched.refusals.length === 1)
  assert.equal(watched.refusals.at(-1)?.reason, 'host-not-authoritative')
  assert.equal(fold(await allEvents(watched.eventLog))[ANA]?.active, true)
})

test('a relay may carry anybody, and what it says of an account is asked at the PDS', async () => {
  await using network = await openNetwork()
  const { host } = network
  const people = await Promise.all([ANA, BEN].map(async (did) => ({ did, repo: await network.join(did) })))
  await using relay = await relayOf(network)
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine, { hosts: [{ url: relay.url }] })
  await until('the relay is read', () => relay.readers.count === 1)
  for (const did of [ANA, BEN, ANA]) await host.emit(commit(did))
  await hasAll(watched, ...people)
  assert.equal(watched.ingest.status()[0]?.kind, 'relay')

  await relay.emit({ kind: 'raw', frame: (s) => accountFrame(s, { did: ANA, active: false, status: 'takendown' }) })
  await until('the relay is refused', () => watched.refusals.length === 1)
  assert.equal(watched.refusals[0]?.reason, 'host-not-authoritative')
  await host.emit({ kind: 'account', did: BEN, active: false, status: 'deactivated' })
  await until('the PDS says so too', async () => fold(await allEvents(watched.eventLog))[BEN]?.active === false)
  assert.equal(fold(await allEvents(watched.eventLog))[ANA]?.active, true)
})

test('the same frames from two hosts are in the log once', async () => {
  await using network = await openNetwork()
  const people = await Promise.all([ANA, BEN].map(async (did) => ({ did, repo: await network.join(did) })))
  await using relay = await relayOf(network)
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine, { hosts: [{ url: relay.url }, { url: network.host.url }] })
  for (let turn = 0; turn < 20; turn++) for (const { did } of people) await network.host.emit(commit(did))
  await hasAll(watched, ...people)
  const isRead = (url: string): boolean => watched.ingest.status().find((each) => each.url === url)?.cursor === 40
  await until('both are read', () => isRead(relay.url) && isRead(network.host.url))
  const commits = (await allEvents(watched.eventLog)).filter(({ kind }) => kind === 'commit')
  assert.equal(commits.length, 40)
  assert.deepEqual([...new Set(watched.refusals.map(({ reason }) => reason))], ['rev-repeated'])
})

test('a host that lost its numbering is read from its new beginning, also after a restart, and who was missed is repaired', async () => {
  await using network = await openNetwork()
  const { host } = network
  const people = await Promise.all([ANA, BEN].map(async (did) => ({ did, repo: await network.join(did) })))
  await using engine = openMemoryEngine({ world: network.world })
  {
    await using watched = watch(network, engine)
    for (let turn = 0; turn < 10; turn++) for (const { did } of people) await host.emit(commit(did))
    await hasAll(watched, ...people)
    // What is said before anybody reads the new numbering is told by no one.
    await host.emit(commit(BEN, { sent: 'never' }))
    host.renumber()
    await host.emit(commit(ANA))
    await hasAll(watched, ...people)
    const { cursor, lastSeq } = watched.ingest.status()[0]!
    assert.deepEqual([cursor, lastSeq], [1, 1])
    assert.deepEqual(await watched.eventLog.cursor(host.url), 20)
  }
  await using again = watch(network, engine)
  await host.emit(commit(ANA))
  await hasAll(again, ...people)
  assert.deepEqual(again.refusals, [], 'nothing was read twice')
})

test('a host that has forgotten what we did not read goes on, and who was missed is repaired without a further word', async () => {
  await using network = await openNetwork()
  const { host } = network
  const people = await Promise.all([ANA, BEN].map(async (did) => ({ did, repo: await network.join(did) })))
  await using engine = openMemoryEngine({ world: network.world })
  {
    await using watched = watch(network, engine)
    for (const { did } of people) await host.emit(commit(did))
    await watched.settled()
  }
  for (let turn = 0; turn < 5; turn++) await host.emit(commit(BEN))
  await host.emit(commit(ANA))
  host.forget({ keep: 1 })
  const said: string[] = []
  // The sweep that comes by itself is further away than the end of this test.
  const world = hurriedWorld({ belowMs: 60_000 })
  await using again = watch({ ...network, world }, engine, {}, { hostSaid: (name) => void said.push(name) })
  await hasAll(again, ...people)
  assert.deepEqual(said, ['OutdatedCursor'])
})

test('a host that finds us too slow is counted, and asked for the rest', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  const said: string[] = []
  await using watched = watch(network, engine, {}, { hostSaid: (name) => void said.push(name) })
  await host.emit(commit(ANA))
  await host.emit({ kind: 'raw', frame: () => errorFrame({ error: 'ConsumerTooSlow' }) })
  host.disconnect()
  await host.emit(commit(ANA))
  await hasAll(watched, { did: ANA, repo: ana })
  assert.ok(said.includes('ConsumerTooSlow'))
  assert.deepEqual(watched.repairs, [])
})

test('a last commit that nobody told is found when the PDS is asked, and so is an account that is gone without a word', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await network.join(BEN)
  await using engine = openMemoryEngine({ world: network.world })
  const outcomes: string[] = []
  let isGone = false
  const outbound = behind(async ({ pathname, searchParams }) => {
    const isAsked = isGone && pathname.endsWith('getRepoStatus') && searchParams.get('did') === BEN
    return isAsked ? { status: 400, json: { error: 'RepoNotFound' } } : undefined
  })
  await using watched = watch(network, engine, { outbound }, { reconciled: (outcome) => void outcomes.push(outcome) })
  for (const did of [ANA, BEN]) await host.emit(commit(did))
  await watched.settled()
  await host.emit(commit(ANA, { sent: 'never' }))
  isGone = true
  await hasAll(watched, { did: ANA, repo: ana })
  await until('Ben is hidden', async () => fold(await allEvents(watched.eventLog))[BEN]?.active === false)
  const ben = fold(await allEvents(watched.eventLog))[BEN]!
  assert.equal(ben.status, 'missing')
  assert.equal(Object.keys(ben.records).length, 1, 'hidden, and nothing is erased')
  assert.ok(outcomes.includes('behind'))
})

test('a repository is synchronized, in progress while its PDS is asked, and desynchronized while that is away', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  let pds: 'served' | 'silent' | 'failing' = 'served'
  const outbound = behind(async ({ pathname }) => {
    if (!pathname.startsWith('/xrpc/com.atproto.sync.getRepo')) return undefined
    while (pds === 'silent') await realWorld().timers.sleep(1)
    return pds === 'failing' ? { status: 503, json: {} } : undefined
  })
  await using watched = watch(network, engine, { outbound })
  const { ingest } = watched
  assert.equal(await ingest.syncState(ANA), undefined)
  await host.emit(commit(ANA))
  await watched.settled()
  assert.equal(await ingest.syncState(ANA), 'synchronized')
  assert.deepEqual(ingest.unsynchronized(), { 'in-progress': 0, desynchronized: 0 })

  pds = 'silent'
  await host.emit(commit(ANA, { sent: 'never' }))
  await host.emit(commit(ANA))
  await until('asked', () => ingest.unsynchronized()['in-progress'] === 1)
  pds = 'failing'
  await until('away', () => ingest.unsynchronized().desynchronized === 1)
  assert.equal(await ingest.syncState(ANA), 'desynchronized')
  pds = 'served'
  await hasAll(watched, { did: ANA, repo: ana })
  await until('synchronized', async () => (await ingest.syncState(ANA)) === 'synchronized')
})

test('a new name that nobody told is found in time, and of one that still holds nothing is written', async () => {
  await using network = await openNetwork()
  const { host, directory } = network
  const ana = await network.join(ANA, { handle: 'ana.test' })
  await network.join(BEN, { handle: 'ben.test' })
  await using engine = openMemoryEngine({ world: network.world })
  const names = async (did: Did): Promise<readonly (string | undefined)[]> =>
    (await allEvents(eventLog)).flatMap((event) =>
      event.kind === 'identity' && event.did === did ? [event.handle] : [],
    )
  const outcomes: string[] = []
  await using watched = watch(
    network,
    engine,
    { shown: (did) => ({ handle: did === ANA ? 'ana.test' : 'ben.test', pds: host.url }) },
    { reconciled: (outcome) => void outcomes.push(outcome) },
  )
  const { eventLog, identities } = watched
  for (const did of [ANA, BEN]) await host.emit(commit(did))
  await watched.settled()
  const { did: signingKey } = await deriveSigningKey(ANA)
  directory.put({ did: ANA, handle: 'anna.test', signingKey, pds: host.url })
  host.addAccount({ did: ANA, handle: 'anna.test', repo: ana })
  identities.forget(ANA)
  for (let sweep = 1; sweep <= 4 && (await names(ANA)).at(-1) !== 'anna.test'; sweep++) {
    outcomes.splice(0)
    watched.ingest.reconcile()
    await until(`sweep ${sweep}`, () => outcomes.length >= 2)
  }
  await until('the new name', async () => (await names(ANA)).at(-1) === 'anna.test')
  assert.deepEqual(await names(BEN), ['ben.test'])
})

test('whoever is written to all the time is not behind for what is only on its way', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  const outcomes: string[] = []
  // What the PDS is asked, it answers before the stream brings it.
  const outbound = behind(async ({ pathname }) => {
    if (pathname.endsWith('getRepoStatus')) await host.emit(commit(ANA))
    return undefined
  })
  await using watched = watch(network, engine, { outbound }, { reconciled: (outcome) => void outcomes.push(outcome) })
  await host.emit(commit(ANA))
  await watched.settled()
  for (let sweep = 1; sweep <= 3; sweep++) {
    watched.ingest.reconcile()
    await until(`sweep ${sweep}`, () => outcomes.length >= sweep)
  }
  await hasAll(watched, { did: ANA, repo: ana })
  assert.deepEqual(outcomes, ['equal', 'equal', 'equal'])
  assert.deepEqual(watched.repairs, [])
})

test('a host that says again and again that it forgot, or that its frames are old, keeps nobody from being asked about', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await using chatterer = await startFakeHost({ world: network.world, kind: 'relay' })
  await using engine = openMemoryEngine({ world: network.world })
  let asked = 0
  const outbound = behind(async ({ pathname }) => {
    if (pathname.endsWith('getRepoStatus')) asked++
    return undefined
  })
  const hosts = [{ url: host.url }, { url: chatterer.url }]
  await using watched = watch(network, engine, { outbound, hosts })
  await host.emit(commit(ANA))
  await hasAll(watched, { did: ANA, repo: ana })
  await host.emit(commit(ANA, { sent: 'never' }))
  for (let turn = 0; turn < 60; turn++) {
    await chatterer.emit({ kind: 'raw', frame: () => infoFrame({ name: 'OutdatedCursor' }) })
    const time = '2020-01-01T00:00:00.000Z'
    await chatterer.emit({ kind: 'raw', frame: ({ seq }) => identityFrame({ seq, time }, { did: BEN }) })
    await realWorld().timers.sleep(20)
  }
  await hasAll(watched, { did: ANA, repo: ana })
  assert.ok(asked < 10, `asked ${asked} times`)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, toBytes } from '@atcute/cbor'
import { BODY_BYTES_MAX, openMemoryEngine } from '@waypost/engine'
import { type Did } from '@waypost/kernel'
import { accountFrame, commitFrame, deriveSigningKey, type Fault } from '@waypost/load'
import { createDepartures } from '#log/departures.ts'
import { givenPrivate } from '#serve/given-private.ts'
import { loggedBytesMax } from '#verify/commit.ts'
import type { RecordPut } from '#verify/event.ts'
import type { RefusalReason } from '#verify/refusal.ts'
import { REPO_LOGGED_BYTES_MAX } from '#verify/repo.ts'
import { encodeEvent } from '#log/event-codec.ts'
import { REFUSED_AS } from './hostile-faults.ts'
import { allEvents, fold, openNetwork, watch, type Network, type Watched } from './kit/network.ts'
import { commit, visit } from './kit/visits.ts'

/** Each reason, met by the whole ingest in the midst of good frames: it is counted, and the stream goes on. */

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const BEN: Did = 'did:plc:benaaaaaaaaaaaaaaaaaaaaa'

interface Scene {
  readonly network: Network
  readonly watched: Watched
}

/** Good frames of Ana and Ben, what `act` does, good frames again: both must end as their host has them. */
async function refuses(reason: RefusalReason, act: (scene: Scene) => Promise<void>): Promise<void> {
  await using network = await openNetwork()
  const ana = await network.join(ANA)
  const ben = await network.join(BEN)
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine)
  const { host } = network
  await host.emit(commit(ANA))
  await host.emit(commit(BEN))
  await watched.settled()
  assert.equal(watched.refusals.length, 0)
  await act({ network, watched })
  await host.emit(commit(BEN))
  await host.emit(commit(ANA))
  await watched.settled()
  const counted = watched.refusals.map((refusal) => refusal.reason)
  assert.ok(counted.includes(reason), `refused: ${counted.join(', ') || 'nothing'}`)
  const believed = fold(await allEvents(watched.eventLog))
  assert.equal(believed[ANA]?.rev, ana.head?.rev)
  assert.equal(believed[BEN]?.rev, ben.head?.rev)
  assert.equal(Object.keys(believed[BEN]?.records ?? {}).length, ben.recordCount)
}

for (const [fault, reason] of Object.entries(REFUSED_AS) as [Fault, RefusalReason][]) {
  test(`refused as ${reason}: a commit spoilt by ${fault}`, () =>
    refuses(reason, ({ network }) => network.host.emit(commit(ANA, { fault }))))
}

test('refused as rev-repeated: a commit that was sent twice', () =>
  refuses('rev-repeated', ({ network }) => network.host.emit(commit(ANA, { sent: 'twice' }))))

test('refused as chain-broken: a commit whose forerunner never came; the repository is fetched', async () => {
  await refuses('chain-broken', async ({ network, watched }) => {
    await network.host.emit(commit(ANA, { sent: 'never' }))
    await network.host.emit(commit(ANA))
    await watched.settled()
    assert.ok(watched.repairs.includes('repaired'))
  })
})

test('refused as chain-broken: a #sync that tells of more than was heard; the repository is fetched', () =>
  refuses('chain-broken', async ({ network }) => {
    await network.host.emit(commit(ANA, { sent: 'never' }))
    await network.host.emit({ kind: 'sync', did: ANA })
  }))

test('a #sync that tells what is known changes nothing', async () => {
  await using network = await openNetwork()
  await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine)
  await network.host.emit(commit(ANA))
  await network.host.emit({ kind: 'sync', did: ANA })
  await watched.settled()
  assert.deepEqual(watched.refusals, [])
  assert.equal((await allEvents(watched.eventLog)).filter(({ kind }) => kind === 'repo').length, 0)
})

test('refused as account-inactive: a commit of an account that is deactivated; it comes with the reactivation', () =>
  refuses('account-inactive', async ({ network, watched }) => {
    const { host } = network
    await host.emit({ kind: 'account', did: ANA, active: false, status: 'deactivated' })
    await watched.settled()
    assert.equal((await watched.eventLog.repoHead(ANA))?.status, 'deactivated')
    await host.emit(commit(ANA))
    await watched.settled()
    await host.emit({ kind: 'account', did: ANA, active: true })
  }))

test('refused as host-not-authoritative: a host that says that an account is gone, while its own PDS has it', () =>
  refuses('host-not-authoritative', async ({ network, watched }) => {
    await network.host.emit({
      kind: 'raw',
      frame: (stamp) => accountFrame(stamp, { did: ANA, active: false, status: 'deleted' }),
    })
    await watched.settled()
    assert.equal((await watched.eventLog.repoHead(ANA))?.active, true)
  }))

test('refused as identity-unresolved: a commit of a DID that no directory knows, until it does', () =>
  refuses('identity-unresolved', async ({ network, watched }) => {
    const late: Did = 'did:plc:lateaaaaaaaaaaaaaaaaaaaa'
    const repo = await network.join(late)
    network.directory.remove(late)
    await network.host.emit(commit(late))
    for (let turn = 0; turn < 400 && watched.refusals.length === 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.equal(await watched.eventLog.repoHead(late), undefined)
    const { did: signingKey } = await deriveSigningKey(late)
    network.directory.put({ did: late, handle: 'late.test', signingKey, pds: network.host.url })
    await watched.settled()
    assert.equal((await watched.eventLog.repoHead(late))?.rev, repo.head?.rev)
  }))

for (const [reason, what, bad] of [
  ['record-invalid', 'without the fields of its lexicon', visit({ place: 'a text' })],
  ['record-invalid', 'off Earth', visit({ place: { name: 'Off', geo: { latitude: '91', longitude: '0' } } })],
  ['record-key-invalid', 'under a key that is no time', visit({}, 'whenever')],
  ['cbor-malformed', 'with a float', visit({ warmth: 0.5 })],
  ['cbor-too-deep', 'forty levels deep', visit({ deep: Array.from({ length: 40 }).reduce((inner) => [inner], 1) })],
] as const) {
  test(`refused as ${reason}: a record ${what}, while the rest of the commit stands`, async () => {
    await using network = await openNetwork()
    const repo = await network.join(ANA)
    await using engine = openMemoryEngine({ world: network.world })
    await using watched = watch(network, engine)
    const good = visit()
    await network.host.emit(commit(ANA, { writes: [bad, good] }))
    await network.host.emit(commit(ANA))
    await watched.settled()
    assert.deepEqual(
      watched.refusals.map((refusal) => refusal.reason),
      [reason],
    )
    const believed = fold(await allEvents(watched.eventLog))[ANA]!
    assert.equal(believed.rev, repo.head?.rev)
    assert.equal(Object.keys(believed.records).length, 2)
    assert.ok(`app.waypost.checkin/${good.rkey}` in believed.records)
  })
}

test('refused as frame-malformed: fields of the wrong kind, of which none throws', () =>
  refuses('frame-malformed', async ({ network }) => {
    for (const [type, body] of [
      ['#commit', { seq: 'one' }],
      ['#commit', { seq: 1, repo: 'ana', time: '', rev: '', ops: [], blocks: toBytes(new Uint8Array()) }],
      ['#account', { seq: 9, time: '', did: ANA, active: 'yes' }],
      ['#sync', { seq: 9, time: '', did: ANA, rev: 'soon' }],
      ['#identity', { seq: 9, time: '', did: 'nobody' }],
      ['#info', {}],
    ] as const) {
      await network.host.emit({
        kind: 'raw',
        frame: () => Buffer.concat([encode({ op: 1, t: type }), encode(body)]),
      })
    }
  }))

test('an account that its PDS deleted leaves nothing in the log but its end, also when the frame comes again', async () => {
  await using network = await openNetwork()
  await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  await using own = await givenPrivate(network.world, engine)
  const departures = createDepartures(own.state.ledger, own.state.append)
  await using watched = watch(network, engine, { departures })
  await network.host.emit(commit(ANA))
  await network.host.emit(commit(ANA))
  await watched.settled()
  await own.kept.change(ANA, (mine) => mine.put('seen', '', '7'))
  await network.host.emit({ kind: 'account', did: ANA, active: false, status: 'deleted' })
  await watched.settled()
  await network.host.emit({ kind: 'account', did: ANA, active: false, status: 'deleted' })
  await watched.settled()
  const events = await allEvents(watched.eventLog)
  assert.deepEqual(
    events.map(({ kind, head }) => [kind, head.status]),
    [['account', 'deleted']],
  )
  await own.kept.catchUp()
  assert.equal(own.kept.get(ANA, 'seen', ''), undefined)
  assert.deepEqual(await engine.ledger.list('key/'), [], 'nor is there a key any more')
  assert.equal((await own.state.ledger.ended()).size, 1)
  await network.host.emit({ kind: 'account', did: ANA, active: true })
  await network.host.emit(commit(ANA))
  await watched.settled()
  assert.equal((await watched.eventLog.repoHead(ANA))?.active, true)
  assert.equal((await own.state.ledger.ended()).size, 0, 'who comes back is not erased again at the next start')
})

test('a key that was rotated without a word is found by one look at the directory, and the old one refused', async () => {
  await using network = await openNetwork()
  const before = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine)
  await network.host.emit(commit(ANA))
  await watched.settled()
  const after = await network.join(ANA, { seed: 'a new key' })
  await network.host.emit(commit(ANA, { at: Date.now() * 1_000 + 1_000 }))
  await watched.settled()
  assert.equal((await watched.eventLog.repoHead(ANA))?.rev, after.head?.rev)
  const stale = await before.draft([visit()], { at: Date.now() * 1_000 + 60_000_000 })
  await network.host.emit({ kind: 'raw', frame: (stamp) => commitFrame(stamp, stale) })
  await watched.settled()
  assert.equal((await watched.eventLog.repoHead(ANA))?.rev, after.head?.rev)
  assert.ok(watched.refusals.some(({ reason }) => reason === 'signature'))
})

test('refused as car-malformed: a commit, and then a repository, whose one block stands for more than the log takes', async () => {
  await using network = await openNetwork()
  const { host } = network
  await network.join(ANA)
  const ben = await network.join(BEN)
  await using engine = openMemoryEngine({ world: network.world })
  await using watched = watch(network, engine)
  await host.emit(commit(ANA))
  await watched.settled()
  const { record } = visit({ padding: 'x'.repeat(950_000) })
  const writes = Array.from({ length: 75 }, () => ({ ...visit(), record: record! }))
  await host.emit(commit(ANA, { writes }))
  await host.emit(commit(BEN))
  const isOver = (): boolean => watched.refusals.filter(({ reason }) => reason === 'car-malformed').length >= 2
  for (let turn = 0; turn < 1_000 && !isOver(); turn++) await new Promise((resolve) => setTimeout(resolve, 5))
  const [first, second] = watched.refusals
  assert.deepEqual([first?.reason, first?.seq], ['car-malformed', 2])
  assert.deepEqual([second?.reason, second?.detail], ['car-malformed', 'its records together are too large'])
  assert.equal((await watched.eventLog.repoHead(BEN))?.rev, ben.head?.rev)
  assert.equal(watched.ingest.status()[0]?.cursor, host.emitted.frames)
})

test('whatever passes the door fits into an entry of the log, be it many small records or few large ones', () => {
  for (const [collection, rkeyLength, recordLength, count] of [
    ['app.waypost.tip', 1, 1, 270_000],
    ['community.lexicon.interaction.like', 512, 24, 70_000],
    ['app.waypost.tip', 13, 256, 120_000],
    ['app.waypost.checkin', 13, 65_536, 770],
    ['app.waypost.checkin', 13, 1_000_000, 50],
  ] as const) {
    const one: RecordPut = {
      action: 'put',
      collection,
      rkey: '3'.repeat(rkeyLength),
      cid: `bafyrei${'a'.repeat(52)}`,
      record: new Uint8Array(recordLength),
      valid: false,
    }
    const records = Array.from({ length: count }, () => one)
    const bound = records.reduce((sum, put) => sum + loggedBytesMax(put), 0)
    const nearly = bound / REPO_LOGGED_BYTES_MAX
    assert.ok(nearly > 0.9 && nearly < 1.1, `${collection}: ${nearly}`)
    const head = { rev: '3l3qo2vuowo2b', data: one.cid, active: true, status: undefined }
    const about = { did: ANA, source: { host: 'https://pds.example', seq: 1 }, head, rev: '3l3qo2vuowo2b' }
    const { length } = encodeEvent({ kind: 'repo', ...about, records }, 0)
    assert.ok(length < bound + 1_000, `${length} of ${bound}`)
    assert.ok(length < BODY_BYTES_MAX)
  }
})

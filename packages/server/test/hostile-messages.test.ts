import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { realWorld, tidFrom, type Did } from '@waypost/kernel'
import {
  accountFrame,
  commitFrame,
  createSignedRepo,
  deriveSigningKey,
  MESSAGE_VILLAINIES,
  startFakeHost,
  type FakeHost,
  type RepoWrite,
  type SignedRepo,
} from '@waypost/load'
import type { RefusalReason } from '#verify/refusal.ts'
import { SAID_AS } from './hostile-faults.ts'
import { allEvents, fold, openNetwork, watch, type Network } from './kit/network.ts'

/**
 * Hosts that misbehave by what they say, and in which order. Each is refused for that and for nothing else; whoever lives
 * there, or elsewhere, loses nothing, and the villain's own account stands as its repository does.
 */

const VIC: Did = 'did:plc:vicaaaaaaaaaaaaaaaaaaaaa'
const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const BEN: Did = 'did:plc:benaaaaaaaaaaaaaaaaaaaaa'
const EVA: Did = 'did:plc:evaaaaaaaaaaaaaaaaaaaaaa'

let visits = 0

function checkin(): RepoWrite {
  const micros = Date.UTC(2026, 0, 1) * 1_000 + ++visits
  const record = { $type: 'app.waypost.checkin', createdAt: '2026-01-01T00:00:00Z', place: { name: `Place ${visits}` } }
  return { action: 'create', collection: 'app.waypost.checkin', rkey: tidFrom(micros, 0), record }
}

async function settle(network: Network, host: FakeHost, did: Did): Promise<SignedRepo> {
  const key = await deriveSigningKey(did)
  const handle = `${did.slice(8, 11)}.test`
  const repo = createSignedRepo({ did, key, clock: network.world.clock })
  host.addAccount({ did, handle, repo })
  network.directory.put({ did, handle, signingKey: key.did, pds: host.url })
  return repo
}

async function until(isSo: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (await isSo()) return
    await realWorld().timers.sleep(5)
  }
  assert.fail(`not in time: ${what()}`)
}

for (const villainy of MESSAGE_VILLAINIES) {
  test(`a host that ${villainy.name} is refused for that, and nobody loses anything`, async () => {
    await using network = await openNetwork()
    const { world, host: home } = network
    await using host = await startFakeHost({ world })
    const [vic, ana] = [await settle(network, host, VIC), await settle(network, host, ANA)]
    const [ben, eva] = [await settle(network, home, BEN), await settle(network, home, EVA)]
    await using engine = openMemoryEngine({ world })
    const said: string[] = []
    await using watched = watch(
      network,
      engine,
      { hosts: [{ url: host.url }, { url: home.url }] },
      { hostSaid: (name) => void said.push(name) },
    )
    const everybody = [vic, ana, ben, eva]
    const allAreHere = async (): Promise<boolean> => {
      const believed = fold(await allEvents(watched.eventLog))
      return everybody.every(({ did, head, recordCount }) => {
        const { rev, active, records = {} } = believed[did] ?? {}
        return rev === head?.rev && active && Object.keys(records).length === recordCount
      })
    }
    const checkInAll = async (): Promise<void> => {
      for (const did of [VIC, ANA]) await host.emit({ kind: 'commit', did, writes: [checkin()] })
      for (const did of [BEN, EVA]) await home.emit({ kind: 'commit', did, writes: [checkin()] })
    }
    const heard = (): string =>
      JSON.stringify([watched.refusals.map(({ reason }) => reason).slice(0, 50), watched.repairs])

    await checkInAll()
    await until(allAreHere, () => `the first check-ins, ${heard()}`)
    assert.deepEqual([watched.refusals, watched.repairs], [[], []])
    await villainy.act({
      host,
      own: { did: VIC, repo: vic },
      elsewhere: home,
      foreign: { did: EVA, repo: eva },
      write: checkin,
    })
    await checkInAll()
    await until(allAreHere, () => `everybody as they are, ${heard()}`)
    const expected = SAID_AS[villainy.name]
    assert.ok(expected, 'it is known what it should be refused as')
    const { refused = [], alsoRefused = [], hostSaid = 0, failedRepairs = 0 } = expected
    const counts = (): Readonly<Record<string, number>> =>
      Object.fromEntries(
        Object.entries(Object.groupBy(watched.refusals, ({ reason }) => reason)).map(([reason, all]) => [
          reason,
          all.length,
        ]),
      )
    await until(
      () =>
        refused.every(([reason, times]) => (counts()[reason] ?? 0) >= times) &&
        said.length >= hostSaid &&
        watched.repairs.filter((outcome) => outcome === 'failed').length >= failedRepairs,
      () => `refused as expected, ${JSON.stringify(counts())}, ${said.length} said`,
    )
    const known = new Set<string>([...refused.map(([reason]) => reason), ...alsoRefused])
    assert.deepEqual(
      Object.keys(counts()).filter((reason) => !known.has(reason)),
      [],
      'refused for nothing else',
    )

    for (const did of [ANA, BEN, EVA]) {
      const events = (await allEvents(watched.eventLog)).filter(
        (event) => event.did === did && event.kind !== 'identity',
      )
      const repo = everybody.find((each) => each.did === did)!
      assert.deepEqual(
        events.map(({ kind }) => kind),
        Array.from({ length: repo.recordCount }, () => 'commit'),
        'each once',
      )
    }
  })
}

/** Two relays that tell of one account, until this is refused of what they say. Its own host is asked, not listened to. */
async function betweenTwo(
  reason: RefusalReason,
  tell: (scene: { readonly vic: SignedRepo; readonly one: FakeHost; readonly two: FakeHost }) => Promise<void>,
): Promise<void> {
  await using network = await openNetwork()
  const { world, host: home } = network
  const vic = await settle(network, home, VIC)
  await using one = await startFakeHost({ world, kind: 'relay' })
  await using two = await startFakeHost({ world, kind: 'relay' })
  await using engine = openMemoryEngine({ world })
  await using watched = watch(network, engine, { hosts: [{ url: one.url }, { url: two.url }] })
  const isAsAtHome = async (): Promise<boolean> => {
    const { rev, active, records = {} } = fold(await allEvents(watched.eventLog))[VIC] ?? {}
    return rev === vic.head?.rev && active === true && Object.keys(records).length === vic.recordCount
  }
  const first = await vic.commit([checkin()])
  await one.emit({ kind: 'raw', frame: (stamp) => commitFrame(stamp, first) })
  await until(isAsAtHome, () => 'the first check-in')
  await tell({ vic, one, two })
  const heard = (): string => JSON.stringify([watched.refusals, watched.repairs])
  await until(() => watched.refusals.some((refusal) => refusal.reason === reason), heard)
  await until(isAsAtHome, heard)
  const events = await allEvents(watched.eventLog)
  assert.ok(
    events.every(({ head }) => head.active),
    'at no time it was gone',
  )
}

test('of two stories of one repository, both well signed, the one that its own host tells is the truth', () =>
  betweenTwo('chain-broken', async ({ vic, one, two }) => {
    const other = await vic.draft([checkin()])
    await one.emit({ kind: 'raw', frame: (stamp) => commitFrame(stamp, other) })
    await until(
      () => one.readers.furthest === one.emitted.frames,
      () => 'the other story',
    )
    const story = [await vic.commit([checkin()]), await vic.commit([checkin()])]
    for (const commit of story) await two.emit({ kind: 'raw', frame: (stamp) => commitFrame(stamp, commit) })
  }))

test('of two relays that say how an account stands, neither is believed, and its own host is', () =>
  betweenTwo('host-not-authoritative', async ({ one, two }) => {
    for (const status of ['deleted', 'takendown', 'deactivated']) {
      await one.emit({ kind: 'raw', frame: (stamp) => accountFrame(stamp, { did: VIC, active: false, status }) })
      await two.emit({ kind: 'raw', frame: (stamp) => accountFrame(stamp, { did: VIC, active: true }) })
    }
    await two.emit({ kind: 'raw', frame: (stamp) => accountFrame(stamp, { did: VIC, active: false }) })
  }))

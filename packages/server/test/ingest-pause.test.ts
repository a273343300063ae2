/** The ingest of a server, which its budget has pause: nothing is lost, whatever came or was asked for meanwhile. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openMemoryEngine, type Engine } from '@waypost/engine'
import { createTelemetry, realWorld, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { createOutbound } from '#wire/outbound.ts'
import { checksHere } from '#verify/check-pool.ts'
import { createIdentities } from '#verify/identity.ts'
import type { Backfills } from '#log/backfills.ts'
import { openEventLog } from '#log/event-log.ts'
import { givenBudget } from '#serve/budget/given.ts'
import { startIngesting } from '../src/ingesting.ts'
import { allEvents, fold, openNetwork, unheard, type Network } from './kit/network.ts'
import { visit } from './kit/visits.ts'

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const BEN: Did = 'did:plc:benaaaaaaaaaaaaaaaaaaaaa'
const CID: Did = 'did:plc:cidaaaaaaaaaaaaaaaaaaaaa'
const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'waypost-pause-'))
after(() => rmSync(folder, { recursive: true }))

/** All of it on one memory engine, with a limit of 100 bytes a day that leave; it is a minute before the leap day. */
async function start(network: Network, engine: Engine) {
  const budgetWorld = simWorld({ startMs: Date.UTC(2028, 1, 28, 23, 59) })
  const budget = await givenBudget(budgetWorld, {
    settings: { limits: [{ resource: 'egress', per: 'day', of: 100 }] },
  })
  const { world, host, directory } = network
  const outbound = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
  const identities = createIdentities({ world, outbound, plcUrl: directory.url, handlesAtPds: host.url })
  const eventLog = openEventLog(engine.log, world)
  let backfills: () => Backfills | undefined = () => undefined
  const ingesting = await startIngesting({
    world,
    log: createTelemetry({ level: 'silent' }).log,
    config: { role: 'all', engine: { kind: 'embedded' }, dataFolder: folder, hosts: [host.url], checkThreads: 0 },
    events: { ...unheard, backfilled() {}, lease() {} },
    keyValue: engine.keyValue,
    eventLog,
    outside: { outbound, identities, isPlainAllowed: () => true },
    shown: undefined,
    reports: { list: () => [], done: async () => false },
    budget,
    machine: {
      createChecks: () => ({ ...checksHere, async [Symbol.asyncDispose]() {} }),
      async startControl(given) {
        ;({ backfills } = given)
        return { async [Symbol.asyncDispose]() {} }
      },
    },
  })
  return {
    ingesting,
    eventLog,
    backfills: () => backfills(),
    budget,
    async spend(bytes: number) {
      budget.machine.egressBytes += bytes
      await budgetWorld.advance(SECOND_MS)
    },
    pass: (ms: number) => budgetWorld.advance(ms),
    recordsOf: async (did: Did) => Object.keys(fold(await allEvents(eventLog))[did]?.records ?? {}).length,
  }
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) {
    if (await isSo()) return
    await realWorld().timers.sleep(5)
  }
  assert.fail(what)
}

async function checkIn({ host }: Network, did: Did, count: number): Promise<void> {
  for (let each = 0; each < count; each++) await host.emit({ kind: 'commit', did, writes: [visit()] })
}

test('past the hard limit the host is left, and with the new day all that it said meanwhile comes in, once', async () => {
  await using network = await openNetwork()
  await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  const { ingesting, spend, pass, recordsOf, eventLog } = await start(network, engine)
  await using _ingesting = ingesting
  await checkIn(network, ANA, 5)
  await until('five are in', async () => (await recordsOf(ANA)) === 5)
  await spend(119)
  assert.equal(ingesting.isActive(), true)
  await spend(1)
  await until('the host is left', () => network.host.readers.count === 0)
  assert.equal(ingesting.isActive(), false)
  const head = await eventLog.head()
  await checkIn(network, ANA, 7)
  await realWorld().timers.sleep(50)
  assert.equal(await eventLog.head(), head)
  await pass(MINUTE_MS)
  await until('twelve are in', async () => (await recordsOf(ANA)) === 12)
  const commits = (await allEvents(eventLog)).filter(({ kind }) => kind === 'commit')
  assert.equal(commits.length, 12, 'no event twice')
})

test('a sign-in while it is paused is made good, and a backfill that it broke off goes on by itself', async () => {
  await using network = await openNetwork()
  for (const did of [ANA, BEN, CID]) await network.join(did)
  const record = { $type: 'org.example.song', title: 'One' }
  const song = { action: 'create', collection: 'org.example.song', rkey: 'one', record } as const
  await network.host.emit({ kind: 'commit', did: BEN, writes: [song] })
  await checkIn(network, CID, 2)
  await using engine = openMemoryEngine({ world: network.world })
  const { ingesting, spend, budget, recordsOf, backfills } = await start(network, engine)
  await using _ingesting = ingesting
  await until('two are in', async () => (await recordsOf(CID)) === 2)
  await spend(110)
  const begun = backfills()!.join({ host: network.host.url, again: false, concurrency: 1 })
  assert.ok(begun.ok)
  await spend(10)
  assert.deepEqual(await begun.value.ended, { kind: 'stopped' })
  await until('the ingest has ended', () => backfills() === undefined)
  await ingesting.track(BEN)
  await network.host.emit({ kind: 'commit', did: ANA, writes: [visit()] })
  budget.override(1)
  await until('Ben is known', async () => (await openEventLog(engine.log, network.world).repoHead(BEN)) !== undefined)
  await until('Ana is in', async () => (await recordsOf(ANA)) === 1)
  await until('no backfill is under way', () => backfills()!.underWay().length === 0)
  const again = backfills()!.join({ host: network.host.url, again: false, concurrency: 1 })
  assert.equal(again.ok && (await again.value.ended).kind, 'finished-before')
})

test('a process that begins with a budget that is spent answers, and follows nobody until it may', async () => {
  await using network = await openNetwork()
  await network.join(ANA)
  await checkIn(network, ANA, 1)
  await using engine = openMemoryEngine({ world: network.world })
  {
    const { ingesting, spend } = await start(network, engine)
    await spend(200)
    await until('the host is left', () => network.host.readers.count === 0)
    await ingesting[Symbol.asyncDispose]()
    assert.equal(await ingesting.finished, undefined, 'it ends while it is paused')
  }
  const { ingesting, recordsOf } = await start(network, engine)
  await using _ingesting = ingesting
  await until('one is in', async () => (await recordsOf(ANA)) === 1)
})

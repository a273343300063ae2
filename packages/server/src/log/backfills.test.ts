import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { createTelemetry, ok } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import type { Outbound } from '#wire/outbound.ts'
import { createIdentities } from '#verify/identity.ts'
import { createBackfills } from '#log/backfills.ts'
import { openEventLog } from '#log/event-log.ts'

const ORDER = { host: 'https://pds.example', again: false, concurrency: 8 }

test('a backfill that may not begin asks nobody, says for what it waits, can be stopped, and goes on once it may', async () => {
  const world = simWorld()
  await using engine = openMemoryEngine({ world })
  let asked = 0
  const outbound: Outbound = {
    async fetch() {
      asked++
      return ok({ status: 200, headers: new Headers(), body: Buffer.from('{"repos":[]}') })
    },
    fetchLike: () => assert.fail('nobody asks so'),
    socketLookup: () => assert.fail('nobody asks so'),
  }
  const allowed = Promise.withResolvers<void>()
  await using backfills = createBackfills({
    world,
    log: createTelemetry({ level: 'silent' }).log,
    keyValue: engine.keyValue,
    eventLog: openEventLog(engine.log, world),
    identities: createIdentities({ world, outbound, plcUrl: 'https://plc.example' }),
    outbound,
    ingest: { track: async () => false, repair: async () => {} },
    events: { backfilled() {} },
    isPlainAllowed: () => false,
    untilAllowed: (signal) =>
      Promise.race([
        allowed.promise,
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
      ]),
  })
  const join = () => {
    const joined = backfills.join({ ...ORDER, again: true })
    assert.ok(joined.ok)
    return joined.value
  }
  const first = join()
  await world.advance(1_000)
  assert.match(first.progress().waiting?.detail ?? '', /budget/)
  assert.deepEqual([backfills.underWay(), asked], [[ORDER], 0], 'broken off, it would go on where it is')
  first.stop()
  await world.advance(10_000)
  assert.deepEqual(await first.ended, { kind: 'stopped' })
  const second = join()
  await world.advance(1_000)
  const askedBefore = asked
  allowed.resolve()
  await world.advance(1_000)
  assert.deepEqual(await second.ended, { kind: 'finished' })
  assert.deepEqual([second.progress().waiting, backfills.underWay()], [undefined, []])
  assert.ok(asked > askedBefore)
})

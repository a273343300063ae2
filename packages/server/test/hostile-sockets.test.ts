import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { realWorld, tidFrom, type Did, type World } from '@waypost/kernel'
import {
  BREAKS_OFF,
  createSignedRepo,
  deriveSigningKey,
  HANDSHAKE_VILLAINIES,
  identityFrame,
  startFakeHost,
  startHostileSocket,
  STREAM_VILLAINIES,
  type FakeHost,
  type HostEvent,
} from '@waypost/load'
import { createOutbound } from '#wire/outbound.ts'
import { subscribe } from '#wire/subscription.ts'
import { allEvents, openNetwork, watch, type Network } from './kit/network.ts'

/**
 * Hosts that misbehave below their messages. Each is given up within its time and called again after ever longer waits;
 * whoever lives there, or elsewhere, loses nothing.
 */

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const BEN: Did = 'did:plc:benaaaaaaaaaaaaaaaaaaaaa'
/** Time runs so many times as fast, so that the limits are those of a real day. */
const SPEED = 100
const TURNS = 3
const CONNECT_MS = 10_000
/** A minute of silence, and a third of one until the next look. */
const SILENT_MS = 80_000
/** Where something else has to end a call, silence does not. */
const PATIENT_MS = 15 * 60_000
/** For slow machines, in their own time. */
const SLACK_MS = 1_000

/** A fast world, and the waits that were asked of it. */
function fastWorld(): World & { readonly waits: readonly number[] } {
  const { clock, random, timers } = realWorld()
  const waits: number[] = []
  return {
    waits,
    random,
    clock: { now: clock.now, elapsed: () => clock.elapsed() * SPEED },
    timers: {
      sleep(delayMs, signal) {
        waits.push(delayMs)
        return timers.sleep(delayMs / SPEED, signal)
      },
      every: (periodMs, action) => timers.every(periodMs / SPEED, action),
    },
  }
}

/** Those behind which the reader goes on one number later, each time: it cannot know what it missed. */
const TAKEN_FOR_TOO_LARGE: ReadonlySet<string> = new Set(['announces a frame of a terabyte', 'never ends a message'])

let visits = 0

function checkin(did: Did): HostEvent {
  const micros = Date.UTC(2026, 0, 1) * 1_000 + ++visits
  const record = { $type: 'app.waypost.checkin', createdAt: '2026-01-01T00:00:00Z', place: { name: `Place ${visits}` } }
  const write = { action: 'create', collection: 'app.waypost.checkin', rkey: tidFrom(micros, 0), record } as const
  return { kind: 'commit', did, writes: [write] }
}

/** A person who lives at a host that is reached at this address. */
async function settle(network: Network, host: FakeHost, did: Did, url: string): Promise<void> {
  const key = await deriveSigningKey(did)
  host.addAccount({
    did,
    handle: `${did.slice(8, 11)}.test`,
    repo: createSignedRepo({ did, key, clock: network.world.clock }),
  })
  network.directory.put({ did, handle: `${did.slice(8, 11)}.test`, signingKey: key.did, pds: url })
}

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (await isSo()) return
    await realWorld().timers.sleep(5)
  }
  assert.fail(`not in time: ${what}`)
}

/** Mostly they wait, so several do it side by side. */
describe('hosts that misbehave below their messages', { concurrency: 4 }, () => {
  for (const [villainies, givenUpMs, limits] of [
    [HANDSHAKE_VILLAINIES, CONNECT_MS, { silentMsMax: PATIENT_MS }],
    [STREAM_VILLAINIES, SILENT_MS, {}],
  ] as const) {
    for (const villainy of villainies) {
      test(`a host that ${villainy.name} is left in time and called ever more rarely, and nobody loses anything`, async () => {
        await using network = await openNetwork()
        const world = fastWorld()
        await using behind = await startFakeHost({ world })
        await using hostile = await startHostileSocket({ world: fastWorld(), behind, villainy, turns: TURNS })
        await settle(network, behind, ANA, hostile.url)
        await settle(network, network.host, BEN, network.host.url)
        for (let turn = 0; turn <= TURNS; turn++) await behind.emit(checkin(ANA))
        await using engine = openMemoryEngine({ world })
        await using watched = watch(network, engine, {
          hosts: [{ url: hostile.url }, { url: network.host.url }],
          subscribe: (options) => subscribe(options.url === hostile.url ? { ...options, world, limits } : options),
        })
        /** How often each check-in is in the log. */
        const logged = async (did: Did): Promise<readonly number[]> => {
          const times = new Map<string, number>()
          for (const event of await allEvents(watched.eventLog)) {
            const puts =
              event.did !== did ? [] : event.kind === 'commit' ? event.ops : event.kind === 'repo' ? event.records : []
            for (const { rkey } of puts) times.set(rkey, (times.get(rkey) ?? 0) + 1)
          }
          return [...times.values()]
        }

        // While the villain is at it, everybody else is heard.
        await until(() => hostile.calls.length > 0, 'the first call')
        await network.host.emit(checkin(BEN))
        await until(async () => (await logged(BEN)).length === 1, 'the check-in elsewhere')
        await until(() => hostile.calls.length > TURNS, 'a call after the last that was treated badly')
        await network.host.emit(checkin(BEN))
        await behind.emit(checkin(ANA))
        await until(async () => (await logged(ANA)).length === TURNS + 2, 'all check-ins of the host')
        await until(async () => (await logged(BEN)).length === 2, 'all check-ins elsewhere')
        assert.ok(
          [...(await logged(ANA)), ...(await logged(BEN))].every((times) => times === 1),
          'each is there once',
        )
        const refused = watched.refusals.map(({ reason }) => reason)
        if (TAKEN_FOR_TOO_LARGE.has(villainy.name)) {
          // What waited for the repair was in it. On a slow machine a call may fail before it comes to that.
          const apart = refused.filter((reason) => reason !== 'rev-repeated')
          assert.ok(apart.length > 0 && apart.every((reason) => reason === 'frame-too-large'), apart.join(', '))
          assert.deepEqual(watched.repairs, ['adopted'])
        } else assert.deepEqual([refused, watched.repairs], [[], []])

        for (const [turn, { openedAt, closedAt = Infinity }] of hostile.calls.slice(0, TURNS).entries()) {
          const lastedMs = (closedAt - openedAt) / SPEED
          assert.ok(lastedMs < givenUpMs / SPEED + SLACK_MS, `call ${turn} was left after ${lastedMs} ms`)
        }
        const backoffs = world.waits.filter((delayMs) => delayMs !== CONNECT_MS).slice(0, TURNS)
        for (const [turn, delayMs] of backoffs.entries()) {
          const mostMs = 250 * 2 ** (turn + 1)
          assert.ok(
            delayMs >= mostMs / 2 && delayMs <= mostMs,
            `waited ${delayMs} ms after call ${turn}, not up to ${mostMs}`,
          )
        }
      })
    }
  }
})

test('a host that breaks off after any byte of its welcome is called again, and read from the beginning', async () => {
  const world = fastWorld()
  await using behind = await startFakeHost({ world })
  for (let seq = 1; seq <= 3; seq++) {
    await behind.emit({ kind: 'raw', frame: (stamp) => identityFrame(stamp, { did: ANA }) })
  }
  const { turns } = BREAKS_OFF
  await using hostile = await startHostileSocket({ world, behind, villainy: BREAKS_OFF, turns })
  const ending = new AbortController()
  const outbound = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
  const from = { world, outbound, url: hostile.url, cursor: 0, signal: ending.signal, limits: { backoffMsMax: 250 } }
  const seqs: number[] = []
  for await (const { frame } of subscribe(from)) {
    if (frame.ok && 'seq' in frame.value) seqs.push(frame.value.seq)
    if (seqs.length === 3) break
  }
  ending.abort()
  assert.deepEqual(seqs, [1, 2, 3])
  assert.equal(hostile.calls.length, turns + 1)
})

for (const name of [
  'accepts and says nothing',
  'speaks another protocol',
  'answers the wrong key',
  'never ends the headers',
]) {
  test(`a host that ${name} where TLS is expected is left in time and called ever more rarely`, async () => {
    const world = fastWorld()
    const villainy = HANDSHAKE_VILLAINIES.find((each) => each.name === name)!
    const behind = { hostname: '127.0.0.1:9' }
    await using hostile = await startHostileSocket({ world: fastWorld(), behind, villainy, turns: Infinity })
    const ending = new AbortController()
    const outbound = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
    const url = hostile.url.replace('http', 'https')
    const states: string[] = []
    const from = {
      world,
      outbound,
      url,
      cursor: 0,
      signal: ending.signal,
      onState: (state: string) => void states.push(state),
    }
    void subscribe(from)[Symbol.asyncIterator]().next()
    await until(() => hostile.calls.length > TURNS, 'calls')
    ending.abort()
    assert.deepEqual(states, [], 'it was never taken for connected')
    const backoffs = world.waits.filter((delayMs) => delayMs !== CONNECT_MS).slice(0, TURNS)
    for (const [turn, delayMs] of backoffs.entries()) assert.ok(delayMs >= 125 * 2 ** (turn + 1), `${delayMs} ms`)
  })
}

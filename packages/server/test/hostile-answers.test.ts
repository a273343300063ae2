import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { realWorld, tidFrom, type Did } from '@waypost/kernel'
import {
  ANSWER_VILLAINIES,
  createSignedRepo,
  deriveSigningKey,
  generatePeople,
  startFakeHost,
  startHostileSocket,
  type FakeHost,
  type GeneratedPerson,
  type HostileSocket,
  type RepoWrite,
} from '@waypost/load'
import { createOutbound, type Outbound } from '#wire/outbound.ts'
import { createIdentities } from '#verify/identity.ts'
import { ANSWERED_AS } from './hostile-faults.ts'
import { allEvents, fold, hurriedWorld, openNetwork, watch } from './kit/network.ts'

/**
 * Hosts that misbehave when they are asked something: whatever hangs on the question is done when it is answered well at
 * last, and what does not hang on it is done meanwhile.
 */

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const BEN: Did = 'did:plc:benaaaaaaaaaaaaaaaaaaaaa'
const TURNS = 2
const IMPATIENT_MS = 400

/** The door as it is, but that for this question nobody is waited for that long. */
function impatient(question: string): Outbound {
  const real = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
  return {
    ...real,
    fetch(url, options) {
      const timeoutMs = url.includes(question) ? IMPATIENT_MS : options.timeoutMs
      return real.fetch(url, { ...options, timeoutMs: Math.min(options.timeoutMs, timeoutMs) })
    },
  }
}

let visits = 0

function checkin(): RepoWrite {
  const micros = Date.UTC(2026, 0, 1) * 1_000 + ++visits
  const record = { $type: 'app.waypost.checkin', createdAt: '2026-01-01T00:00:00Z', place: { name: `Place ${visits}` } }
  return { action: 'create', collection: 'app.waypost.checkin', rkey: tidFrom(micros, 0), record }
}

async function until(isSo: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (let turn = 0; turn < 1_500; turn++) {
    if (await isSo()) return
    await realWorld().timers.sleep(10)
  }
  assert.fail(`not in time: ${what()}`)
}

interface Town {
  readonly villainy: string
  readonly hostile: HostileSocket
  readonly behind: FakeHost
  /** Of whom one question hangs, and one of whom none does. */
  readonly people: readonly GeneratedPerson[]
}

for (const question of [
  'com.atproto.sync.getRepo?',
  'com.atproto.sync.getRepoStatus',
  'com.atproto.server.describeServer',
]) {
  test(`hosts that answer ${question} badly, in each way, are asked again until they answer well, and hold up nobody`, async () => {
    await using network = await openNetwork()
    const { world, directory, host: home } = network
    await using opened = new AsyncDisposableStack()
    const towns: Town[] = []
    for (const villainy of ANSWER_VILLAINIES) {
      const behind = opened.use(await startFakeHost({ world }))
      const asked = { path: `/xrpc/${question}`, turns: TURNS }
      const hostile = opened.use(await startHostileSocket({ world, behind, villainy, ...asked }))
      const people = await generatePeople(villainy.name, 2)
      for (const { did, handle, key } of people) {
        behind.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
        directory.put({ did, handle, signingKey: key.did, pds: hostile.url })
      }
      towns.push({ villainy: villainy.name, hostile, behind, people })
    }
    await network.join(BEN)
    await using engine = openMemoryEngine({ world })
    const hosts = [...towns.map(({ hostile }) => ({ url: hostile.url })), { url: home.url }]
    await using watched = watch(network, engine, { hosts, outbound: impatient(question) })
    const countOf = async (did: Did): Promise<number> =>
      Object.keys(fold(await allEvents(watched.eventLog))[did]?.records ?? {}).length
    const isHere = async (expected: (town: Town) => readonly [Did, number]): Promise<readonly string[]> => {
      const believed = fold(await allEvents(watched.eventLog))
      return towns
        .filter((town) => {
          const [did, count] = expected(town)
          return Object.keys(believed[did]?.records ?? {}).length !== count
        })
        .map(({ villainy }) => villainy)
    }

    for (const { behind, people } of towns) {
      const [vic, ana] = people.map(({ did }) => did) as [Did, Did]
      // The first is kept back, so that the repository has to be asked for.
      await behind.emit({ kind: 'commit', did: vic, writes: [checkin()], sent: 'never' })
      await behind.emit({ kind: 'commit', did: vic, writes: [checkin()] })
      await behind.emit({ kind: 'commit', did: ana, writes: [checkin()] })
    }
    await home.emit({ kind: 'commit', did: BEN, writes: [checkin()] })
    await until(
      async () => (await countOf(BEN)) === 1,
      () => 'a check-in elsewhere',
    )
    let missing: readonly string[] = []
    for (const [nth, count] of [
      [1, 1],
      [0, 2],
    ] as const) {
      await until(
        async () => (missing = await isHere(({ people }) => [people[nth]!.did, count])).length === 0,
        () =>
          `${nth === 1 ? 'those of whom nothing is asked' : 'those of whom it is'}, where a host ${missing.join(', or ')}`,
      )
    }
    for (const { villainy, hostile } of towns) {
      // An answer without sense is an answer: that the question is not served.
      const turns = ANSWERED_AS[villainy] === 200 ? 1 : TURNS + 1
      assert.ok(hostile.calls.length >= turns, `a host that ${villainy} was asked ${hostile.calls.length} times`)
    }
    const commits = (await allEvents(watched.eventLog)).filter(
      ({ kind, did }) => kind === 'commit' && towns.some(({ people }) => people[1]!.did === did),
    )
    assert.equal(commits.length, towns.length, 'each check-in of theirs is there once')
  })
}

describe('directories that answer badly', { concurrency: 4 }, () => {
  for (const villainy of ANSWER_VILLAINIES) {
    test(`a directory that ${villainy.name} says nothing of anybody, and is believed when it answers well`, async () => {
      await using network = await openNetwork()
      await network.join(ANA)
      const behind = { hostname: new URL(network.directory.url).host }
      const { clock, ...world } = hurriedWorld()
      // A directory that did not answer is given two seconds' rest.
      const hurriedClock = { ...clock, now: () => clock.now() + clock.elapsed() * 100 }
      await using hostile = await startHostileSocket({
        world: { ...world, clock },
        behind,
        villainy,
        turns: 1,
        path: `/${ANA}`,
      })
      const outbound = impatient(ANA)
      const identities = createIdentities({ world: { ...world, clock: hurriedClock }, outbound, plcUrl: hostile.url })
      const began = performance.now()
      const first = await identities.resolve(ANA)
      assert.ok(!first.ok && first.error.kind !== 'gone', JSON.stringify(first))
      assert.ok(performance.now() - began < IMPATIENT_MS + 2_000)
      await until(
        async () => (await identities.resolve(ANA)).ok,
        () => 'a good answer',
      )
      const { did } = await deriveSigningKey(ANA)
      const found = await identities.resolve(ANA)
      assert.equal(found.ok && found.value.signingKey.text, did)
    })
  }
})

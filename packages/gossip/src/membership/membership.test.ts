import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createNetwork, type Network, type NetworkOptions } from '../../test/network.ts'
import { overrides, type Health, type Rumour } from './member.ts'
import { newMembership, stepMembership } from './membership.ts'
import type { MembershipCommand, MembershipEvent, MembershipState } from './membership.ts'
import { readMembershipMessage } from './message.ts'

type Cluster = Network<MembershipState, MembershipCommand, MembershipEvent>

const TIMING = { periodMs: 1_000, answerMs: 300 }
const NODES = 20
/** log2 of 20 members, rounded up; a suspect has three times as many periods. */
const SPREAD_PERIODS = 5
const SUSPICION_MS = 3 * SPREAD_PERIODS * TIMING.periodMs
const SEEDS = [1, 2, 3, 4, 5]

function cluster(seed: number, options: Partial<NetworkOptions<MembershipState>> = {}): Cluster {
  const ids = Array.from({ length: NODES }, (_, at) => `n${at}`)
  return createNetwork(stepMembership, {
    ids,
    seed,
    latencyMs: (fraction) => 20 + fraction() * 60,
    initial: (self) => newMembership({ self, members: ids, timing: TIMING }),
    ...options,
  })
}

/** What the others believe of a node. */
function beliefs(network: Cluster, id: string, among = network.ids): Health[] {
  return among
    .filter((other) => other !== id && network.state(other))
    .map((other) => network.state(other).members.get(id)?.health ?? 'dead')
}

function events(network: Cluster): { by: string; id: string; health: Health; atMs: number }[] {
  const list: { by: string; id: string; health: Health; atMs: number }[] = []
  network.onEvent = (by, { id, health }) => list.push({ by, id, health, atMs: network.nowMs() })
  return list
}

test('whoever crashes is suspected, then dead everywhere within a bound', () => {
  for (const seed of SEEDS) {
    const network = cluster(seed)
    const seen = events(network)
    network.runTo(10_000)
    network.crash('n7')
    // Somebody's turn comes within two rounds, nearly always at once; then suspicion, and the news.
    network.runTo(10_000 + 5 * TIMING.periodMs + SUSPICION_MS + 2 * SPREAD_PERIODS * TIMING.periodMs)
    assert.deepEqual(new Set(beliefs(network, 'n7')), new Set(['dead']), `seed ${seed}`)
    for (const by of network.ids.filter((id) => id !== 'n7')) {
      const told = seen.filter((event) => event.by === by).map(({ id, health }) => `${id} ${health}`)
      assert.deepEqual(told, ['n7 suspect', 'n7 dead'], `seed ${seed}, ${by}`)
    }
  }
})

test('whoever is slow for a while is suspected, contradicts, and never counts as dead', () => {
  for (const seed of SEEDS) {
    let slow = false
    const network = cluster(seed, {
      latencyMs: (_fraction, from, to) => (slow && (from === 'n3' || to === 'n3') ? 2_500 : 40),
    })
    const seen = events(network)
    network.at(5_000, () => (slow = true))
    network.at(25_000, () => (slow = false))
    network.runTo(60_000)
    assert.ok(
      seen.some(({ health }) => health === 'suspect'),
      `seed ${seed}: it was not slow enough`,
    )
    assert.ok(!seen.some(({ health }) => health === 'dead'), `seed ${seed}`)
    assert.deepEqual(new Set(beliefs(network, 'n3')), new Set(['alive']), `seed ${seed}`)
    assert.ok(network.state('n3').incarnation > 0)
  }
})

test('where a tenth of all messages is lost nobody ever counts as dead', () => {
  for (const seed of SEEDS) {
    const network = cluster(seed, { loss: 0.1 })
    const seen = events(network)
    network.runTo(600_000)
    assert.ok(
      seen.some(({ health }) => health === 'suspect'),
      `seed ${seed}: nobody was suspected`,
    )
    assert.deepEqual(
      seen.filter(({ health }) => health === 'dead'),
      [],
      `seed ${seed}`,
    )
  }
})

test('halves that were cut off count each other as dead, and find each other again', () => {
  for (const seed of SEEDS) {
    const network = cluster(seed)
    const half = (id: string): boolean => Number(id.slice(1)) < NODES / 2
    network.at(5_000, () => (network.cut = (from, to) => half(from) !== half(to)))
    network.runTo(100_000)
    for (const id of network.ids) {
      const [near, far] = [true, false].map((same) =>
        network.ids.filter((other) => (half(other) === half(id)) === same),
      )
      assert.deepEqual(new Set(beliefs(network, id, near)), new Set(['alive']), `seed ${seed}, ${id}`)
      assert.deepEqual(new Set(beliefs(network, id, far)), new Set(['dead']), `seed ${seed}, ${id}`)
    }
    network.cut = () => false
    const seen = events(network)
    network.runTo(140_000)
    for (const id of network.ids)
      assert.deepEqual(new Set(beliefs(network, id)), new Set(['alive']), `seed ${seed}, ${id}`)
    assert.deepEqual(
      seen.filter(({ health }) => health === 'dead'),
      [],
      'meeting again kills nobody',
    )
  }
})

test('a member that comes back without its memory is alive again, and learns who is there', () => {
  for (const seed of SEEDS) {
    const network = cluster(seed)
    network.runTo(5_000)
    network.crash('n4')
    network.runTo(60_000)
    assert.deepEqual(new Set(beliefs(network, 'n4')), new Set(['dead']), `seed ${seed}`)
    network.start('n4', newMembership({ self: 'n4', members: ['n0'], timing: TIMING }))
    network.runTo(80_000)
    assert.deepEqual(new Set(beliefs(network, 'n4')), new Set(['alive']), `seed ${seed}`)
    assert.equal(network.state('n4').members.size, NODES - 1)
  }
})

test('whoever leaves is dead at once, without having been suspected', () => {
  const network = cluster(1)
  const seen = events(network)
  network.runTo(5_000)
  network.command('n9', { kind: 'leave' })
  network.runTo(5_000 + 3 * SPREAD_PERIODS * TIMING.periodMs)
  assert.deepEqual(new Set(beliefs(network, 'n9')), new Set(['dead']))
  assert.ok(!seen.some(({ health }) => health === 'suspect'))
})

test('while all is well a node sends a ping and an answer per period', () => {
  const network = cluster(1)
  network.runTo(110_000)
  assert.ok(network.sent() / NODES / 110 <= 2.05)
})

test('who has been dead for a day is forgotten', () => {
  const ids = ['n0', 'n1', 'n2']
  const timing = { periodMs: 60_000, answerMs: 300 }
  const network = cluster(1, { ids, initial: (self) => newMembership({ self, members: ids, timing }) })
  network.runTo(600_000)
  network.crash('n2')
  network.runTo(20 * 3_600_000)
  assert.deepEqual(beliefs(network, 'n2'), ['dead', 'dead'])
  network.runTo(27 * 3_600_000)
  for (const id of ['n0', 'n1']) assert.deepEqual([...network.state(id).members.keys()], [id === 'n0' ? 'n1' : 'n0'])
})

test('all who have heard the same rumours believe the same, in whatever order they came', () => {
  const rumour: fc.Arbitrary<Rumour> = fc.record(
    {
      id: fc.constant('a'),
      health: fc.constantFrom('alive', 'suspect', 'dead'),
      incarnation: fc.nat({ max: 4 }),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(fc.array(rumour, { minLength: 1 }), (rumours) => {
      const believe = (list: readonly Rumour[]): Rumour =>
        list.reduce((known, next) => (overrides(next, known) ? next : known))
      assert.deepEqual(believe(rumours), believe(rumours.toReversed()))
      for (const one of rumours) assert.ok(!overrides(one, believe(rumours)))
    }),
  )
})

test('what is no message is refused with a reason', () => {
  const sound = { kind: 'ping', number: 1, incarnation: 0, rumours: [['n1', 'dead', 2]] }
  assert.equal(readMembershipMessage(sound).ok, true)
  const cases: [unknown, string][] = [
    [1, 'not-an-object'],
    [{ ...sound, rumours: undefined }, 'bad-rumours'],
    [{ ...sound, rumours: [['n1', 'ill', 2]] }, 'bad-rumours'],
    [{ ...sound, rumours: [['n1', 'dead', -1]] }, 'bad-rumours'],
    [{ ...sound, kind: 'pong' }, 'bad-fields'],
    [{ ...sound, kind: 'ask' }, 'bad-fields'],
    [{ ...sound, number: 0.5 }, 'bad-fields'],
    [{ ...sound, incarnation: '0' }, 'bad-fields'],
  ]
  for (const [raw, error] of cases) assert.deepEqual(readMembershipMessage(raw), { ok: false, error })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runWorkload, type BroadcastNetwork, type Shape } from '../../test/maelstrom.ts'
import { createNetwork } from '../../test/network.ts'
import { stepBroadcast } from './broadcast.ts'
import { PACES, type Pace, type PaceName } from './pace.ts'
import { newBroadcast } from './state.ts'

/** 25 nodes, 100 ms one way, 100 operations a second, half of them reads, for 20 s; counted as Maelstrom counts. */
const GOALS: Readonly<Record<PaceName, { messagesPerOp: number; p50Ms: number; maxMs: number }>> = {
  fast: { messagesPerOp: 13, p50Ms: 120, maxMs: 125 },
  balanced: { messagesPerOp: 1.5, p50Ms: 370, maxMs: 550 },
  frugal: { messagesPerOp: 0.5, p50Ms: 900, maxMs: 1_600 },
}

const PACE_NAMES = Object.keys(PACES) as PaceName[]

for (const name of PACE_NAMES) {
  test(`${name}: messages and latencies stay within what the pace promises`, () => {
    for (const seed of [1, 2, 3]) {
      const outcome = runWorkload({ pace: PACES[name], seed, jitterMs: 20 })
      const figures = `seed ${seed}: ${outcome.messagesPerOp} messages, ${outcome.p50Ms} ms, ${outcome.maxMs} ms`
      assert.equal(outcome.lost, 0, figures)
      assert.ok(outcome.messagesPerOp <= GOALS[name].messagesPerOp, figures)
      assert.ok(outcome.p50Ms <= GOALS[name].p50Ms, figures)
      assert.ok(outcome.maxMs <= GOALS[name].maxMs, figures)
    }
  })

  test(`${name}: whatever the cut, nothing is lost, and within 2 s of the healing all is known everywhere`, () => {
    const shapes: Shape[] = ['one', 'majority', 'minority-third', 'majorities-ring']
    for (const [at, shape] of shapes.entries()) {
      for (const seed of [at + 1, at + 101]) {
        const outcome = runWorkload({ pace: PACES[name], seed, partitionEveryMs: 3_000, shapes: [shape] })
        const figures = `${shape}, seed ${seed}: ${outcome.healToKnownMs} ms`
        assert.ok(outcome.partitions > 0, figures)
        assert.equal(outcome.lost, 0, figures)
        assert.equal(outcome.repeated, 0, figures)
        assert.ok(outcome.healToKnownMs <= 2_000, figures)
      }
    }
  })

  test(`${name}: cut, with a third of the messages lost and the rest out of order, all is heard in the end, once`, () => {
    for (const seed of [11, 17, 25]) {
      const outcome = runWorkload({
        pace: PACES[name],
        seed,
        loss: 0.33,
        latencyShape: 'exponential',
        partitionEveryMs: 3_000,
        durationMs: 10_000,
        recoveryMs: 40_000,
      })
      assert.equal(outcome.lost, 0, `seed ${seed}`)
      assert.equal(outcome.repeated, 0, `seed ${seed}`)
    }
  })

  test(`${name}: what everybody has is forgotten, and only that`, () => {
    const outcome = runWorkload({ pace: PACES[name], seed: 5, durationMs: 60_000 })
    // Each of 25 nodes keeps what was said lately: far less than the 3,000 values that went by.
    assert.ok(outcome.held < 25 * 300, `${outcome.held} values held`)
    const { network } = outcome
    for (const id of network.ids) {
      for (const { name: source, stable } of network.state(id).sources.values()) {
        for (const other of network.ids) {
          const there = network.state(other).sources.get(source)?.frontier ?? 0
          assert.ok(there >= stable, `${id} forgot ${source} up to ${stable}, ${other} has ${there}`)
        }
      }
    }
  })

  test(`${name}: while nobody says anything nothing is sent`, () => {
    const network = cluster(5, PACES[name])
    network.command('n3', { kind: 'say', value: 1 })
    network.runTo(20_000)
    const sent = network.sent()
    network.runTo(3_600_000)
    assert.equal(network.sent(), sent)
  })

  test(`${name}: along a line of links, the only ones that work, everything reaches everybody`, () => {
    const network = cluster(8, PACES[name])
    const heard = hearings(network)
    network.cut = (from, to) => Math.abs(Number(from.slice(1)) - Number(to.slice(1))) > 1
    network.runTo(1)
    for (const [value, id] of network.ids.entries()) network.command(id, { kind: 'say', value })
    network.runTo(120_000)
    for (const id of network.ids) assert.equal(heard.get(id)!.size, 7, id)
  })
}

test('when the hub is gone for good another one takes over, and nobody hears less for it', () => {
  const network = cluster(9, PACES.balanced)
  const heard = hearings(network)
  network.at(100, () => network.command('n5', { kind: 'say', value: 'before' }))
  network.at(1_000, () => network.crash('n0'))
  network.at(1_100, () => network.command('n6', { kind: 'say', value: 'into the void' }))
  network.at(10_000, () => network.command('n7', { kind: 'say', value: 'after' }))
  network.runTo(10_800)
  for (const id of ['n1', 'n2', 'n8']) assert.deepEqual([...heard.get(id)!], ['before', 'into the void', 'after'])
})

test('nobody waits for a member that has left, and what it alone lacked is forgotten', () => {
  const network = cluster(4, PACES.balanced)
  network.crash('n3')
  network.at(1_000, () => network.command('n1', { kind: 'say', value: 'early' }))
  network.runTo(10_000)
  const held = (id: string): number => network.state(id).sources.get('n1')!.values.length
  assert.equal(held('n0'), 1, 'n3 might still come back')
  for (const id of ['n0', 'n1', 'n2']) network.command(id, { kind: 'members', members: ['n0', 'n1', 'n2'] })
  network.at(11_000, () => network.command('n2', { kind: 'say', value: 'later' }))
  network.runTo(20_000)
  network.at(20_000, () => network.command('n2', { kind: 'say', value: 'last' }))
  network.runTo(30_000)
  for (const id of ['n0', 'n1', 'n2']) assert.equal(held(id), 0, id)
  assert.deepEqual(network.state('n0').strangers, 0)
})

test('when the hub is taken from the members the next one serves all of them, and one that is put before it takes over', () => {
  const network = cluster(5, PACES.balanced)
  const heard = hearings(network)
  network.at(100, () => network.crash('n0'))
  network.at(200, () => network.command('n4', { kind: 'say', value: 'lost hub' }))
  network.at(8_000, () => {
    for (const id of ['n1', 'n2', 'n3', 'n4'])
      network.command(id, { kind: 'members', members: ['n1', 'n2', 'n3', 'n4'] })
  })
  network.at(9_000, () => network.command('n4', { kind: 'say', value: 'without' }))
  network.runTo(10_000)
  for (const id of ['n1', 'n2', 'n3']) assert.deepEqual([...heard.get(id)!], ['lost hub', 'without'], id)
  network.start('n0', newBroadcast({ self: 'n0', members: network.ids, pace: PACES.balanced, life: 1 }))
  for (const id of network.ids) network.command(id, { kind: 'members', members: network.ids })
  network.at(12_000, () => network.command('n4', { kind: 'say', value: 'with' }))
  network.runTo(13_000)
  for (const id of ['n0', 'n1', 'n2', 'n3']) assert.ok(heard.get(id)!.has('with'), id)
  assert.deepEqual(new Set(network.ids.map((id) => network.state(id).hub)), new Set(['n0']))
})

test('whoever followed a hub that is no member any more is taken to follow the first that is', () => {
  const state = newBroadcast({ self: 'n1', members: ['n0', 'n1', 'n2'], pace: PACES.balanced })
  const moment = { nowMs: 0, fraction: () => 0 }
  stepBroadcast(state, { kind: 'message', from: 'n2', message: { hub: 'n0', sentMs: 0 } }, moment)
  stepBroadcast(state, { kind: 'command', command: { kind: 'members', members: ['n1', 'n2'] } }, moment)
  const { sends } = stepBroadcast(state, { kind: 'command', command: { kind: 'say', value: 'x' } }, moment)
  assert.deepEqual(
    sends.map(({ to }) => to),
    ['n2'],
  )
})

test('a node that comes back without its memory hears what is not forgotten, and is heard anew', () => {
  for (const pace of [PACES.fast, PACES.balanced]) {
    const network = cluster(4, pace)
    const heard = hearings(network)
    network.at(10, () => network.command('n2', { kind: 'say', value: 'first life' }))
    network.at(2_000, () => network.crash('n2'))
    network.at(3_000, () => network.command('n3', { kind: 'say', value: 'meanwhile' }))
    network.at(9_000, () => network.start('n2', newBroadcast({ self: 'n2', members: network.ids, pace, life: 1 })))
    network.at(12_000, () => network.command('n2', { kind: 'say', value: 'second life' }))
    network.runTo(20_000)
    assert.ok(heard.get('n2')!.has('meanwhile'))
    for (const id of ['n0', 'n1', 'n3']) assert.ok(heard.get(id)!.has('second life'), id)
  }
})

test('what misses a batch, because it left late, does not wait for a whole window more', () => {
  const { windowMs } = PACES.frugal
  const state = newBroadcast({ self: 'n0', members: ['n0', 'n1', 'n2'], pace: PACES.frugal })
  const hear = (nowMs: number, number: number, waitedMs: number) => {
    const message = { runs: [['n1', number, [number]]] as const, hub: 'n0', sentMs: nowMs, waitedMs }
    return stepBroadcast(state, { kind: 'message', from: 'n1', message }, { nowMs, fraction: () => 0 })
  }
  assert.deepEqual(
    hear(0, 1, 0).sends.map(({ to }) => to),
    ['n2'],
    'a hub that rests sends at once',
  )
  assert.equal(hear(10, 2, 0).wakeAtMs, windowMs)
  assert.equal(hear(20, 3, windowMs).wakeAtMs, 20 + windowMs / 4)
})

test('a message of somebody who is no member is counted, and changes nothing', () => {
  const state = newBroadcast({ self: 'n0', members: ['n0', 'n1'], pace: PACES.balanced })
  const message = { runs: [['x', 1, ['lie']]] as const, hub: 'x', sentMs: 0 }
  const { sends, events } = stepBroadcast(
    state,
    { kind: 'message', from: 'x', message },
    { nowMs: 1, fraction: () => 0 },
  )
  assert.deepEqual([sends, events, state.strangers], [[], [], 1])
})

test('a thousand nodes hear everything for little more than the fewest messages that could do it', () => {
  const outcome = runWorkload({ pace: PACES.frugal, seed: 1, nodes: 1_000, durationMs: 5_000 })
  assert.equal(outcome.lost, 0)
  // One message per node and window, one up for each value, and acknowledgements where nothing else went that way.
  const windows = Math.ceil(5_000 / PACES.frugal.windowMs) + 1
  const most = (2 * windows * 999 + outcome.values) / (outcome.network.sent() / outcome.messagesPerOp)
  assert.ok(outcome.messagesPerOp <= most, `${outcome.messagesPerOp} of ${most}`)
})

function cluster(nodes: number, pace: Pace): BroadcastNetwork {
  const ids = Array.from({ length: nodes }, (_, at) => `n${at}`)
  return createNetwork(stepBroadcast, {
    ids,
    seed: 1,
    latencyMs: () => 50,
    initial: (self) => newBroadcast({ self, members: ids, pace }),
  })
}

function hearings(network: BroadcastNetwork): Map<string, Set<unknown>> {
  const heard = new Map(network.ids.map((id) => [id, new Set<unknown>()]))
  network.onEvent = (id, value) => void heard.get(id)!.add(value)
  return heard
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeshNetwork, type MeshNetwork, type MeshNetworkOptions } from '../../test/mesh-network.ts'
import { removeDelta, setDelta } from '../crdt/lww-map.ts'
import type { MeshEffect } from './mesh.ts'
import { healthOf, linked, stepMesh } from './mesh.ts'

const SEEDS = [1, 2, 3]
const IDS = ['a', 'b', 'c', 'd', 'e']
const LIFE_MS = 7_200_000
const CUT_AT_MS = 2_500
/** What is promised after a partition has healed. */
const RIGHT_WITHIN_MS = 2_000
const FAULTS = { loss: 0.1, repeat: 0.1, disorder: 0.2 }

function mesh(seed: number, options: Partial<MeshNetworkOptions> = {}): MeshNetwork {
  return createMeshNetwork({
    ids: IDS,
    seed,
    lifeMs: LIFE_MS,
    latencyMs: (fraction) => 1 + fraction() * 40,
    configured: () => IDS.map((id) => `${id}:1`),
    ...options,
  })
}

/** Somebody enters or leaves at a node every now and then. */
function people(network: MeshNetwork, { fromMs, untilMs }: { fromMs: number; untilMs: number }): void {
  let count = 0
  for (let atMs = fromMs; atMs < untilMs; atMs += 97) {
    network.at(atMs, () => {
      const id = network.ids[count % network.ids.length]!
      if (!network.state(id)) return
      const map = network.map(id, 'here')
      const key = `person${(count * 7) % 40}`
      const write = { key, writer: id, nowMs: Date.UTC(2026, 0, 1) + network.nowMs() }
      const isLeaving = count % 3 === 0
      const delta = isLeaving ? removeDelta(map, write) : setDelta(map, write, `place ${count}`, write.nowMs + LIFE_MS)
      count++
      network.write(id, 'here', delta)
    })
  }
}

function contents(network: MeshNetwork, id: string): string {
  return JSON.stringify(Array.from(network.map(id, 'here')).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Everybody knows the same of people, and that everybody is alive; where messages are lost, somebody may be suspected. */
function assertRight(network: MeshNetwork, about: string, { isLossy = false } = {}): void {
  const [first, ...others] = network.ids
  assert.ok(network.map(first!, 'here').size > 0)
  for (const id of others) assert.equal(contents(network, id), contents(network, first!), `${about}, ${id}`)
  for (const id of network.ids)
    for (const other of network.ids) {
      const health = healthOf(network.state(id), other)!
      assert.ok(health === 'alive' || (isLossy && health === 'suspect'), `${about}: ${other} is ${health} at ${id}`)
    }
}

function effects(network: MeshNetwork): { by: string; effect: MeshEffect }[] {
  const list: { by: string; effect: MeshEffect }[] = []
  network.onEffect = (by, effect) => list.push({ by, effect })
  return list
}

for (const [name, faults] of [
  ['', undefined],
  [', also where frames are lost, repeated and out of order', FAULTS],
] as const) {
  test(`however nodes were cut off, 2 s after the healing all know all${name}`, () => {
    const half = (id: string): boolean => id < 'c'
    const cuts: Record<string, (from: string, to: string) => boolean> = {
      'in halves': (from, to) => half(from) !== half(to),
      'one from all others': (from, to) => (from === 'b') !== (to === 'b'),
      'each from each': (from, to) => from !== to,
      'in one direction': (from, to) => half(from) && !half(to),
    }
    for (const seed of SEEDS) {
      for (const [how, cut] of Object.entries(cuts)) {
        for (const lastsMs of [300 + seed * 350, 8_000 + seed * 77]) {
          const network = mesh(seed, { ...(faults && { faults }) })
          people(network, { fromMs: 1_000, untilMs: CUT_AT_MS + lastsMs })
          network.at(CUT_AT_MS, () => (network.cut = cut))
          network.at(CUT_AT_MS + lastsMs, () => (network.cut = () => false))
          network.runTo(CUT_AT_MS + lastsMs + RIGHT_WITHIN_MS)
          const about = `seed ${seed}, cut ${how} for ${lastsMs} ms`
          assertRight(network, about, { isLossy: faults !== undefined })
        }
      }
    }
  })
}

test('what is written is everywhere one trip later, and a node that is idle says little', () => {
  const network = mesh(1, { latencyMs: () => 10 })
  network.runTo(5_000)
  const seen = effects(network)
  network.write('c', 'here', setDelta(new Map(), { key: 'ana', writer: 'c', nowMs: 1 }, 'cafe', LIFE_MS))
  network.runTo(5_010)
  for (const id of IDS) assert.equal(network.map(id, 'here').size, 1, id)
  network.runTo(15_010)
  const frames = seen.filter(({ effect }) => effect.kind === 'send').length
  // A digest of each map and a beat per pair and 400 ms at most, and membership beside.
  assert.ok(frames / IDS.length / 10 < (IDS.length - 1) * 7, `${frames} frames`)
})

test('along a line of links, the only ones there are, everything reaches everybody', () => {
  for (const seed of SEEDS) {
    const network = mesh(seed)
    network.cut = (from, to) => Math.abs(IDS.indexOf(from) - IDS.indexOf(to)) > 1
    people(network, { fromMs: 3_000, untilMs: 6_000 })
    network.runTo(6_000 + IDS.length * 500)
    for (const id of IDS) assert.equal(contents(network, id), contents(network, 'a'), `seed ${seed}, ${id}`)
  }
})

test('one that starts anew, without its memory, has all of it within 2 s, and its own last word of before', () => {
  for (const seed of SEEDS) {
    const network = mesh(seed)
    people(network, { fromMs: 1_000, untilMs: 9_000 })
    network.at(12_000, () => network.crash('b'))
    network.runTo(30_000)
    for (const id of IDS.filter((each) => each !== 'b')) assert.equal(healthOf(network.state(id), 'b'), 'dead', id)
    network.start('b')
    network.runTo(30_000 + RIGHT_WITHIN_MS)
    assertRight(network, `seed ${seed}`)
  }
})

test('whoever knows one of them learns of all others, and is known to all', () => {
  for (const seed of SEEDS) {
    const network = mesh(seed, { configured: (id) => (id === 'a' ? [] : ['a:1']) })
    network.runTo(2_000)
    network.crash('a')
    people(network, { fromMs: 2_500, untilMs: 4_000 })
    network.runTo(6_000)
    for (const id of IDS.slice(1)) {
      assert.deepEqual(
        linked(network.state(id)).toSorted(),
        IDS.slice(1).filter((each) => each !== id),
        `seed ${seed}`,
      )
      assert.equal(contents(network, id), contents(network, 'b'), `seed ${seed}, ${id}`)
    }
  }
})

test('a node that stood still for long has lost no link when it goes on', () => {
  const network = mesh(1, { latencyMs: () => 10 })
  network.runTo(5_000)
  const state = network.state('a')
  const moment = { nowMs: 65_000, wallMs: 0, fraction: () => 0.5, map: () => new Map() }
  // Nothing that came meanwhile has been read when its timer rings.
  const { effects: done } = stepMesh(state, { kind: 'tick' }, moment)
  assert.deepEqual(
    done.filter(({ kind }) => kind === 'close'),
    [],
  )
})

test('whoever leaves is dead at once, and nobody counts as dead for a pause below a second', () => {
  const network = mesh(2)
  network.runTo(5_000)
  const seen = effects(network)
  network.at(6_000, () => (network.cut = (from, to) => from === 'c' || to === 'c'))
  network.at(6_900, () => (network.cut = () => false))
  network.runTo(12_000)
  assert.ok(!seen.some(({ effect }) => effect.kind === 'health' && effect.health === 'dead'))
  network.input('e', { kind: 'leave' })
  network.runTo(14_000)
  for (const id of IDS.slice(0, -1)) assert.equal(healthOf(network.state(id), 'e'), 'dead', id)
})

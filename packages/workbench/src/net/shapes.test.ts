import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@waypost/kernel/sim'
import { partitionOf, type Cuts } from './cuts.ts'
import { latencyMs } from './latency.ts'
import { topologyOf } from './topology.ts'

const named = (count: number): string[] => Array.from({ length: count }, (_, at) => `n${at}`)
const cutLinks = (cuts: Cuts): number => [...cuts.values()].reduce((sum, sources) => sum + sources.size, 0)
const isSymmetric = (cuts: Cuts): boolean =>
  [...cuts].every(([dest, sources]) => [...sources].every((source) => cuts.get(source)?.has(dest)))

test('a partition cuts off one node, a half, a third or all majorities from each other', () => {
  const random = seededRandom(1)
  assert.equal(cutLinks(partitionOf('one', named(5), random)), 8)
  assert.equal(cutLinks(partitionOf('majority', named(5), random)), 12)
  assert.equal(cutLinks(partitionOf('minority-third', named(10), random)), 2 * 3 * 7)
  assert.equal(cutLinks(partitionOf('minority-third', named(3), random)), 0)
  for (const shape of ['one', 'majority', 'minority-third'] as const) {
    assert.ok(isSymmetric(partitionOf(shape, named(7), random)), shape)
  }
})

test('in a ring of majorities every node hears a majority, no two the same', () => {
  const random = seededRandom(2)
  for (const count of [4, 5, 9, 25]) {
    const cuts = partitionOf('majorities-ring', named(count), random)
    const heard = named(count).map((id) => named(count).filter((other) => !cuts.get(id)?.has(other)))
    assert.ok(isSymmetric(cuts), `${count} nodes`)
    assert.ok(heard.every((group) => group.length > count / 2))
    assert.equal(new Set(heard.map((group) => group.join())).size, count)
  }
})

test('topologies are those of Maelstrom', () => {
  assert.deepEqual(topologyOf('line', named(3)), { n0: ['n1'], n1: ['n0', 'n2'], n2: ['n1'] })
  assert.deepEqual(topologyOf('grid', named(5)), {
    n0: ['n3', 'n1'],
    n1: ['n4', 'n0', 'n2'],
    n2: ['n1'],
    n3: ['n0', 'n4'],
    n4: ['n1', 'n3'],
  })
  assert.deepEqual(topologyOf('tree4', named(6))['n1'], ['n0', 'n5'])
  assert.equal(Object.values(topologyOf('grid', named(25))).flat().length, 80)
  assert.equal(Object.values(topologyOf('total', named(5))).flat().length, 20)
})

test('latencies have the mean that was asked for', () => {
  const random = seededRandom(3)
  for (const distribution of ['constant', 'uniform', 'exponential'] as const) {
    const drawn = Array.from({ length: 20_000 }, () => latencyMs({ meanMs: 100, distribution }, random))
    const mean = drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length
    assert.ok(Math.abs(mean - 100) < 3, `${distribution}: ${mean}`)
    assert.ok(drawn.every(Number.isInteger))
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tidClock } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { clockIdOf } from './clock-id.ts'

test('no two of up to 1,024 nodes have the same clock id, in whatever order they are told of each other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 1_024 }), (ids) => {
      const reversed = ids.toReversed()
      const clocks = ids.map((id, at) => clockIdOf(id, at % 2 ? ids : reversed))
      assert.equal(new Set(clocks).size, ids.length)
      assert.ok(clocks.every((clock) => clock >= 0 && clock < 1_024))
    }),
    { numRuns: 20 },
  )
})

test('a cluster that is too large for TIDs is refused, and so is a node that is none of it', () => {
  const many = Array.from({ length: 1_025 }, (_, at) => `n${at}`).toSorted()
  assert.throws(() => clockIdOf(many.at(-1)!, many), /1,024/)
  assert.throws(() => clockIdOf('x', ['n0']), /one of the nodes/)
})

test('nodes whose clocks stand at the same time, and step back, never make the same TID', () => {
  const ids = ['n0', 'n1', 'n2']
  const world = simWorld()
  let offsetMs = 0
  const stepping = { ...world, clock: { ...world.clock, now: () => world.clock.now() + offsetMs } }
  const clocks = ids.map((id) => tidClock(stepping, clockIdOf(id, ids)))
  const made: string[] = []
  for (let round = 0; round < 100; round++) {
    offsetMs = round % 3 === 0 ? -round * 1_000 : 0
    for (const next of clocks) made.push(next())
  }
  assert.equal(new Set(made).size, made.length)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isTid, tidClock, tidFrom, tidMicros } from './tid.ts'
import { simWorld } from './sim-world.ts'

test('a TID gives back the time that went in', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 53 - 1 }), fc.integer({ min: 0, max: 1_023 }), (micros, clockId) => {
      const tid = tidFrom(micros, clockId)
      assert.ok(isTid(tid))
      assert.equal(tidMicros(tid), micros)
    }),
  )
})

test('TIDs sort as their times do', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 53 - 2 }), fc.integer({ min: 0, max: 1_023 }), (micros, clockId) => {
      assert.ok(tidFrom(micros, 1_023) < tidFrom(micros + 1, clockId))
    }),
  )
})

test('a clock hands out rising TIDs although time stands still', () => {
  const next = tidClock(simWorld(), 7)
  const tids = Array.from({ length: 1_000 }, next)
  assert.deepEqual(tids, tids.toSorted())
  assert.equal(new Set(tids).size, tids.length)
})

test('two clocks never hand out the same TID', () => {
  const world = simWorld()
  const [a, b] = [tidClock(world, 1), tidClock(world, 2)]
  const tids = Array.from({ length: 500 }, () => [a(), b()]).flat()
  assert.equal(new Set(tids).size, tids.length)
})

test('what is not a TID is told from one', () => {
  for (const text of ['', '3jzfcijpj2z2', '3jzfcijpj2z2aa', '0000000000000', 'zzzzzzzzzzzzz', '3JZFCIJPJ2Z2A']) {
    assert.equal(isTid(text), false, text)
  }
})

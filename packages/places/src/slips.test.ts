import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { slipsBetween, slipsToBeginning } from './slips.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 })

test('slips are letters added, left out, changed or swapped with the next', () => {
  for (const [typed, meant, slips] of [
    ['park', 'park', 0],
    ['pak', 'park', 1],
    ['parrk', 'park', 1],
    ['perk', 'park', 1],
    ['prak', 'park', 1],
    ['museun', 'museums', 2],
  ] as const) {
    assert.equal(slipsBetween(typed, meant, 3), slips, typed)
  }
  assert.equal(slipsBetween('park', 'station', 2), 3)
})

test('they are the same both ways, and to a beginning as many as to the best of all beginnings', () => {
  fc.assert(
    fc.property(word, word, fc.integer({ min: 0, max: 3 }), (a, b, most) => {
      assert.equal(slipsBetween(a, b, most), slipsBetween(b, a, most))
      const beginnings = Array.from({ length: b.length + 1 }, (_, end) => slipsBetween(a, b.slice(0, end), most))
      assert.equal(slipsToBeginning(a, b, most), Math.min(...beginnings))
    }),
  )
})

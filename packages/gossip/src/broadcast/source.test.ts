import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { forget, newSource, receive, valuesAfter } from './source.ts'

const piece = fc.record({ first: fc.integer({ min: 1, max: 40 }), length: fc.integer({ min: 1, max: 12 }) })

function values(first: number, length: number): number[] {
  return Array.from({ length }, (_, at) => first + at)
}

test('whatever order the pieces of a source come in, and however often, each value is taken in once', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.nat({ max: 40 }), (pieces, forgotten) => {
      const source = newSource('a')
      const heard: unknown[] = []
      for (const [at, { first, length }] of pieces.entries()) {
        heard.push(...receive(source, first, values(first, length)))
        if (at === pieces.length >> 1) forget(source, Math.min(forgotten, source.frontier))
      }
      const sent = new Set(pieces.flatMap(({ first, length }) => values(first, length)))
      assert.deepEqual(new Set(heard), sent)
      assert.equal(heard.length, sent.size)
      let gapless = 0
      while (sent.has(gapless + 1)) gapless++
      assert.equal(source.frontier, gapless)
      assert.deepEqual(valuesAfter(source, 0)?.values ?? [], values(source.stable + 1, gapless - source.stable))
    }),
  )
})

test('who joins after something was forgotten begins there', () => {
  const source = newSource('a')
  receive(source, 8, [8, 9])
  assert.equal(source.frontier, 0)
  forget(source, 7)
  assert.equal(source.frontier, 9)
  assert.deepEqual(valuesAfter(source, 0), { first: 8, values: [8, 9] })
})

test('beyond the limit what comes after a gap is dropped, and taken in when it comes again', () => {
  const source = newSource('a')
  receive(source, 2, values(2, 10_000))
  assert.equal(source.early.size, 4_096)
  receive(source, 1, values(1, 10_001))
  assert.equal(source.frontier, 10_001)
  assert.equal(source.early.size, 0)
})

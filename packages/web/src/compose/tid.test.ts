import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tid } from './tid.ts'

test('a known time has its known key', () => {
  assert.equal(tid(0, 0), '2222222222222')
  assert.match(
    tid(Date.parse('2026-11-20T12:00:00Z'), 0.5),
    /^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/,
  )
})

test('a later time has a greater key', () => {
  const times = fc.integer({ min: 0, max: 4_000_000_000_000 })
  const fractions = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(times, times, fractions, fractions, (a, b, one, two) => {
      if (a !== b) assert.equal(tid(a, one) < tid(b, two), a < b)
    }),
  )
})

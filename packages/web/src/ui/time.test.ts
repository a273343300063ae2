import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clockTime, dayOf, monthOf } from './dates.ts'
import { isSaidUntil, timeAgo, timeInFull } from './time.ts'

const now = Date.parse('2026-11-20T14:05:00Z')
const zone = { timeZone: 'UTC' }
const before = (ms: number) => new Date(now - ms).toISOString()
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

test('times are short and coarse', () => {
  assert.equal(timeAgo(before(20_000), now, zone), 'now')
  assert.equal(timeAgo(before(5 * MINUTE), now, zone), '5 min')
  assert.equal(timeAgo(before(59 * MINUTE + 59_000), now, zone), '59 min')
  assert.equal(timeAgo(before(3 * 60 * MINUTE), now, zone), '3 h')
  assert.equal(timeAgo(before(30 * 60 * MINUTE), now, zone), 'yesterday')
  assert.equal(timeAgo(before(4 * DAY), now, zone), '4 d')
  assert.equal(timeAgo(before(30 * DAY), now, zone), '21 Oct')
  assert.equal(timeAgo(before(400 * DAY), now, zone), '16 Oct 2025')
})

test('a clock slightly ahead is now, one far ahead is a date', () => {
  assert.equal(timeAgo(before(-2 * MINUTE), now, zone), 'now')
  assert.equal(timeAgo(before(-3 * DAY), now, zone), '23 Nov')
})

test('a time is said until it says something else, and not told of it much too often', () => {
  const age = fc.oneof(
    fc.integer({ min: -10 * MINUTE, max: 3 * 60 * MINUTE }),
    fc.integer({ min: -400 * DAY, max: 400 * DAY }),
    fc.constantFrom(-5 * MINUTE, 0, MINUTE, 60 * MINUTE, DAY, 2 * DAY, 7 * DAY),
  )
  const timeZone = fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/New_York')
  const newYear = Date.parse('2027-01-01T00:00:00Z')
  const from = fc.oneof(fc.constant(now), fc.integer({ min: newYear - DAY, max: newYear + DAY }))
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(age, from, share, timeZone, (ageMs, nowMs, at, of) => {
      const iso = new Date(nowMs - ageMs).toISOString()
      const end = isSaidUntil(iso, nowMs)
      const said = (ms: number): string => timeAgo(iso, ms, { timeZone: of })
      assert.ok(end > nowMs)
      assert.equal(said(nowMs + Math.floor((end - nowMs) * at)), said(nowMs))
      assert.equal(said(end - 1), said(nowMs))
      if (ageMs >= 0 && ageMs < 6 * DAY) assert.notEqual(said(end), said(nowMs))
    }),
    { numRuns: 500 },
  )
  assert.equal(isSaidUntil('soon', now), Infinity)
})

test('a bad time shows nothing rather than nonsense', () => {
  assert.equal(timeAgo('soon', now), '')
  assert.equal(timeInFull('soon'), '')
  assert.equal(monthOf('soon'), '')
  assert.equal(dayOf('soon', now), '')
})

test('a whole time names the day and the minute', () => {
  assert.match(timeInFull('2026-11-20T14:05:00Z', zone), /^Friday,? 20 November 2026(?: at|,) 14:05$/)
})

test('days begin at midnight of the time zone', () => {
  assert.equal(dayOf('2026-11-20T00:30:00Z', now, zone), 'Today')
  assert.equal(dayOf('2026-11-20T00:30:00Z', now, { timeZone: 'America/New_York' }), 'Yesterday')
  assert.equal(dayOf('2026-11-18T12:00:00Z', now, zone), 'Wednesday')
  assert.equal(dayOf('2026-11-02T12:00:00Z', now, zone), '2 November')
  assert.equal(dayOf('2024-11-02T12:00:00Z', now, zone), '2 November 2024')
})

test('the time of day is that of the time zone', () => {
  assert.equal(clockTime('2026-11-20T14:05:59Z', zone), '14:05')
  assert.equal(clockTime('2026-11-20T14:05:59Z', { timeZone: 'Asia/Kathmandu' }), '19:50')
  assert.equal(clockTime('soon', zone), '')
})

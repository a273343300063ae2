import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FREEZE_EARNED_WEEKS, streakOf } from './streak.ts'

/** A day in the nth week; week 0 began on Monday, 29 December 1969. */
const inWeek = (week: number): number => week * 7 - 3 + 2

const weeks = (...numbers: readonly number[]): number[] => numbers.map(inWeek)

test('weeks in a row count, this week’s check-in may still come, and a week missed is the end', () => {
  assert.deepEqual(streakOf(weeks(10, 11, 12), inWeek(12)).current, 3)
  assert.deepEqual(streakOf(weeks(10, 11, 12), inWeek(13)).current, 3)
  assert.deepEqual(streakOf(weeks(10, 11, 12), inWeek(14)).current, 0)
  assert.deepEqual(streakOf(weeks(10, 12), inWeek(12)), {
    current: 1,
    longest: 1,
    hasFreeze: false,
    isThisWeekIn: true,
  })
  assert.deepEqual(streakOf([], inWeek(12)), { current: 0, longest: 0, hasFreeze: false, isThisWeekIn: false })
})

test('after four weeks one missed week is forgiven, and only the next four earn another', () => {
  assert.equal(streakOf(weeks(1, 2, 3, 4, 6), inWeek(6)).current, 5)
  assert.equal(streakOf(weeks(1, 2, 3, 4), inWeek(6)).current, 4, 'the freeze holds while the week is open')
  assert.equal(streakOf(weeks(1, 2, 3, 4), inWeek(7)).current, 0)
  assert.equal(streakOf(weeks(1, 2, 3, 4, 6, 8), inWeek(8)).current, 1)
  assert.equal(streakOf(weeks(1, 2, 3, 4, 6, 7, 8, 9, 11), inWeek(11)).current, 9)
  assert.equal(streakOf(weeks(1, 2, 3, 4), inWeek(4)).hasFreeze, true)
})

test('a streak is never longer than the weeks it was made of, nor than the longest, and more days never shorten it', () => {
  const days = fc.array(fc.nat(400), { maxLength: 60 })
  fc.assert(
    fc.property(days, fc.nat(400), (all, more) => {
      const today = 400
      const streak = streakOf(all, today)
      assert(
        streak.current <= streak.longest && streak.longest <= new Set(all.map((day) => Math.floor((day + 3) / 7))).size,
      )
      if (streak.longest < FREEZE_EARNED_WEEKS) assert(streakOf([...all, more], today).longest >= streak.longest)
      assert.deepEqual(streakOf(all.toReversed(), today), streak)
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { halvesOf, strengthOf } from './calendar-days.ts'

test('every day of a year has a place of its own, in the row of its weekday', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9_999 }), (year) => {
      const halves = halvesOf(year)
      const days = halves.flatMap((half) => half.days)
      const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
      assert.equal(days.length, isLeap ? 366 : 365)
      assert.deepEqual(
        days.map(({ day }) => day),
        days.map(({ day }) => day).toSorted(),
      )
      for (const half of halves) {
        assert.equal(new Set(half.days.map(({ column, row }) => `${column} ${row}`)).size, half.days.length)
        for (const { day, row } of half.days) assert.equal(row % 7, new Date(day).getUTCDay())
        for (const { month, column } of half.months) {
          assert.equal(
            half.days.find(({ day }) => day.endsWith(`-${String(month + 1).padStart(2, '0')}-01`))?.column,
            column,
          )
        }
      }
    }),
  )
})

test('the busiest day has the strongest colour, and one check-in has some', () => {
  assert.deepEqual(
    [0, 1, 5, 20].map((count) => strengthOf(count, 20)),
    [0, 1, 3, 4],
  )
  assert.equal(strengthOf(1, 1), 4)
})

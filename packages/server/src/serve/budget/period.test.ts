import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isOver, spanOf } from './period.ts'

const DAY_MS = 86_400_000
const spelled = ({ startMs, endMs }: { startMs: number; endMs: number }) =>
  [startMs, endMs].map((ms) => new Date(ms).toISOString().slice(0, 10)).join(' ')

test('days and months are those of UTC, the leap day and the new year among them', () => {
  const at = (text: string) => Date.parse(text)
  assert.equal(spelled(spanOf('day', at('2028-02-28T23:59:59.999Z'))), '2028-02-28 2028-02-29')
  assert.equal(spelled(spanOf('day', at('2028-02-29T00:00:00Z'))), '2028-02-29 2028-03-01')
  assert.equal(spelled(spanOf('month', at('2028-02-29T12:00:00Z'))), '2028-02-01 2028-03-01')
  assert.equal(spelled(spanOf('day', at('2027-02-28T12:00:00Z'))), '2027-02-28 2027-03-01')
  assert.equal(spelled(spanOf('month', at('2026-12-31T23:59:59Z'))), '2026-12-01 2027-01-01')
})

test('each moment lies in one period, and where that is over the next begins', () => {
  const moment = fc.integer({ min: 0, max: Date.UTC(2100, 0) })
  fc.assert(
    fc.property(moment, fc.constantFrom('day' as const, 'month' as const), (nowMs, period) => {
      const { startMs, endMs } = spanOf(period, nowMs)
      assert.ok(startMs <= nowMs && nowMs < endMs)
      assert.equal(spanOf(period, endMs).startMs, endMs)
      assert.deepEqual([isOver(period, startMs, nowMs), isOver(period, startMs, endMs)], [false, true])
    }),
  )
})

test('a clock that steps back over midnight does not give a day twice; one that was years ahead does not rule', () => {
  const midnight = Date.UTC(2026, 4, 2)
  assert.equal(isOver('day', midnight, midnight - 500), false)
  assert.equal(isOver('day', midnight, midnight - 2 * DAY_MS), true)
})

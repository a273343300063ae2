import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCounter } from './counter.ts'
import { done, historyOf } from './history-kit.ts'

const finalRead = (process: number, value: number) =>
  [
    [process, 'invoke', 'read', null, { isFinal: true }],
    [process, 'ok', 'read', value, { isFinal: true }],
  ] as const

test('final reads are the sum of what was acknowledged; others may be old', () => {
  const verdict = checkCounter(
    historyOf(...done(0, 'add', 3), ...done(1, 'read', null, 0), ...done(1, 'add', -5), ...finalRead(0, -2)),
  )
  assert.equal(verdict.valid, true)
})

test('additions of which nobody knows may be in the sum or not, those that failed may not', () => {
  const adds = [
    ...done(0, 'add', 10),
    [1, 'invoke', 'add', 1],
    [1, 'info', 'add', 1],
    [2, 'invoke', 'add', 4],
    [2, 'info', 'add', 4],
    [3, 'invoke', 'add', 100],
    [3, 'fail', 'add', 100],
  ] as const
  for (const sum of [10, 11, 14, 15]) assert.equal(checkCounter(historyOf(...adds, ...finalRead(0, sum))).valid, true)
  for (const sum of [9, 12, 110]) assert.equal(checkCounter(historyOf(...adds, ...finalRead(0, sum))).valid, false)
})

test('a wrong sum is explained', () => {
  const verdict = checkCounter(historyOf(...done(0, 'add', 3), ...done(0, 'add', 4), ...finalRead(1, 3)))
  assert.equal(verdict.anomalies[0]?.words, 'The final read of n1 says 3. Acknowledged additions make 7.')
})

test('without a final read nothing is known', () => {
  assert.equal(checkCounter(historyOf(...done(0, 'add', 3))).valid, 'unknown')
})

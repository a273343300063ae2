import assert from 'node:assert/strict'
import { test } from 'node:test'
import { done, historyOf, kindsOf } from './history-kit.ts'
import { checkSetFull, quantilesOf } from './set-full.ts'

test('a set whose elements all appear is valid, at once or with the delay until the last read that missed them', () => {
  const atOnce = checkSetFull(historyOf(...done(0, 'add', 0), ...done(1, 'read', null, [0])))
  assert.equal(atOnce.valid, true)
  assert.deepEqual(atOnce.facts['stable-latencies'], { '0': 0, '0.5': 0, '0.95': 0, '0.99': 0, '1': 0 })
  // Known at 10 ms; last missed by the read that was invoked at 40 ms.
  const late = checkSetFull(
    historyOf(
      ...done(0, 'add', 0),
      ...done(1, 'read', null, []),
      ...done(1, 'read', null, []),
      ...done(1, 'read', null, [0]),
    ),
  )
  assert.equal(late.valid, true)
  assert.equal((late.facts['stable-latencies'] as Record<string, number>)['1'], 30)
  assert.equal(late.facts['stale-count'], 1)
})

test('an acknowledged element that a later read does not show is lost', () => {
  const verdict = checkSetFull(
    historyOf(
      ...done(0, 'add', 7),
      ...done(0, 'add', 8),
      ...done(0, 'read', null, [7, 8]),
      ...done(1, 'read', null, [8]),
    ),
  )
  assert.equal(verdict.valid, false)
  assert.deepEqual(verdict.facts['lost'], [7])
  assert.match(verdict.anomalies[0]!.words, /^7 was lost: n0 acknowledged it at 0\.010 s, and a read of n1/)
  assert.deepEqual(verdict.anomalies[0]!.events, [0, 1, 4, 6])
})

test('an element that was read, though never acknowledged, can be lost too', () => {
  const verdict = checkSetFull(
    historyOf(
      [0, 'invoke', 'add', 1],
      [0, 'info', 'add', 1],
      ...done(1, 'read', null, [1]),
      ...done(1, 'add', 2),
      ...done(2, 'read', null, [2]),
    ),
  )
  assert.deepEqual(kindsOf(verdict), ['lost'])
})

test('reads count by when they were asked, not by when they were answered', () => {
  // The read of process 1 is asked before the addition is acknowledged, and answered long after.
  const verdict = checkSetFull(
    historyOf(
      [0, 'invoke', 'add', 5],
      [1, 'invoke', 'read', null],
      [0, 'ok', 'add', 5],
      ...done(2, 'read', null, [5]),
      [1, 'ok', 'read', []],
    ),
  )
  assert.equal(verdict.valid, true)
  assert.equal((verdict.facts['stable-latencies'] as Record<string, number>)['1'], 0)
})

test('an addition that nobody acknowledged and no read showed was never read, and that is allowed', () => {
  const verdict = checkSetFull(
    historyOf([0, 'invoke', 'add', 1], [0, 'info', 'add', 1], ...done(1, 'add', 2), ...done(1, 'read', null, [2])),
  )
  assert.equal(verdict.valid, true)
  assert.deepEqual(verdict.facts['never-read'], [1])
})

test('elements shown twice, and elements of nobody, are anomalies', () => {
  const twice = checkSetFull(historyOf(...done(0, 'add', 1), ...done(0, 'read', null, [1, 1])))
  assert.deepEqual(kindsOf(twice), ['duplicate'])
  const invented = checkSetFull(historyOf(...done(0, 'add', 1), ...done(0, 'read', null, [1, 99])))
  assert.deepEqual(kindsOf(invented), ['invented'])
  const early = checkSetFull(
    historyOf(...done(0, 'read', null, [1]), ...done(0, 'add', 1), ...done(0, 'read', null, [1])),
  )
  assert.deepEqual(kindsOf(early), ['invented'])
})

test('where no element is known to stay the verdict is unknown', () => {
  assert.equal(checkSetFull(historyOf(...done(0, 'add', 1))).valid, 'unknown')
  assert.equal(checkSetFull(historyOf()).valid, 'unknown')
})

test('quantiles are taken as Jepsen takes them', () => {
  assert.deepEqual(quantilesOf([4, 1, 3, 2]), { '0': 1, '0.5': 3, '0.95': 4, '0.99': 4, '1': 4 })
})

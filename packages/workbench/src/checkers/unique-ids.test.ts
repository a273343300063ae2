import assert from 'node:assert/strict'
import { test } from 'node:test'
import { done, historyOf, kindsOf } from './history-kit.ts'
import { checkUniqueIds } from './unique-ids.ts'

test('different ids are valid, whatever they are', () => {
  const verdict = checkUniqueIds(
    historyOf(...done(0, 'generate', null, 1), ...done(1, 'generate', null, '1'), ...done(1, 'generate', null, [1])),
  )
  assert.equal(verdict.valid, true)
  assert.equal(verdict.facts['acknowledged-count'], 3)
})

test('an id that two nodes gave out is named, with both', () => {
  const verdict = checkUniqueIds(
    historyOf(...done(0, 'generate', null, { a: 1, b: 2 }), ...done(1, 'generate', null, { b: 2, a: 1 })),
  )
  assert.deepEqual(kindsOf(verdict), ['duplicate-id'])
  assert.match(verdict.anomalies[0]!.words, /given out 2 times, by n0 and n1/)
  assert.deepEqual(verdict.anomalies[0]!.events, [1, 3])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkedAbort } from './linked-abort.ts'

test('it aborts with its parent or by itself, which the parent does not hear of', () => {
  const parent = new AbortController()
  const [one, other] = [linkedAbort(parent.signal), linkedAbort(parent.signal)]
  one.abort()
  assert.deepEqual([one.signal.aborted, other.signal.aborted, parent.signal.aborted], [true, false, false])
  parent.abort()
  assert.deepEqual([other.signal.aborted, linkedAbort(parent.signal).signal.aborted], [true, true])
})

test('once it is disposed of its parent no longer aborts it', () => {
  const parent = new AbortController()
  const linked = linkedAbort(parent.signal)
  linked[Symbol.dispose]()
  parent.abort()
  assert.equal(linked.signal.aborted, false)
})

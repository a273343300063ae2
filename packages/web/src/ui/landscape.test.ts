import assert from 'node:assert/strict'
import { test } from 'node:test'
import { landscape } from './landscape.ts'

test('the same person always has the same landscape', () => {
  assert.deepEqual(landscape('did:plc:ana'), landscape('did:plc:ana'))
})

test('people differ', () => {
  const drawn = new Set(Array.from({ length: 200 }, (_, index) => JSON.stringify(landscape(`did:plc:person${index}`))))
  assert.equal(drawn.size, 200)
})

test('an empty name is drawn too', () => {
  assert.ok(landscape('').near.startsWith('M'))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fitted } from './size.ts'

test('a large photo shrinks to its longer side', () => {
  assert.deepEqual(fitted({ width: 4_032, height: 3_024 }), { width: 2_000, height: 1_500 })
  assert.deepEqual(fitted({ width: 3_000, height: 6_000 }), { width: 1_000, height: 2_000 })
})

test('a small photo stays as it is, and a thin one keeps a pixel', () => {
  assert.deepEqual(fitted({ width: 640, height: 480 }), { width: 640, height: 480 })
  assert.deepEqual(fitted({ width: 100_000, height: 3 }), { width: 2_000, height: 1 })
})

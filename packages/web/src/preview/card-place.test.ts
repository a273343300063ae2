import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cardPlace } from './card-place.ts'

const room = { width: 1_000, height: 800 }

test('a card stands below its link, above it at the foot of the window, and within its edges', () => {
  assert.deepEqual(cardPlace({ left: 100, top: 200, bottom: 220 }, room), { left: 100, top: 228 })
  assert.deepEqual(cardPlace({ left: 100, top: 700, bottom: 720 }, room), { left: 100, bottom: 108 })
  assert.deepEqual(cardPlace({ left: 990, top: 200, bottom: 220 }, room), { left: 688, top: 228 })
  assert.deepEqual(cardPlace({ left: 5, top: 10, bottom: 30 }, { width: 320, height: 100 }), { left: 8, top: 38 })
})

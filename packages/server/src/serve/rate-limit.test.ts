import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { createRateLimit } from './rate-limit.ts'

test('so many pass at once, and more as time goes by', async () => {
  const world = simWorld()
  const limit = createRateLimit(world, { count: 3, periodMs: 60_000 })
  assert.deepEqual(
    [1, 2, 3, 4].map(() => limit.allow('ana')),
    [true, true, true, false],
  )
  assert.equal(limit.allow('ben'), true)
  await world.advance(20_000)
  assert.deepEqual(
    [1, 2].map(() => limit.allow('ana')),
    [true, false],
  )
})

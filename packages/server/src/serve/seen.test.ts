import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { simWorld } from '@waypost/kernel/sim'
import { didOf } from '#project/given.ts'
import { createSeenStates } from './seen.ts'

test('what was seen is remembered, never goes back, and never beyond now', async () => {
  const world = simWorld()
  const { keyValue } = openMemoryEngine({ world })
  const seen = createSeenStates(world, keyValue)
  const now = world.clock.now()
  assert.equal(await seen.get(didOf('ana')), 0)
  await seen.raise(didOf('ana'), now - 1_000)
  await seen.raise(didOf('ana'), now - 2_000)
  assert.equal(await seen.get(didOf('ana')), now - 1_000)
  await seen.raise(didOf('ana'), now + 1e12)
  assert.equal(await createSeenStates(world, keyValue).get(didOf('ana')), now)
  assert.equal(await seen.get(didOf('ben')), 0)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { didOf } from '#project/given.ts'
import { givenPrivate } from './given-private.ts'
import { createSeenStates } from './seen.ts'

test('what was seen is remembered, never goes back, and never beyond now', async () => {
  const world = simWorld()
  await using own = await givenPrivate(world)
  const seen = createSeenStates(world, own.kept)
  const now = world.clock.now()
  assert.equal(seen.get(didOf('ana')), 0)
  await seen.raise(didOf('ana'), now - 1_000)
  await seen.raise(didOf('ana'), now - 2_000)
  assert.equal(seen.get(didOf('ana')), now - 1_000)
  await seen.raise(didOf('ana'), now + 1e12)
  assert.equal(createSeenStates(world, own.kept).get(didOf('ana')), now)
  assert.equal(seen.get(didOf('ben')), 0)
})

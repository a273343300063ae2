import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { watchLag } from './lag.ts'

test('a process that was paused knows that it may be behind for as long', async () => {
  const world = simWorld()
  const { every } = world.timers
  let isPaused = false
  const timers = {
    ...world.timers,
    every: (ms: number, act: () => void) => every(ms, () => (isPaused ? undefined : act())),
  }
  let end = 10
  using lag = watchLag({ world: { ...world, timers }, head: async () => end, position: () => 10 })
  await world.advance(5_000)
  isPaused = true
  end = 11
  await world.advance(60_000)
  isPaused = false
  await world.advance(1_000)
  assert.equal(lag.ms(), 61_000)
})

test('a lag is the time for which the log has had what the reader has not', async () => {
  const world = simWorld()
  const log = { head: 10, isAway: false }
  let position = 10
  const head = async (): Promise<number> => {
    if (log.isAway) throw new Error('away')
    return log.head
  }
  using lag = watchLag({ world, head, position: () => position })
  await world.advance(10_000)
  assert.equal(lag.ms(), 0)
  log.head = 20
  await world.advance(5_000)
  assert.equal(lag.ms(), 5_000)
  log.head = 30
  position = 20
  await world.advance(2_000)
  assert.equal(lag.ms(), 2_000)
  log.isAway = true
  position = 30
  await world.advance(60_000)
  assert.equal(lag.ms(), 0)
})

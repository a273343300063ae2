import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import type { KeyValue } from '@waypost/engine'
import { simWorld } from '@waypost/kernel/sim'
import { holdLease, IDLE_MS, LEASE_MS } from './lease.ts'

function open() {
  const world = simWorld()
  const { keyValue } = openMemoryEngine({ world })
  const turns: string[] = []
  return {
    world,
    keyValue,
    /** Who began and who ended, in order. */
    turns,
    hold: (owner: string, store: KeyValue = keyValue, idle?: () => Promise<void>) =>
      holdLease({
        world,
        keyValue: store,
        name: 'work',
        owner,
        ...(idle && { idle }),
        async work(signal) {
          turns.push(`${owner} begins`)
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
          turns.push(`${owner} ends`)
        },
      }),
  }
}

/** A store that its holder cannot reach while `isAway`: what a process that is paused is to the others. */
function reachable(keyValue: KeyValue) {
  const state = { isAway: false }
  const away = async (): Promise<never> => {
    throw new Error('away')
  }
  const store: KeyValue = {
    ...keyValue,
    get: (key) => (state.isAway ? away() : keyValue.get(key)),
    compareAndSet: (key, value, options) => (state.isAway ? away() : keyValue.compareAndSet(key, value, options)),
  }
  return { state, store }
}

test('of two processes one works, and the other one when the first has given the lease back', async () => {
  const { world, turns, hold } = open()
  const ana = hold('ana')
  const ben = hold('ben')
  await world.advance(60_000)
  assert.deepEqual([turns, ana.isHeld, ben.isHeld], [['ana begins'], true, false])
  await ana[Symbol.asyncDispose]()
  await world.advance(1_000)
  assert.deepEqual(turns, ['ana begins', 'ana ends', 'ben begins'])
  assert.ok(ben.isHeld)
  await ben[Symbol.asyncDispose]()
})

test('a lease that is not renewed goes to another, and its old holder ends as soon as it can look', async () => {
  const { world, turns, hold, keyValue } = open()
  const { state, store } = reachable(keyValue)
  const ana = hold('ana', store)
  await world.advance(10_000)
  const ben = hold('ben')
  await world.advance(10_000)
  state.isAway = true
  await world.advance(LEASE_MS - 1_500)
  assert.deepEqual(turns, ['ana begins'])
  await world.advance(3_000)
  assert.deepEqual(turns, ['ana begins', 'ben begins'])
  state.isAway = false
  await world.advance(1_000)
  assert.deepEqual(turns, ['ana begins', 'ben begins', 'ana ends'])
  await world.advance(60_000)
  assert.deepEqual([ana.isHeld, ben.isHeld], [false, true])
  await ana[Symbol.asyncDispose]()
  await ben[Symbol.asyncDispose]()
})

test('whoever waits keeps ready, and whoever holds the lease has other things to do', async () => {
  const { world, keyValue, hold } = open()
  const ana = hold('ana')
  await world.advance(1_000)
  let readied = 0
  const ben = hold('ben', keyValue, async () => {
    if (++readied === 2) throw new Error('the engine is away')
  })
  await world.advance(4 * IDLE_MS + 100)
  assert.equal(readied, 4)
  await ana[Symbol.asyncDispose]()
  await world.advance(1_000)
  assert.ok(ben.isHeld)
  await world.advance(10 * IDLE_MS)
  assert.equal(readied, 4)
  await ben[Symbol.asyncDispose]()
  await world.advance(10 * IDLE_MS)
  assert.equal(readied, 4)
})

test('while the store is away for everybody nobody takes anything from anybody', async () => {
  const { world, turns, hold, keyValue } = open()
  const { state, store } = reachable(keyValue)
  const ana = hold('ana', store)
  const ben = hold('ben', store)
  await world.advance(10_000)
  state.isAway = true
  await world.advance(60_000)
  state.isAway = false
  await world.advance(60_000)
  assert.deepEqual(turns, ['ana begins'])
  await ana[Symbol.asyncDispose]()
  await ben[Symbol.asyncDispose]()
})

test('whoever is started again goes on with what they held at once', async () => {
  const { world, turns, hold, keyValue } = open()
  const { state, store } = reachable(keyValue)
  hold('ana', store)
  await world.advance(1_000)
  state.isAway = true
  const again = hold('ana')
  await world.advance(0)
  assert.deepEqual(turns, ['ana begins', 'ana begins'])
  await again[Symbol.asyncDispose]()
})

test('a fault of the work is the fault of the lease', async () => {
  const world = simWorld()
  const { keyValue } = openMemoryEngine({ world })
  const lease = holdLease({
    world,
    keyValue,
    name: 'work',
    owner: 'ana',
    async work() {
      throw new Error('our own')
    },
  })
  await world.advance(1_000)
  await assert.rejects(lease.finished, /our own/)
  await lease[Symbol.asyncDispose]()
})

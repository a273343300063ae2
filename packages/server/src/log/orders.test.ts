import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import type { Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { createOrders, type Order } from './orders.ts'

const TRACK: Order = { kind: 'track', did: 'did:plc:ana' as Did }
const FOLLOW: Order = { kind: 'follow', host: 'https://pds.example' }

test('what was placed before anybody followed is carried out, once', async () => {
  const world = simWorld()
  const orders = createOrders(world, openMemoryEngine({ world }).keyValue)
  assert.ok(await orders.place(TRACK))
  assert.ok(await orders.place(TRACK))
  assert.ok(await orders.place(FOLLOW))
  const done: Order[] = []
  const stop = new AbortController()
  const following = orders.follow(async (order) => void done.push(order), stop.signal)
  await world.advance(60_000)
  assert.deepEqual(done, [TRACK, FOLLOW])
  assert.ok(await orders.place(TRACK))
  await world.advance(1_000)
  assert.deepEqual(done, [TRACK, FOLLOW, TRACK])
  stop.abort()
  await following
})

test('an order whose carrier ended in the middle, or failed, is handed out again', async () => {
  const world = simWorld()
  const orders = createOrders(world, openMemoryEngine({ world }).keyValue)
  await orders.place(TRACK)
  let begun = 0
  const first = new AbortController()
  void orders.follow(() => (begun++, new Promise(() => {})), first.signal)
  await world.advance(60_000)
  first.abort()
  await world.advance(0)
  const second = new AbortController()
  const following = orders.follow(async () => {
    begun++
    if (begun === 2) throw new Error('their server is away')
  }, second.signal)
  await world.advance(60_000)
  assert.equal(begun, 3)
  second.abort()
  await following
})

test('an order that is placed again while it is being carried out is carried out once more, from then on', async () => {
  const world = simWorld()
  const orders = createOrders(world, openMemoryEngine({ world }).keyValue)
  await orders.place(TRACK)
  const done: Order[] = []
  const first = Promise.withResolvers<void>()
  const stop = new AbortController()
  const following = orders.follow(async (order) => {
    if (done.push(order) === 1) await first.promise
  }, stop.signal)
  await world.advance(1_000)
  assert.ok(await orders.place(TRACK))
  await world.advance(1_000)
  assert.deepEqual(done, [TRACK])
  first.resolve()
  await world.advance(60_000)
  assert.deepEqual(done, [TRACK, TRACK])
  stop.abort()
  await following
})

test('an order that was carried out while its carrier was told to end is there for the next one', async () => {
  const world = simWorld()
  const orders = createOrders(world, openMemoryEngine({ world }).keyValue)
  await orders.place(TRACK)
  const first = new AbortController()
  const ended = orders.follow(async () => first.abort(), first.signal)
  await world.advance(1_000)
  await ended
  const done: Order[] = []
  const second = new AbortController()
  const following = orders.follow(async (order) => void done.push(order), second.signal)
  await world.advance(1_000)
  assert.deepEqual(done, [TRACK])
  second.abort()
  await following
})

test('past a limit no more are taken', async () => {
  const world = simWorld()
  const orders = createOrders(world, openMemoryEngine({ world }).keyValue)
  const placed: boolean[] = []
  for (let at = 0; at < 2_001; at++) placed.push(await orders.place({ kind: 'track', did: `did:plc:${at}` as Did }))
  assert.deepEqual([placed.indexOf(false), placed.lastIndexOf(true)], [2_000, 1_999])
})

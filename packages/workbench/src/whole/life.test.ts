import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { virtualTime } from '../inside/virtual-time.ts'
import { beginLife } from './life.ts'
import { createTally } from './tally.ts'

test('a life that is over wakes no more, and holds on to no signal', async () => {
  const time = virtualTime(1)
  const life = beginLife(time, { seed: 1, name: 'a', tally: createTally() })
  const stop = new AbortController()
  let woken = 0
  for (const delayMs of [10, 1_000]) void life.world.timers.sleep(delayMs, stop.signal).then(() => woken++)
  await time.drive(time.world.timers.sleep(100))
  assert.deepEqual([woken, getEventListeners(stop.signal, 'abort').length], [1, 1])
  life.end()
  assert.equal(getEventListeners(stop.signal, 'abort').length, 0)
  stop.abort()
  await time.drive(time.world.timers.sleep(2_000))
  assert.equal(woken, 1)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from './sim-world.ts'

test('an hour passes in no time, with timers in order', async () => {
  const world = simWorld()
  const seen: string[] = []
  using _minutes = world.timers.every(60_000, () => void seen.push('minute'))
  void world.timers.sleep(90_000).then(() => seen.push('slept'))
  await world.advance(3 * 60_000)
  assert.deepEqual(seen, ['minute', 'slept', 'minute', 'minute'])
})

test('a sleep ends when its signal aborts', async () => {
  const world = simWorld()
  const stop = new AbortController()
  const sleep = world.timers.sleep(1_000_000, stop.signal)
  stop.abort()
  await sleep
  assert.equal(world.clock.elapsed(), 0)
})

test('the same seed gives the same dice, another one gives others', () => {
  const roll = (seed: number): string => Buffer.from(simWorld({ seed }).random.bytes(16)).toString('hex')
  assert.equal(roll(3), roll(3))
  assert.notEqual(roll(3), roll(4))
})

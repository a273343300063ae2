import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualTime } from './virtual-time.ts'

test('a day passes in no time, and promises settle between two events', async () => {
  const { world, drive } = virtualTime(1)
  const seen: string[] = []
  async function chain(name: string): Promise<void> {
    for (let link = 0; link < 5; link++) await Promise.resolve()
    seen.push(`${name} at ${world.clock.elapsed()}`)
  }
  void world.timers.sleep(10).then(() => chain('first'))
  void world.timers.sleep(10).then(() => seen.push('second'))
  await drive(world.timers.sleep(86_400_000))
  assert.deepEqual(seen, ['first at 10', 'second'])
  assert.equal(world.clock.elapsed(), 86_400_000)
})

test('what is waited for in vain is a fault', async () => {
  const { drive } = virtualTime(1)
  await assert.rejects(drive(new Promise(() => undefined)), /waits for something that will happen/)
})

test('an action that lasts longer than its period is not called twice at once', async () => {
  const { world, drive } = virtualTime(1)
  let [running, most, calls] = [0, 0, 0]
  using _every = world.timers.every(10, async () => {
    calls++
    most = Math.max(most, ++running)
    await world.timers.sleep(25)
    running--
  })
  await drive(world.timers.sleep(100))
  assert.deepEqual([most, calls], [1, 3])
})

test('an aborted sleep ends at once, and its timer is gone', async () => {
  const { world, drive } = virtualTime(1)
  const stop = new AbortController()
  await drive(Promise.all([world.timers.sleep(1_000_000, stop.signal), world.timers.sleep(5).then(() => stop.abort())]))
  assert.equal(world.clock.elapsed(), 5)
})

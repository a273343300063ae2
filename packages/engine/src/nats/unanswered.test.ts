import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { createUnanswered, OVERTAKEN_MS, SILENT_MS_MAX, type OnItsWay } from './unanswered.ts'

function given() {
  const world = simWorld()
  const unanswered = createUnanswered(world)
  const lost: string[] = []
  return {
    lost,
    send(name: string): OnItsWay {
      const one = unanswered.send()
      void one.lost.then(() => lost.push(name))
      return one
    },
    after: (ms: number) => world.advance(ms),
    [Symbol.dispose]: () => unanswered[Symbol.dispose](),
  }
}

test('whoever was overtaken is lost, and nobody else', async () => {
  using stream = given()
  stream.send('first')
  await stream.after(OVERTAKEN_MS / 2)
  stream.send('second')
  await stream.after(OVERTAKEN_MS / 2)
  const third = stream.send('third')
  stream.send('fourth')
  third.answered()
  third.over()
  await stream.after(0)
  assert.deepEqual(stream.lost, ['first'])
})

test('one after another is lost where nothing is answered, and all the others with the first answer', async () => {
  using stream = given()
  for (const name of ['a', 'b', 'c', 'd']) stream.send(name)
  await stream.after(SILENT_MS_MAX - 300)
  assert.deepEqual(stream.lost, [])
  await stream.after(600)
  assert.deepEqual(stream.lost, ['a'])
  const again = stream.send('a again')
  await stream.after(SILENT_MS_MAX)
  assert.deepEqual(stream.lost, ['a', 'b'])
  again.answered()
  await stream.after(0)
  assert.deepEqual(stream.lost, ['a', 'b', 'c', 'd'])
})

test('a stream that answers slowly, but answers, loses nothing, and neither does one that nobody writes to', async () => {
  using stream = given()
  const sent: OnItsWay[] = []
  for (let nth = 0; nth < 40; nth++) {
    sent.push(stream.send(String(nth)))
    await stream.after(250)
    if (nth < 4) continue
    const oldest = sent.shift()!
    oldest.answered()
    oldest.over()
  }
  for (const one of sent) one.over()
  await stream.after(60_000)
  assert.deepEqual(stream.lost, [])
})

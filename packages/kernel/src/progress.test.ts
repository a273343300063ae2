import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProgress } from './progress.ts'
import { simWorld } from './sim-world.ts'

test('a terminal shows one line that changes, a file a line every five seconds', async () => {
  const world = simWorld()
  const written: Record<string, string[]> = { terminal: [], file: [] }
  const terminal = startProgress(world, { isTTY: true, write: (text) => written['terminal']!.push(text) })
  const file = startProgress(world, { write: (text) => written['file']!.push(text) })
  for (let done = 0; done <= 10; done++) {
    for (const progress of [terminal, file]) progress.show('playing', done, 10, 'fast')
    await world.advance(1_000)
  }
  for (const progress of [terminal, file]) progress.finish()
  assert.equal(written['terminal']!.length, 12)
  assert.equal(
    written['terminal']!.slice(0, -1).every((text) => text.startsWith('\r')),
    true,
  )
  assert.equal(written['file']!.length, 3)
  assert.match(written['file']!.at(-1)!, /^playing +\[#{24}\] 100 % +10\/10 +fast\n$/)
})

test('a total that is still being counted says so', () => {
  const written: string[] = []
  const progress = startProgress(simWorld(), { write: (text) => written.push(text) })
  progress.show('looking', 0, { atLeast: 0 })
  progress.show('looking', 50, { atLeast: 200 }, 'slow')
  progress.finish()
  assert.match(written[0]!, / 0 % +0\/0\+\n$/)
  assert.match(written[1]!, / 25 % +50\/200\+ +slow\n$/)
})

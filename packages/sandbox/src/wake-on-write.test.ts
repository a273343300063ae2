import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { wakeOnWrite } from './wake-on-write.ts'

/** As much of the PDS's sequencer as is changed here. */
function idleSequencer() {
  const written: string[] = []
  return {
    written,
    async sequenceEvts(events: string[]): Promise<number[]> {
      written.push(...events)
      return events.map((_, index) => index)
    },
    exponentialBackoff: async (): Promise<void> => assert.fail('the PDS waits in its own way'),
  }
}

test('a write wakes the sequencer, and is written first', async () => {
  const world = simWorld()
  const sequencer = idleSequencer()
  wakeOnWrite(world, sequencer)
  const rested = sequencer.exponentialBackoff().then(() => world.clock.elapsed())
  await world.advance(40)
  assert.deepEqual(await sequencer.sequenceEvts(['a']), [0])
  assert.equal(await rested, 40)
  assert.deepEqual(sequencer.written, ['a'])
})

test('what was written while the sequencer looked is looked for at once', async () => {
  const world = simWorld()
  const sequencer = idleSequencer()
  wakeOnWrite(world, sequencer)
  await sequencer.sequenceEvts(['a'])
  await sequencer.exponentialBackoff()
  assert.equal(world.clock.elapsed(), 0)
})

test('an idle sequencer sleeps a second', async () => {
  const world = simWorld()
  const sequencer = idleSequencer()
  wakeOnWrite(world, sequencer)
  let rests = 0
  void (async () => {
    for (; rests < 100; rests++) await sequencer.exponentialBackoff()
  })()
  await world.advance(3_000)
  assert.equal(rests, 3)
})

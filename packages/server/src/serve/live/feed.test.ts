import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { account, checkedIn, checkinUri, deleted, didOf, givenEvents, tell } from '#project/given.ts'
import { liveListener } from './feed.ts'
import type { LiveChange, Tail } from './tail.ts'

const ana = didOf('ana')

/** What those who follow live are told of the last events, by a server that folded in the others before. */
function toldOf(events: ReturnType<typeof tell>, last: number): readonly unknown[] {
  using story = givenEvents(events.slice(0, events.length - last))
  story.and(events.slice(events.length - last))
  const told: LiveChange[] = []
  const tail = { publish: (changes: readonly LiveChange[]) => void told.push(...changes) } as Tail
  const listener = liveListener(simWorld(), { tail, views: () => [], fresh: () => {} })
  listener({ ...story.last, through: events.length })
  return told.map((change) => [change.seq, change.kind, change.kind === 'account' ? change.did : change.uri])
}

test('an account that goes is told in one word, and what went by itself is told by itself', () => {
  const before = [checkedIn('ana', 'one'), checkedIn('ana', 'two'), checkedIn('ben', 'three')]
  for (const status of ['deactivated', 'takendown', 'suspended', 'deleted']) {
    const events = tell([...before, deleted('ana', 'one'), account('ana', status), deleted('ben', 'three')])
    assert.deepEqual(toldOf(events, 3), [
      [4, 'deletion', checkinUri('ana', 'one')],
      [5, 'account', ana],
      [6, 'deletion', checkinUri('ben', 'three')],
    ])
  }
})

test('whoever reads the log after an account was erased tells of its end all the same', () => {
  const [end] = tell([checkedIn('ana', 'one'), account('ana', 'deleted')]).slice(1)
  assert.deepEqual(toldOf([end!], 1), [[1, 'account', ana]])
  const hiddenBefore = tell([checkedIn('ana', 'one'), account('ana', 'deactivated'), account('ana', 'deleted')])
  assert.deepEqual(toldOf(hiddenBefore, 1), [[3, 'account', ana]])
})

test('what is said of an account that stays as it is tells nobody anything', () => {
  const steps = [checkedIn('ana', 'one'), account('ana', 'deactivated'), account('ana', 'suspended')]
  assert.deepEqual(toldOf(tell(steps), 1), [])
  assert.deepEqual(toldOf(tell([...steps, account('ana', 'active')]), 1), [])
  assert.deepEqual(toldOf(tell([checkedIn('ana', 'one'), account('ana', 'throttled')]), 1), [])
})

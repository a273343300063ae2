import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LwwMap } from '@waypost/gossip'
import { checkinUri, didOf } from '#project/given.ts'
import {
  createPresences,
  PRESENT_MS,
  QUARTER_MS,
  readPresences,
  type Presence,
  type PresenceMap,
  type Presences,
} from './presences.ts'

const NOW_MS = 100 * QUARTER_MS

function at(place: string, who: string, sinceMs = NOW_MS): Presence {
  return { checkin: checkinUri(who, place), place, sinceMs }
}

function whoIsAt(presences: Presences, place: string, nowMs: number): readonly string[] {
  return presences.at([place], nowMs).map(({ did }) => did)
}

test('somebody is where they said last, until two hours after their check-in', () => {
  const presences = createPresences({ writer: 'a' })
  presences.enter(didOf('ana'), at('cafe', 'ana'), NOW_MS)
  presences.enter(didOf('ana'), at('bar', 'ana', NOW_MS + 1), NOW_MS + 1)
  assert.deepEqual(whoIsAt(presences, 'cafe', NOW_MS + 1), [])
  assert.deepEqual(whoIsAt(presences, 'bar', NOW_MS + PRESENT_MS), [didOf('ana')])
  assert.deepEqual(whoIsAt(presences, 'bar', NOW_MS + PRESENT_MS + 1), [])
  assert.equal(presences.of(didOf('ana'), NOW_MS + PRESENT_MS + 1), undefined)
})

test('whoever leaves is nowhere, also when they were nowhere before', () => {
  const presences = createPresences({ writer: 'a' })
  presences.leave(didOf('ana'), NOW_MS)
  assert.equal(presences.size(), 0)
  presences.enter(didOf('ana'), at('cafe', 'ana'), NOW_MS)
  presences.leave(didOf('ana'), NOW_MS)
  assert.deepEqual(whoIsAt(presences, 'cafe', NOW_MS), [])
})

test('two hours after the last word of them nothing of people is in memory', () => {
  const presences = createPresences({ writer: 'a' })
  presences.enter(didOf('ana'), at('cafe', 'ana'), NOW_MS)
  presences.enter(didOf('ben'), at('cafe', 'ben'), NOW_MS)
  presences.leave(didOf('ben'), NOW_MS + 1)
  presences.forget(NOW_MS + PRESENT_MS - 1)
  assert.equal(presences.size(), 2)
  presences.forget(NOW_MS + PRESENT_MS + 1)
  assert.equal(presences.size(), 0)
  assert.deepEqual(presences.at(['cafe'], NOW_MS), [])
})

test('beyond as many people as are remembered nobody comes in until somebody is forgotten', () => {
  const presences = createPresences({ writer: 'a', peopleMax: 1 })
  assert.equal(presences.enter(didOf('ana'), at('cafe', 'ana'), NOW_MS), true)
  assert.equal(presences.enter(didOf('ben'), at('cafe', 'ben'), NOW_MS), false)
  assert.equal(presences.enter(didOf('ana'), at('bar', 'ana'), NOW_MS), true)
  presences.join(
    new Map([[didOf('ben'), { value: at('bar', 'ben'), atMs: NOW_MS, writer: 'b', untilMs: NOW_MS + 1 }]]),
    NOW_MS,
  )
  assert.deepEqual(whoIsAt(presences, 'bar', NOW_MS), [didOf('ana')])
  presences.forget(NOW_MS + PRESENT_MS + 1)
  assert.equal(presences.enter(didOf('ben'), at('cafe', 'ben'), NOW_MS + PRESENT_MS + 1), true)
})

test('when a quarter of an hour begins who is where is noted, and stays so until the next', () => {
  const presences = createPresences({ writer: 'a' })
  const stood = (nowMs: number) => presences.stoodAt(['cafe'], nowMs).map(({ did }) => did)
  presences.enter(didOf('ana'), at('cafe', 'ana'), NOW_MS + 1)
  assert.deepEqual(stood(NOW_MS + 1), [])
  presences.leave(didOf('ana'), NOW_MS + QUARTER_MS)
  assert.deepEqual(stood(NOW_MS + 2 * QUARTER_MS - 1), [didOf('ana')])
  assert.deepEqual(stood(NOW_MS + 2 * QUARTER_MS), [])
})

test('replicas that hear each other’s deltas, in any order, know the same', () => {
  const deltas: PresenceMap[] = []
  const told = (delta: PresenceMap): void => void deltas.push(delta)
  const one = createPresences({ writer: 'a', told })
  one.enter(didOf('ana'), at('cafe', 'ana'), NOW_MS)
  one.enter(didOf('ben'), at('cafe', 'ben'), NOW_MS)
  one.leave(didOf('ana'), NOW_MS + 1)
  const other = createPresences({ writer: 'b' })
  for (const delta of deltas.toReversed()) other.join(delta, NOW_MS + 2)
  assert.deepEqual(other.at(['cafe'], NOW_MS + 2), one.at(['cafe'], NOW_MS + 2))
  assert.deepEqual(whoIsAt(other, 'cafe', NOW_MS + 2), [didOf('ben')])
})

test('what no replica of ours would say is not taken: what lasts too long, comes from the future or is long over', () => {
  const presences = createPresences({ writer: 'a' })
  const say = (atMs: number, untilMs: number): void =>
    presences.join(new Map([[didOf('ana'), { value: at('cafe', 'ana'), atMs, writer: 'b', untilMs }]]), NOW_MS)
  say(NOW_MS, NOW_MS + PRESENT_MS + 1)
  say(NOW_MS + QUARTER_MS, NOW_MS + QUARTER_MS + 1)
  say(NOW_MS - PRESENT_MS, NOW_MS)
  assert.equal(presences.size(), 0)
  say(NOW_MS, NOW_MS + PRESENT_MS)
  assert.equal(presences.size(), 1)
})

test('whoever leaves at a replica that has not heard of them is gone at all others too', () => {
  const deltas: PresenceMap[] = []
  const [one, other] = ['a', 'b'].map((writer) =>
    createPresences({ writer, peopleMax: 1, told: (delta) => void deltas.push(delta) }),
  ) as [Presences, Presences]
  one.enter(didOf('ana'), at('cafe', 'ana'), NOW_MS)
  other.leave(didOf('ana'), NOW_MS + 1)
  one.join(deltas[1]!, NOW_MS + 2)
  other.join(deltas[0]!, NOW_MS + 2)
  for (const each of [one, other]) assert.deepEqual(whoIsAt(each, 'cafe', NOW_MS + 2), [])
  other.leave(didOf('ben'), NOW_MS + 2)
  other.leave(didOf('eve'), NOW_MS + 2)
  assert.equal(other.size(), 2, 'of traces, too, only so many are remembered')
})

test('what comes from another replica and has not the shape of a presence is left out', () => {
  const value = at('cafe', 'ana')
  const said = (key: string, what: unknown): LwwMap<unknown> =>
    new Map([[key, { value: what, atMs: NOW_MS, writer: 'b', untilMs: NOW_MS + 1 }]])
  assert.equal(readPresences(said(didOf('ana'), value)).size, 1)
  assert.equal(readPresences(said(didOf('ana'), undefined)).size, 1)
  for (const wrong of [null, 'cafe', { ...value, checkin: 'cafe' }, { ...value, place: 1 }, { ...value, sinceMs: '1' }])
    assert.equal(readPresences(said(didOf('ana'), wrong)).size, 0)
  assert.equal(readPresences(said('ana', value)).size, 0)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forgetEnded, joinMaps, setDelta, type LwwMap } from '../crdt/lww-map.ts'
import { differing, digestOf, firstWholeMinute } from './digest.ts'
import { readSpreadMessage, type SpreadMessage } from './message.ts'
import { newSpread, stepSpread, type SpreadState } from './spread.ts'

const LIFE_MS = 3_600_000
const START_MS = Date.UTC(2026, 0, 1)

function written(keys: readonly string[], nowMs: number): LwwMap<unknown> {
  const deltas = keys.map((key) => setDelta(new Map(), { key, writer: 'w', nowMs }, `at ${key}`, nowMs + LIFE_MS))
  return deltas.reduce(joinMaps, new Map())
}

/** Two nodes of which the second takes what it likes; answers how many entries were sent, by the round. */
function meet(held: LwwMap<unknown>, { rounds, takes }: { rounds: number; takes: (key: string) => boolean }): number[] {
  const maps = new Map<string, LwwMap<unknown>>([
    ['a', held],
    ['b', new Map()],
  ])
  const states = new Map<string, SpreadState>(['a', 'b'].map((self) => [self, newSpread({ self, lifeMs: LIFE_MS })]))
  let nowMs = 0
  let sent = 0
  const step = (id: string, input: Parameters<typeof stepSpread>[1]): void => {
    const at = { nowMs, wallMs: START_MS + nowMs, fraction: () => 0.5, map: maps.get(id)! }
    const { sends, events } = stepSpread(states.get(id)!, input, at)
    for (const { delta } of events)
      maps.set(id, joinMaps(maps.get(id)!, new Map([...delta].filter(([key]) => takes(key)))))
    for (const { to, message } of sends) {
      if (message.kind === 'entries') sent += message.entries.length
      step(to, { kind: 'message', from: id, message })
    }
  }
  for (const [id, other] of [
    ['b', 'a'],
    ['a', 'b'],
  ] as const)
    step(id, { kind: 'command', command: { kind: 'neighbours', ids: [other] } })
  const counts = [sent]
  for (let round = 1; round < rounds; round++) {
    nowMs += 1_000
    sent = 0
    step('a', { kind: 'tick' })
    counts.push(sent)
  }
  return counts
}

test('neighbours that hold the same send digests alone', () => {
  const held = written(['ana', 'ben'], START_MS - 60_000)
  assert.deepEqual(meet(held, { rounds: 4, takes: () => true }), [2, 0, 0, 0])
})

test('what one of two does not take is offered a few times, and then now and then', () => {
  const held = written(['ana', 'ben', 'eve'], START_MS - 60_000)
  const counts = meet(held, { rounds: 40, takes: (key) => key !== 'eve' })
  const offered = counts.filter((count) => count > 0).length
  assert.ok(offered >= 6 && offered <= 9, `${offered} times`)
})

test('nodes that forget at different moments still agree', () => {
  const early = written(['ana'], START_MS + 30_000)
  const all = joinMaps(early, written(['ben'], START_MS + 200_000))
  const nowMs = START_MS + LIFE_MS + 40_000
  const digest = (map: LwwMap<unknown>, wallMs: number) => digestOf(map, firstWholeMinute({ wallMs, lifeMs: LIFE_MS }))
  const forgetful = forgetEnded(all, nowMs, { lifeMs: LIFE_MS })
  assert.equal(forgetful.size, 1)
  assert.deepEqual(differing(digest(all, nowMs), digest(forgetful, nowMs)), [])
  assert.deepEqual(differing(digest(all, nowMs - 60_000), digest(forgetful, nowMs)), [], 'also where clocks differ')
  assert.equal(differing(digest(all, nowMs), digest(new Map(), nowMs)).length, 1)
})

test('what is no message is refused with a reason', () => {
  const entry = ['ana', 1, 'w', 2, { place: 'cafe' }]
  const sound: SpreadMessage[] = [
    { kind: 'entries', entries: [['ana', 1, 'w', 2]] },
    { kind: 'digest', since: 0, rows: [[1, 2]] },
    { kind: 'want', minutes: [1] },
  ]
  for (const message of sound) assert.equal(readSpreadMessage(message).ok, true)
  const cases: [unknown, string][] = [
    ['entries', 'not-an-object'],
    [{ kind: 'shout' }, 'bad-kind'],
    [{ kind: 'entries', entries: [entry.slice(0, 3)] }, 'bad-entries'],
    [{ kind: 'entries', entries: Array.from({ length: 201 }, () => entry) }, 'bad-entries'],
    [{ kind: 'entries', entries: [['ana', 1.5, 'w', 2]] }, 'bad-entries'],
    [{ kind: 'digest', since: 0, rows: [[1, '2']] }, 'bad-digest'],
    [{ kind: 'digest', rows: [] }, 'bad-digest'],
    [{ kind: 'want', minutes: Array.from({ length: 2_000 }, () => 1) }, 'bad-minutes'],
  ]
  for (const [raw, error] of cases) assert.deepEqual(readSpreadMessage(raw), { ok: false, error })
})

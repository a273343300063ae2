import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBroadcastMessage } from './message.ts'

const sound = { type: 'gossip', runs: [['n1', 1, ['a']]], known: [['n2', 0]], hub: 'n0', sentMs: 12.5, echo: [3, 0] }

test('a message is read whatever else lies beside its own keys', () => {
  assert.deepEqual(readBroadcastMessage(sound), { ok: true, value: sound })
})

test('what is no message is refused with a reason', () => {
  const cases: [unknown, string][] = [
    ['gossip', 'not-an-object'],
    [null, 'not-an-object'],
    [{ ...sound, runs: {} }, 'bad-runs'],
    [{ ...sound, runs: [['n1', 0, []]] }, 'bad-runs'],
    [{ ...sound, runs: [['n1', 1, 'a']] }, 'bad-runs'],
    [{ ...sound, runs: [['n1', 1, []]] }, 'bad-runs'],
    [{ ...sound, known: [['n1', -1]] }, 'bad-marks'],
    [{ ...sound, stable: [['n1', 1.5]] }, 'bad-marks'],
    [{ ...sound, stable: [[1, 1]] }, 'bad-marks'],
    [{ ...sound, hub: undefined }, 'bad-fields'],
    [{ ...sound, sentMs: '1' }, 'bad-fields'],
    [{ ...sound, digest: 'tell' }, 'bad-fields'],
    [{ ...sound, urgent: 'yes' }, 'bad-fields'],
    [{ ...sound, nextMs: -1 }, 'bad-fields'],
    [{ ...sound, waitedMs: null }, 'bad-fields'],
    [{ ...sound, life: NaN }, 'bad-fields'],
    [{ ...sound, echo: [1] }, 'bad-fields'],
  ]
  for (const [raw, error] of cases) assert.deepEqual(readBroadcastMessage(raw), { ok: false, error })
})

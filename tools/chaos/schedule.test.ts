import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawFaults, FAULT_KINDS, type FaultKind } from './schedule.ts'

const kinds = Object.keys(FAULT_KINDS) as FaultKind[]

test('a seed always gives the same faults, and another one others', () => {
  const drawn = (seed: number) => drawFaults({ seed, count: 40, everyMs: 20_000, kinds })
  assert.deepEqual(drawn(7), drawn(7))
  assert.notDeepEqual(drawn(7), drawn(8))
})

test('every kind that is asked for comes before any comes twice, one fault at a time, and nothing else comes', () => {
  for (let seed = 1; seed < 50; seed++) {
    const asked = kinds.slice(0, 1 + (seed % kinds.length))
    const faults = drawFaults({ seed, count: 30, everyMs: 20_000, kinds: asked })
    assert.deepEqual(new Set(faults.slice(0, asked.length).map(({ kind }) => kind)), new Set(asked))
    assert.ok(faults.every(({ kind }) => asked.includes(kind)))
    assert.deepEqual(
      faults.map(({ atMs }) => atMs),
      faults.map((_, at) => (at + 1) * 20_000),
    )
    assert.ok(faults.every(({ victim, other, forMs }) => victim !== other && forMs < 20_000))
  }
})

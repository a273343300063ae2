import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsFor, simulate } from './simulate.ts'

const SHORT = { minutes: 1, replicas: 2, ingests: 2 } as const

test('the same seed gives the same history, byte for byte', async () => {
  const first = await simulate({ ...SHORT, seed: 1 })
  const second = await simulate({ ...SHORT, seed: 1 })
  const other = await simulate({ ...SHORT, seed: 2 })
  assert.equal(first.history.join('\n'), second.history.join('\n'))
  assert.notEqual(first.history.join('\n'), other.history.join('\n'))
})

test('a network in which nothing goes wrong shows everything within two seconds', async () => {
  const { violations, deeds, healedMs, refusals } = await simulate({ ...SHORT, seed: 3, faults: [] })
  assert.deepEqual(violations, [])
  assert.deepEqual(refusals, {})
  assert.ok(deeds > 20, `${deeds} deeds`)
  assert.ok(healedMs <= 2_000, `${healedMs} ms`)
})

test('whatever goes wrong, afterwards every feed shows what it must, and each fault made a difference in some seed', async () => {
  const fired = new Set<string>()
  for (const seed of [1, 5, 13]) {
    const { violations, faults } = await simulate({ ...SHORT, seed })
    assert.deepEqual(violations, [], `seed ${seed}`)
    for (const [kind, count] of Object.entries(faults)) if (count > 0) fired.add(kind)
  }
  assert.deepEqual(
    faultsFor(2).filter((kind) => !fired.has(kind)),
    [],
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Histogram, Registry } from 'prom-client'
import { readFigures } from '#serve/ops/figures.ts'
import { createObjective, FRESHNESS } from '#serve/ops/objective.ts'

const MINUTE_MS = 60_000

function given() {
  const registry = new Registry()
  const fresh = new Histogram({ name: FRESHNESS.metric, help: 'f', buckets: [1, 2, 5], registers: [registry] })
  const objective = createObjective()
  return {
    objective,
    async hour(at: number, { good, bad }: { good: number; bad: number }) {
      for (let n = 0; n < good; n++) fresh.observe(1.5)
      for (let n = 0; n < bad; n++) fresh.observe(3)
      objective.note(await readFigures(registry, [FRESHNESS.metric], at * MINUTE_MS))
    },
  }
}

test('before anybody has checked in nothing is said of how fresh check-ins are', () => {
  const { current, budgetLeft, windows } = createObjective().standing()
  assert.deepEqual([current, budgetLeft], [undefined, undefined])
  assert.deepEqual(
    windows.map(({ burnRate }) => burnRate),
    [undefined, undefined, undefined, undefined],
  )
})

test('how fast the error budget is spent is seen over each window, and what is left of it', async () => {
  const { objective, hour } = given()
  await hour(0, { good: 0, bad: 0 })
  await hour(60, { good: 990, bad: 10 })
  await hour(119, { good: 0, bad: 0 })
  await hour(120, { good: 90, bad: 10 })
  const { current, budgetLeft, windows, heldMs, total } = objective.standing()
  assert.equal(heldMs, 120 * MINUTE_MS)
  assert.equal(total, 1_100)
  assert.equal(current!.toFixed(4), '0.9818')
  assert.equal(budgetLeft!.toFixed(2), '-0.82')
  assert.deepEqual(
    windows.map(({ name, burnRate }) => `${name} ${burnRate?.toFixed(2)}`),
    ['5m 10.00', '1h 10.00', '6h 1.82', '3d 1.82'],
  )
})

test('what is older than three days is forgotten', async () => {
  const { objective, hour } = given()
  await hour(0, { good: 0, bad: 0 })
  await hour(1, { good: 0, bad: 100 })
  for (let at = 2; at < 3 * 1_440 + 100; at++) await hour(at, { good: 1, bad: 0 })
  const { heldMs, windows } = objective.standing()
  assert.equal(windows.at(-1)!.burnRate, 0)
  assert.ok(heldMs <= 3 * 1_440 * MINUTE_MS)
})

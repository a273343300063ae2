import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLatencies, LATENCY_MS_MAX } from './latencies.ts'

function noted(values: readonly number[]) {
  const latencies = createLatencies()
  for (const value of values) latencies.note(value)
  return latencies
}

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) <= expected * 0.001 + 0.001, `${actual}, not ${expected}`)

test('percentiles are those of the values, to three digits', () => {
  const { count, mean, p50, p90, p99, p999, max } = noted(
    Array.from({ length: 10_000 }, (_, nth) => (nth + 1) / 10),
  ).summary()
  assert.equal(count, 10_000)
  near(mean, 500.05)
  near(p50, 500)
  near(p90, 900)
  near(p99, 990)
  near(p999, 999)
  near(max, 1_000)
})

test('of any values, percentiles are in order and each is one of them, to three digits', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.001, max: 100_000, noNaN: true }), { minLength: 1 }), (values) => {
      const { p50, p90, p99, p999, max } = noted(values).summary()
      const sorted = values.toSorted((a, b) => a - b)
      for (const [share, found] of [
        [0.5, p50],
        [0.9, p90],
        [0.99, p99],
        [0.999, p999],
        [1, max],
      ] as const) {
        // Which of two neighbours it is depends on how a rank is rounded.
        const rank = share * sorted.length
        const among = [Math.floor(rank) - 1, Math.ceil(rank)].map((at) =>
          sorted.at(Math.max(0, Math.min(at, sorted.length - 1)))!,
        )
        assert.ok(found >= among[0]! * 0.999 - 0.001 && found <= among[1]! * 1.001 + 0.001, `${found} of ${sorted}`)
      }
      return p50 <= p90 && p90 <= p99 && p99 <= p999 && p999 <= max
    }),
  )
})

test('two histograms together are that of all values', () => {
  const [some, others] = [
    [1, 2, 3, 400],
    [5, 6, 7_000],
  ]
  const both = noted(some!)
  both.add(noted(others!))
  assert.deepEqual(both.summary(), noted([...some!, ...others!]).summary())
})

test('nothing is 0, and what is out of range is at its end', () => {
  assert.deepEqual(createLatencies().summary(), { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 })
  const { p50, max } = noted([0, 0, 10 * LATENCY_MS_MAX]).summary()
  assert.equal(p50, 0.001)
  near(max, LATENCY_MS_MAX)
  const cleared = noted([5])
  cleared.clear()
  assert.equal(cleared.summary().count, 0)
})

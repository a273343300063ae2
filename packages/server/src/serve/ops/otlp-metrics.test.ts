import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { hrTime, toOtlpMetrics } from '#serve/ops/otlp-metrics.ts'

test('figures keep their names and labels, and a histogram counts between its bounds', async () => {
  const registers = [new Registry()]
  new Counter({ name: 'a_total', help: 'a', labelNames: ['kind'], registers }).inc({ kind: 'x' }, 3)
  new Gauge({ name: 'b', help: 'b', registers }).set(5)
  const histogram = new Histogram({ name: 'c_seconds', help: 'c', labelNames: ['stage'], buckets: [1, 2], registers })
  for (const seconds of [0.5, 1.5, 1.7, 9]) histogram.observe({ stage: 'log' }, seconds)
  const [a, b, c] = await toOtlpMetrics(registers[0]!, { startMs: 1_500, nowMs: 2_000 })
  assert.deepEqual(
    [a, b].map((metric) => [metric!.descriptor.name, metric!.dataPointType, metric!.dataPoints]),
    [
      ['a_total', 3, [{ startTime: [1, 500_000_000], endTime: [2, 0], attributes: { kind: 'x' }, value: 3 }]],
      ['b', 2, [{ startTime: [1, 500_000_000], endTime: [2, 0], attributes: {}, value: 5 }]],
    ],
  )
  assert.deepEqual([c!.descriptor.unit, c!.dataPoints[0]!.attributes], ['s', { stage: 'log' }])
  assert.deepEqual(c!.dataPoints[0]!.value, {
    buckets: { boundaries: [1, 2], counts: [1, 2, 1] },
    sum: 12.7,
    count: 4,
  })
})

test('a time is whole seconds and the rest of it', () => {
  assert.deepEqual(hrTime(1_700_000_000_123.25), [1_700_000_000, 123_250_000])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, Histogram, Registry } from 'prom-client'
import { byLabel, quantile, rate, readFigures, splitBy, total } from '#serve/ops/figures.ts'

test('rates and quantiles are those of the time between two looks', async () => {
  const registry = new Registry()
  const counter = new Counter({ name: 'a_total', help: 'a', labelNames: ['kind', 'side'], registers: [registry] })
  const histogram = new Histogram({ name: 'b_seconds', help: 'b', buckets: [1, 2, 4], registers: [registry] })
  const names = ['a_total', 'b_seconds', 'none']
  counter.inc({ kind: 'x', side: 'l' }, 100)
  histogram.observe(4)
  const from = await readFigures(registry, names, 1_000)
  counter.inc({ kind: 'x', side: 'r' }, 10)
  counter.inc({ kind: 'y', side: 'r' }, 30)
  for (const seconds of [0.5, 1.5, 1.5, 1.5]) histogram.observe(seconds)
  const to = await readFigures(registry, names, 3_000)
  assert.equal(rate('a_total', { from, to }), 20)
  assert.equal(rate('a_total', { from, to }, { kind: 'x' }), 5)
  assert.equal(rate('none', { from, to }), 0)
  assert.equal(rate('a_total', { from: to, to: from }), 0)
  assert.equal(total(to, 'a_total', { kind: 'x' }), 110)
  assert.deepEqual(
    [...byLabel(to, 'a_total', 'kind')],
    [
      ['x', 110],
      ['y', 30],
    ],
  )
  assert.deepEqual(
    [...splitBy(to, 'kind')].map(([kind, part]) => `${kind} ${total(part, 'a_total')} ${total(part, 'b_seconds') > 0}`),
    ['x 110 false', 'y 30 false', ' 0 true'],
  )
  assert.equal(quantile('b_seconds', { from, to }, 0.25), 1)
  assert.equal(quantile('b_seconds', { from, to }, 1), 2)
  assert.equal(quantile('b_seconds', { from, to }, 0.625), 1.5)
  assert.equal(quantile('b_seconds', { from: to, to }, 0.5), undefined)
  histogram.observe(100)
  const later = await readFigures(registry, names, 4_000)
  assert.equal(quantile('b_seconds', { from: to, to: later }, 0.99), 4, 'past the last bound nothing more is known')
})

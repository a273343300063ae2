import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cellsOf, gatherHeat, heatOf, intensityAt } from './heat.ts'

const points = fc.array(
  fc.record({
    lng: fc.integer({ min: -179_000, max: 179_000 }).map((value) => value / 1_000),
    lat: fc.integer({ min: -80_000, max: 80_000 }).map((value) => value / 1_000),
    count: fc.integer({ min: 1, max: 500 }),
  }),
  { minLength: 1, maxLength: 40 },
)

test('seen from afar or near, no spot is hotter than the colours reach', () => {
  fc.assert(
    fc.property(points, fc.integer({ min: 0, max: 14 }), (all, zoom) => {
      const intensity = intensityAt(all, zoom)
      for (const { heat } of gatherHeat(all, zoom, 10)) assert.ok(heat * intensity * 0.398 <= 1)
    }),
  )
})

test('putting points together loses no heat', () => {
  fc.assert(
    fc.property(points, (all) => {
      const sum = (values: readonly number[]) => values.reduce((so, each) => so + each, 0)
      const before = sum(all.map(({ count }) => heatOf(count)))
      assert.ok(Math.abs(sum(gatherHeat(all, 3, 8).map(({ heat }) => heat)) - before) < 1e-6)
    }),
  )
})

test('a point is the middle of its part of the map, as wide as its coordinates are exact', () => {
  assert.deepEqual(cellsOf([{ lng: 13.38, lat: 52.5, count: 3 }]), [
    { north: '52.505000', south: '52.495000', east: '13.385000', west: '13.375000', count: 3 },
  ])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createCellCounts, levelOf, LEVELS, type Box } from './cell-counts.ts'

const point = fc.record({
  lat: fc.integer({ min: -85, max: 85 }),
  lon: fc.oneof(fc.integer({ min: -180, max: 180 }), fc.constantFrom(-180, 180)),
})
const WORLD: Box = { north: 85, south: -85, west: -180, east: 180 }

test('every point is in one cell of each level, and that cell holds it', () => {
  fc.assert(
    fc.property(fc.array(point, { maxLength: 40 }), fc.nat(39), (points, gone) => {
      const counts = createCellCounts()
      for (const { lat, lon } of points) counts.add(lat, lon)
      const left = points.filter((_, nth) => nth !== gone)
      const removed = points[gone]
      if (removed) counts.remove(removed.lat, removed.lon)
      for (const level of LEVELS) {
        const cells = counts.within(WORLD, { level, max: 1_000 })!
        assert.equal(
          cells.reduce((sum, { count }) => sum + count, 0),
          left.length,
        )
        for (const { lat, lon } of left) {
          const holds = cells.some(
            (cell) =>
              lat <= cell.north + 1e-9 &&
              lat >= cell.south - 1e-9 &&
              lon >= cell.west - 1e-9 &&
              lon <= cell.east + 1e-9,
          )
          assert(holds, `${lat}, ${lon} at level ${level}`)
        }
      }
    }),
  )
})

test('a box gives the cells that it touches, and says when there are too many', () => {
  const counts = createCellCounts()
  for (let lon = -170; lon < 180; lon += 20) counts.add(10, lon)
  assert.equal(counts.within({ north: 20, south: 0, west: 0, east: 45 }, { level: 4, max: 100 })?.length, 3)
  assert.equal(counts.within(WORLD, { level: 6, max: 5 }), undefined)
})

test('a map of any zoom has a level', () => {
  assert.deepEqual([0, 1, 5, 13, 22].map(levelOf), [2, 4, 8, 16, 16])
})

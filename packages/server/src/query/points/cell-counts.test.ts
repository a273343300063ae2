import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createCellCounts, levelOf, LEVELS, type Box, type CellPoint } from './cell-counts.ts'

const point = fc.record({
  lat: fc.integer({ min: -85, max: 85 }),
  lon: fc.oneof(fc.integer({ min: -180, max: 180 }), fc.constantFrom(-180, 180)),
})
const WORLD: Box = { north: 85, south: -85, west: -180, east: 180 }

/** The larger an id, the newer; whoever asks for the newest is given all points. */
function counting(points: readonly CellPoint[]) {
  const newestFirst = points.toSorted((a, b) => b.id - a.id)
  return createCellCounts({ isNewer: (id, than) => id > than, newestIn: () => newestFirst.values() })
}

test('every point is in one cell of each level, and that cell holds it, and names the newest', () => {
  fc.assert(
    fc.property(fc.array(point, { maxLength: 40 }), fc.array(fc.nat(39)), (places, gone) => {
      const points = places.map((place, id) => ({ id, ...place }))
      const left = points.filter(({ id }) => !gone.includes(id))
      const counts = counting(left)
      for (const each of points) counts.add(each)
      for (const each of points) if (gone.includes(each.id)) counts.remove(each)
      for (const level of LEVELS) {
        const cells = counts.within(WORLD, { level, max: 1_000 })!
        assert.equal(
          cells.reduce((sum, { count }) => sum + count, 0),
          left.length,
        )
        assert.equal(new Set(cells.map(({ newest }) => newest)).size, cells.length)
        for (const { id, lat, lon } of left) {
          const holds = cells.filter(
            (cell) =>
              lat <= cell.north + 1e-9 &&
              lat >= cell.south - 1e-9 &&
              lon >= cell.west - 1e-9 &&
              lon <= cell.east + 1e-9,
          )
          assert(
            holds.some(({ newest }) => newest >= id),
            `${lat}, ${lon} at level ${level}`,
          )
        }
        for (const { newest } of cells) assert(left.some(({ id }) => id === newest))
      }
    }),
  )
})

test('a box gives the cells that it touches, and says when there are too many', () => {
  const counts = counting([])
  for (let id = 0; id < 18; id++) counts.add({ id, lat: 10, lon: 20 * id - 170 })
  assert.equal(counts.within({ north: 20, south: 0, west: 0, east: 45 }, { level: 4, max: 100 })?.length, 3)
  assert.equal(counts.within(WORLD, { level: 6, max: 5 }), undefined)
})

test('a map of any zoom has a level', () => {
  assert.deepEqual([0, 1, 5, 13, 22].map(levelOf), [2, 4, 8, 16, 16])
})

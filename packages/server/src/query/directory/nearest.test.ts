import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { distanceMetres } from '#project/coordinates.ts'
import { buildNearestIndex, findNearest, type IndexedPoint } from './nearest.ts'

// Many on a few spots, on the date line and at the poles, where an index is most easily wrong.
const latitude = fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, -17.5, 0, 60.17, 90))
const longitude = fc.oneof(
  fc.double({ min: -180, max: 180, noNaN: true }),
  fc.constantFrom(-180, -179.99, 0, 179.99, 180),
)
const position = fc.record({ latitude, longitude })
const points = fc
  .array(fc.record({ latitude, longitude, handicapM: fc.constantFrom(0, 0, 500) }), { maxLength: 120 })
  .map((all) => all.map((point, at): IndexedPoint => ({ ...point, number: at + 1 })))

/** Single precision tells places apart down to a metre. */
const TOLERANCE_M = 3

test('those found are as near as those that a look at every point would find, in order', () => {
  fc.assert(
    fc.property(points, position, fc.integer({ min: 1, max: 30 }), (all, near, count) => {
      const found = findNearest(buildNearestIndex(all), near, count)
      assert.equal(found.length, Math.min(count, all.length))
      assert.equal(new Set(found).size, found.length)
      const rankOf = (point: IndexedPoint) => chordMetres(near, point) + point.handicapM
      const ranks = found.map((number) => rankOf(all[number - 1]!))
      const expected = all.map(rankOf).toSorted((a, b) => a - b)
      for (const [at, rank] of ranks.entries()) assert.ok(Math.abs(rank - expected[at]!) <= TOLERANCE_M)
    }),
  )
})

test('in an empty index there is nothing near', () => {
  assert.deepEqual(findNearest(buildNearestIndex([]), { latitude: 0, longitude: 0 }, 5), [])
})

test('a thousand points on one spot are found like any others', () => {
  const all = Array.from({ length: 1_000 }, (_, at) => ({
    number: at + 1,
    latitude: 21.3,
    longitude: -157.8,
    handicapM: 0,
  }))
  const far = { number: 5_000, latitude: 21.4, longitude: -157.8, handicapM: 0 }
  const index = buildNearestIndex([...all, far])
  assert.equal(findNearest(index, { latitude: 21.39, longitude: -157.8 }, 1)[0], 5_000)
  assert.equal(new Set(findNearest(index, { latitude: 21.3, longitude: -157.8 }, 1_000)).has(5_000), false)
})

/** Straight through the Earth, which orders points as the way around it does. */
function chordMetres(a: { latitude: number; longitude: number }, b: { latitude: number; longitude: number }): number {
  const radiusM = 6_371_008.8
  const arc = distanceMetres({ lat: a.latitude, lon: a.longitude }, { lat: b.latitude, lon: b.longitude })
  return 2 * radiusM * Math.sin(arc / radiusM / 2)
}

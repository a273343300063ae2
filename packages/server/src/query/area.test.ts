import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { distanceMetres } from '#project/coordinates.ts'
import { boxesOf, type CircleArea } from './area.ts'

test('the boxes of a circle hold every point of it, everywhere on Earth', () => {
  const circle: fc.Arbitrary<CircleArea> = fc.record({
    kind: fc.constant('circle' as const),
    lat: fc.double({ min: -90, max: 90, noNaN: true }),
    lon: fc.double({ min: -180, max: 180, noNaN: true }),
    radius: fc.integer({ min: 1, max: 100_000 }),
  })
  const bearing = fc.double({ min: 0, max: 2 * Math.PI, noNaN: true })
  fc.assert(
    fc.property(circle, bearing, fc.double({ min: 0, max: 0.999, noNaN: true }), (area, angle, share) => {
      const point = away(area, { angle, metres: area.radius * share })
      assert.ok(distanceMetres(area, point) <= area.radius + 0.01)
      const isIn = boxesOf(area).some(
        ({ north, south, east, west }) =>
          point.lat <= north && point.lat >= south && point.lon <= east && point.lon >= west,
      )
      assert.ok(isIn, JSON.stringify({ area, point, boxes: boxesOf(area) }))
    }),
    { numRuns: 1_000 },
  )
})

/** The point so many metres off in a direction (radians from north), on a sphere. */
function away(from: { lat: number; lon: number }, { angle, metres }: { angle: number; metres: number }) {
  const lat = (from.lat * Math.PI) / 180
  const lon = (from.lon * Math.PI) / 180
  const arc = metres / 6_371_008.8
  const sine = Math.sin(lat) * Math.cos(arc) + Math.cos(lat) * Math.sin(arc) * Math.cos(angle)
  const there = Math.asin(Math.min(1, Math.max(-1, sine)))
  const turn = Math.atan2(Math.sin(angle) * Math.sin(arc) * Math.cos(lat), Math.cos(arc) - Math.sin(lat) * sine)
  const degrees = ((lon + turn) * 180) / Math.PI
  return { lat: (there * 180) / Math.PI, lon: ((degrees + 540) % 360) - 180 }
}

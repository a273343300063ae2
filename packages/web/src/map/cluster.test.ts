import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cluster, type MapPoint, pinRadius } from './cluster.ts'
import { project, WORLD_PX } from './mercator.ts'

const points = fc
  .array(fc.tuple(fc.double({ min: -180, max: 179.9, noNaN: true }), fc.double({ min: -70, max: 75, noNaN: true })), {
    maxLength: 60,
  })
  .map((positions) =>
    positions.map(([lng, lat], index): MapPoint => ({ id: String(index), lng, lat, count: 1 + (index % 5) ** 3 })),
  )

test('no two pins overlap, and no check-in is lost or doubled', () => {
  fc.assert(
    fc.property(points, fc.double({ min: 0, max: 12, noNaN: true }), (all, zoom) => {
      const clusters = cluster(all, zoom)
      const ids = clusters.flatMap((one) => one.points.map(({ id }) => id))
      assert.deepEqual(ids.toSorted(), all.map(({ id }) => id).toSorted())
      const sum = (counted: readonly { count?: number }[]) => counted.reduce((so, { count = 1 }) => so + count, 0)
      assert.equal(sum(clusters), sum(all))
      const world = WORLD_PX * 2 ** zoom
      for (const [index, one] of clusters.entries()) {
        for (const other of clusters.slice(index + 1)) {
          const [a, b] = [project(one), project(other)]
          const dx = a.x - b.x
          const apart = Math.hypot(dx - Math.round(dx), a.y - b.y) * world
          assert.ok(apart >= pinRadius(one.count) + pinRadius(other.count) - 0.01)
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('a lone check-in stands exactly where it is', () => {
  assert.deepEqual(cluster([{ id: 'a', lng: 13.4, lat: 52.5 }], 3), [
    { id: 'a', lng: 13.4, lat: 52.5, points: [{ id: 'a', lng: 13.4, lat: 52.5 }], count: 1 },
  ])
})

test('neighbours part as one zooms in', () => {
  const two = [
    { id: 'a', lng: 13.4, lat: 52.5 },
    { id: 'b', lng: 13.5, lat: 52.5 },
  ]
  assert.equal(cluster(two, 3).length, 1)
  assert.equal(cluster(two, 10).length, 2)
})

test('neighbours across the antimeridian are one', () => {
  const [only, ...rest] = cluster(
    [
      { id: 'a', lng: 179.9, lat: 0 },
      { id: 'b', lng: -179.9, lat: 0 },
    ],
    2,
  )
  assert.equal(rest.length, 0)
  assert.ok(Math.abs(Math.abs(only?.lng ?? 0) - 180) < 1e-6)
})

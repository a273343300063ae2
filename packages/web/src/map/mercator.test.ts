import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  clamped,
  framed,
  fit,
  metresBetween,
  project,
  readGeo,
  toPixels,
  unproject,
  wrapLongitude,
  writeGeo,
} from './mercator.ts'

const anywhere = fc.record({
  lng: fc.double({ min: -180, max: 179.999, noNaN: true }),
  lat: fc.double({ min: -80, max: 80, noNaN: true }),
})

test('what is projected comes back', () => {
  fc.assert(
    fc.property(anywhere, (point) => {
      const back = unproject(project(point))
      assert.ok(Math.abs(back.lng - point.lng) < 1e-9 && Math.abs(back.lat - point.lat) < 1e-9)
    }),
  )
})

test('a fitted map shows all its points inside the padding', () => {
  const view = { width: 900, height: 600, padding: 40, zoomMin: -2 }
  fc.assert(
    fc.property(fc.array(anywhere, { minLength: 1, maxLength: 20 }), (points) => {
      const camera = fit(points, view)
      for (const point of points) {
        const { x, y } = toPixels(point, camera, view)
        assert.ok(x >= 39 && x <= 861 && y >= 39 && y <= 561, `${x},${y} at ${camera.zoom}`)
      }
    }),
  )
})

test('neighbours across the antimeridian are fitted the short way', () => {
  const { center, zoom } = fit(
    [
      { lng: 178, lat: -18 },
      { lng: -172, lat: -14 },
    ],
    { width: 500, height: 500 },
  )
  assert.ok(Math.abs(wrapLongitude(center.lng + 180) - 3) < 0.01)
  assert.ok(zoom > 4)
})

test('positions that are none are refused', () => {
  const bad = [
    ['91', '0'],
    ['0', '181'],
    ['x', '1'],
    ['', ''],
    [' ', '1'],
    ['0', '0'],
  ] as const
  for (const [latitude, longitude] of bad) assert.equal(readGeo({ latitude, longitude }), undefined)
  assert.equal(readGeo(undefined), undefined)
  assert.deepEqual(readGeo({ latitude: '38.7', longitude: '-9.1' }), { lng: -9.1, lat: 38.7 })
})

test('positions are written to a metre', () => {
  assert.deepEqual(writeGeo({ lng: 190.123_456_78, lat: 1.5 }), { latitude: '1.50000', longitude: '-169.87654' })
})

test('distances are those of a globe', () => {
  const metres = metresBetween({ lng: -9.1393, lat: 38.7223 }, { lng: -8.6291, lat: 41.1579 })
  assert.ok(Math.abs(metres - 274_000) < 1_500, String(metres))
  assert.equal(metresBetween({ lng: 1, lat: 1 }, { lng: 1, lat: 1 }), 0)
})

test('nothing beyond the poles is in sight', () => {
  const box = { width: 400, height: 700 }
  const { center, zoom } = clamped({ center: { lng: 12, lat: 84 }, zoom: -1 }, box)
  assert.ok(Math.abs(2 ** zoom * 512 - 700) < 1e-6)
  assert.ok(Math.abs(center.lat) < 1e-6)
  const near = { center: { lng: 12, lat: 48 }, zoom: 8 }
  assert.ok(Math.abs(clamped(near, box).center.lat - 48) < 1e-9)
})

test('a view of the whole world is the familiar way round, a nearer one is not turned', () => {
  const box = { width: 900, height: 700 }
  const world = [174, 140, -74, -157, 5, 70].map((lng) => ({ lng, lat: 20 }))
  assert.equal(framed(world, box).center.lng, 11)
  const fiji = framed(
    [
      { lng: 178, lat: -18 },
      { lng: -172, lat: -14 },
    ],
    { ...box, zoomMax: 4 },
  )
  assert.ok(Math.abs(wrapLongitude(fiji.center.lng + 180) - 3) < 0.01)
})

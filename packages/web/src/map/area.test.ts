import assert from 'node:assert/strict'
import { test } from 'node:test'
import { areaOf, boundsOf } from './area.ts'
import { toPixels, wrapLongitude } from './mercator.ts'

test('a box is asked about in three decimals', () => {
  assert.deepEqual(areaOf({ north: 52.51234, south: 52, east: 13.5, west: 13.39999 }), {
    north: '52.512',
    south: '52.000',
    east: '13.500',
    west: '13.400',
  })
})

test('a box across the antimeridian has its west east of its east', () => {
  const { west, east } = areaOf({ north: 1, south: -1, west: 170, east: 190 })
  assert.deepEqual([west, east], ['170.000', '-170.000'])
})

test('the whole world is the whole world however often it is repeated', () => {
  assert.deepEqual(areaOf({ north: 80, south: -80, west: -300, east: 300 }), {
    north: '85',
    south: '-85',
    west: '-180',
    east: '180',
  })
})

test('what a camera shows is what the projection puts into the box', () => {
  const camera = { center: { lng: 179, lat: 52 }, zoom: 6 }
  const box = { width: 800, height: 600 }
  const { north, south, east, west } = boundsOf(camera, box)
  const corner = toPixels({ lng: wrapLongitude(east), lat: south }, camera, box)
  assert.deepEqual([Math.round(corner.x), Math.round(corner.y)], [800, 600])
  assert.ok(north > 52 && west < 179 && east > 180)
})

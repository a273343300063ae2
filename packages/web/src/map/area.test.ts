import assert from 'node:assert/strict'
import { test } from 'node:test'
import { areaOf } from './area.ts'

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

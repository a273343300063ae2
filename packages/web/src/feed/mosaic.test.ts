import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PhotoView } from '../views.ts'
import { mosaic } from './mosaic.ts'

const photo = (width?: number, height?: number): PhotoView => ({
  thumb: '/t',
  fullsize: '/f',
  alt: '',
  ...(width !== undefined && height !== undefined ? { aspectRatio: { width, height } } : {}),
})

test('without photos there is no mosaic', () => {
  assert.equal(mosaic([]), undefined)
})

test('one photo keeps its shape within reason', () => {
  assert.equal(mosaic([photo(640, 480)])?.ratio, 4 / 3)
  assert.equal(mosaic([photo(100, 1_000)])?.ratio, 4 / 5)
  assert.equal(mosaic([photo(5_000, 100)])?.ratio, 2)
  assert.equal(mosaic([photo()])?.ratio, 1)
  assert.equal(mosaic([photo(0, 0)])?.ratio, 1)
})

test('past four the last tile says how many more there are', () => {
  const seven = mosaic(Array.from({ length: 7 }, () => photo(4, 3)))
  assert.equal(seven?.shape, 'four')
  assert.deepEqual(
    seven?.tiles.map(({ more }) => more),
    [0, 0, 0, 3],
  )
})

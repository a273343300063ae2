import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, compact, distance } from './numbers.ts'

test('distances get coarser with length', () => {
  const spoken = [0, 7.4, 99.6, 104, 948, 996, 1_240, 9_949, 9_950, 18_400, 1_234_567].map(distance)
  const expected = ['0 m', '7 m', '100 m', '100 m', '950 m', '1 km', '1.2 km', '9.9 km', '10 km', '18 km', '1,235 km']
  assert.deepEqual(spoken, expected)
})

test('what is no distance is left out', () => {
  assert.deepEqual([Number.NaN, -1, Number.POSITIVE_INFINITY].map(distance), ['', '', ''])
})

test('counts stay short enough for a pin', () => {
  const counts = [0, 999, 1_000, 1_249, 9_960, 18_400, 999_499, 999_500, 2_100_000].map(compact)
  assert.deepEqual(counts, ['0', '999', '1k', '1.2k', '10k', '18k', '999k', '1m', '2.1m'])
})

test('sizes read as on a photo app', () => {
  assert.deepEqual([512, 390_000, 6_280_000, 999_700].map(bytes), ['1 kB', '390 kB', '6.3 MB', '1 MB'])
})

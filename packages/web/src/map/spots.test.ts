import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layOut } from './spots.ts'

const camera = { center: { lng: 13.4, lat: 52.5 }, zoom: 15 }
const box = { width: 360, height: 240 }
const spot = (id: string, lng: number, lat = 52.5) => ({ id, name: `Place ${id}`, lng, lat })

test('the place in the middle keeps its name, and one that it would hide shows a dot only', () => {
  const laid = layOut([spot('b', 13.4003), spot('a', 13.4), spot('c', 13.4, 52.501)], camera, box)
  assert.deepEqual(
    laid.map(({ id, name }) => [id, name]),
    [
      ['a', 'Place a'],
      ['b', undefined],
      ['c', 'Place c'],
    ],
  )
  assert.deepEqual([laid[0]?.x, laid[0]?.y], [180, 120])
})

test('what is far out of sight is left out', () => {
  assert.deepEqual(layOut([spot('far', 14)], camera, box), [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutLine, cutPolygon, cutRing, unroll } from './rings.ts'

test('a ring that stays on the map is left whole', () => {
  const square = [
    [0, 0],
    [10, 0],
    [10, 10],
    [0, 10],
    [0, 0],
  ] as const
  const parts = cutRing(square)
  assert.equal(parts.size, 1)
  assert.deepEqual(new Set(parts.get(0)?.map(String)), new Set(square.map(String)))
})

test('a ring across the antimeridian becomes one part on each side', () => {
  const parts = [
    ...cutRing([
      [170, 60],
      [-170, 60],
      [-170, 70],
      [170, 70],
      [170, 60],
    ]).values(),
  ]
  assert.equal(parts.length, 2)
  for (const part of parts) {
    const longitudes = part.map(([longitude]) => longitude)
    assert.ok(Math.max(...longitudes) - Math.min(...longitudes) <= 10.000_001)
    assert.ok(longitudes.every((longitude) => Math.abs(longitude) <= 180))
  }
})

test('a ring round the south pole is closed along the pole', () => {
  const unrolled = unroll([
    [-150, -70],
    [-50, -70],
    [50, -70],
    [150, -70],
    [-150, -70],
  ])
  assert.deepEqual(unrolled.slice(-3), [
    [210, -90],
    [-150, -90],
    [-150, -70],
  ])
})

test('a hole goes with the part that it is a hole of', () => {
  const outer = [
    [160, 0],
    [-160, 0],
    [-160, 20],
    [160, 20],
    [160, 0],
  ] as const
  const hole = [
    [165, 5],
    [170, 5],
    [170, 10],
    [165, 10],
    [165, 5],
  ] as const
  const polygons = cutPolygon([outer, hole])
  assert.deepEqual(
    polygons.map((polygon) => polygon.length).toSorted((a, b) => a - b),
    [1, 2],
  )
})

test('a line across the antimeridian ends at the edge and goes on at the other', () => {
  assert.deepEqual(
    cutLine([
      [179, 0],
      [-179, 2],
    ]),
    [
      [
        [179, 0],
        [180, 1],
      ],
      [
        [-180, 1],
        [-179, 2],
      ],
    ],
  )
  assert.deepEqual(
    cutLine([
      [-179, 0],
      [179, 2],
    ]),
    [
      [
        [-179, 0],
        [-180, 1],
      ],
      [
        [180, 1],
        [179, 2],
      ],
    ],
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cellBounds, cellOf, cellsAround, isCell } from './cell.ts'

/** As exact as records are; some lie on the edges of cells. */
const degrees = (most: number) =>
  fc.oneof(
    fc.integer({ min: -most * 1e7, max: most * 1e7 }).map((tenMillionths) => tenMillionths / 1e7),
    fc.constantFrom(-most, -most / 2, 0, most / 4, most),
  )
const [latitude, longitude] = [degrees(90), degrees(180)]

test('a cell is a geohash of six characters', () => {
  assert.equal(cellOf(57.64911, 10.40744), 'u4pruy')
  assert.equal(cellOf(-25.382708, -49.265506), '6gkzwg')
  assert.equal(cellOf(0, 0), 's00000')
  for (const text of ['u4pruy', '000000', 'zzzzzz']) assert.ok(isCell(text), text)
  for (const text of ['', 'u4pru', 'u4pruyd', 'u4prua', 'U4PRUY', 'u4pr y', '💥💥💥']) assert.ok(!isCell(text), text)
})

test('every position is in its cell, on its edges only to the south and west', () => {
  fc.assert(
    fc.property(latitude, longitude, (lat, lon) => {
      const cell = cellOf(lat, lon)
      assert.ok(isCell(cell))
      const { north, south, east, west } = cellBounds(cell)
      assert.ok(lat >= south && (lat < north || lat === 90))
      assert.ok((lon >= west && lon < east) || (lon === 180 && west === -180))
      assert.equal(cellOf(south, west), cell)
      assert.equal(cellOf((south + north) / 2, (west + east) / 2), cell)
    }),
  )
})

test('the cells around a position are nine that touch, the own first, and six at a pole', () => {
  fc.assert(
    fc.property(latitude, longitude, (lat, lon) => {
      const cells = cellsAround(lat, lon)
      const own = cellBounds(cellOf(lat, lon))
      const isAtPole = own.north === 90 || own.south === -90
      assert.equal(cells[0], cellOf(lat, lon))
      assert.equal(new Set(cells).size, isAtPole ? 6 : 9)
      const width = own.east - own.west
      for (const { west, south } of cells.map(cellBounds)) {
        const across = Math.abs(west - own.west)
        assert.ok(Math.min(across, 360 - across) <= width && Math.abs(south - own.south) <= own.north - own.south)
      }
    }),
  )
})

test('across the date line the cells go on', () => {
  const [east, west] = [cellOf(-17, 179.999), cellOf(-17, -179.999)]
  assert.ok(cellsAround(-17, 179.999).includes(west))
  assert.ok(cellsAround(-17, -179.999).includes(east))
  assert.equal(cellOf(-17, 180), cellOf(-17, -180))
})

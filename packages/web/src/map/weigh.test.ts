import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CellView, CheckinView } from '../views.ts'
import { weigh } from './weigh.ts'

const CELL = { north: '60', south: '50', west: '10', east: '20', count: 5 } as CellView

function checkin(uri: string, latitude: string, longitude: string): CheckinView {
  return { uri, place: { name: uri, geo: { latitude, longitude } } } as CheckinView
}

const counted = (points: readonly { count?: number }[]) => points.reduce((sum, { count = 1 }) => sum + count, 0)

test('the points of a map count what its cells count, however many of the check-ins are at hand', () => {
  const near = [checkin('at://a', '52', '12'), checkin('at://b', '54', '14')]
  const away = checkin('at://c', '0', '0.5')
  assert.equal(counted(weigh([], [CELL])), 5)
  assert.equal(counted(weigh([...near, ...near], [CELL])), 5)
  assert.equal(counted(weigh([...near, away], [CELL])), 6)
  assert.deepEqual(
    weigh(near, []).map(({ id }) => id),
    ['at://a', 'at://b'],
  )
})

test('what is not at hand stands among what is, else in the middle of its cell', () => {
  const [, , rest] = weigh([checkin('at://a', '52', '12'), checkin('at://b', '54', '14')], [CELL])
  assert.deepEqual([rest?.lat, rest?.lng, rest?.count], [53, 13, 3])
  const [alone] = weigh([], [CELL])
  assert.deepEqual([alone?.lat, alone?.lng, alone?.count], [55, 15, 5])
})

test('what is gone is counted no more', () => {
  const points = weigh([checkin('at://a', '52', '12')], [{ ...CELL, count: 1 }], new Set(['at://a']))
  assert.deepEqual(points, [])
})

test('more at hand than a cell counts are all shown: they came after it was counted', () => {
  const items = [checkin('at://a', '52', '12'), checkin('at://b', '54', '14')]
  assert.equal(counted(weigh(items, [{ ...CELL, count: 1 }])), 2)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, cafe, given, removed, wrote, type Step } from './given.ts'

const says = (name: string): Step =>
  wrote('ana', 'app.waypost.placeLink', name, (createdAt) => ({
    place: cafe,
    sameAs: { name: 'Kiosk', geo: cafe.geo },
    createdAt,
  }))

function counts(...steps: readonly Step[]): unknown[] {
  using story = given(...steps)
  const { db } = story.readModel
  return db.prepare<[], unknown[]>('select other, persons from place_link_count order by other').raw().all()
}

test('who says twice that two places are one is one person, also after being away', () => {
  const once = [
    ['geo:52.520,13.405/kiosk', 1],
    ['osm:node/240109189', 1],
  ]
  const twice = [says('one'), says('two')]
  const away = [...twice, account('ana', 'deactivated')]
  assert.deepEqual(counts(...twice), once)
  assert.deepEqual(counts(...away), [])
  assert.deepEqual(counts(...away, account('ana', 'active')), once)
  assert.deepEqual(counts(...twice, removed('ana', 'app.waypost.placeLink', 'one')), once)
})

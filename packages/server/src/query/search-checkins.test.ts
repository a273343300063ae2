import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cafe, checkedIn, checkinUri, deleted, given } from '#project/given.ts'
import type { CheckinSearch } from './search-checkins.ts'
import { prepareFeeds } from './feed.ts'

const NAMES = ['melange', 'ramen', 'boat', 'quiet', 'silent', 'ol', 'joe', 'gone']
const steps = [
  checkedIn('ana', 'melange', { text: 'Eine Melange, bitte! Crème brûlée' }),
  checkedIn('ben', 'ramen', { text: '寿司屋でラーメン', place: { ...cafe, name: 'らーめん太郎', refs: [] } }),
  checkedIn('ana', 'boat', {
    text: 'Smørrebrød på havnen',
    place: { name: 'Nyhavn', geo: { latitude: '55.68', longitude: '12.59' } },
  }),
  checkedIn('ben', 'quiet'),
  checkedIn('cid', 'silent', { place: { ...cafe, name: 'らーめん太郎', refs: [] } }),
  checkedIn('cid', 'ol', { place: { name: 'Smørrebrød Øl', geo: cafe.geo } }),
  checkedIn('cid', 'joe', { place: { name: 'Joe’s Pizza', geo: cafe.geo } }),
  checkedIn('ben', 'gone', { text: 'Melange' }),
  deleted('ben', 'gone'),
]

function found(search: CheckinSearch): readonly string[] {
  using story = given(...steps)
  const { db } = story.readModel
  const page = prepareFeeds(db).searchCheckins(search, { limit: 10 })
  assert(page.ok)
  const rkey = db.prepare<[number], string>('select rkey from subject where id = ?').pluck()
  return page.value.ids.map((id) => NAMES.find((each) => checkinUri('ana', each).endsWith(rkey.get(id)!))!)
}

test('check-ins are found by their words in any order, without diacritics, the last one by its beginning', () => {
  assert.deepEqual(found({ text: 'bitte melan' }), ['melange'])
  assert.deepEqual(found({ text: 'creme brulee' }), ['melange'])
  assert.deepEqual(found({ text: 'smorrebrod pa' }), ['boat'])
  assert.deepEqual(found({ text: 'melange tea' }), [])
})

test('words without spaces are found by what stands side by side', () => {
  assert.deepEqual(found({ text: '寿司' }), ['ramen'])
  assert.deepEqual(found({ text: '司寿' }), [])
  assert.deepEqual(found({ text: 'ラーメン' }), ['ramen'])
})

test('check-ins are found by the name of their place, said or not', () => {
  assert.deepEqual(found({ text: 'cafe mitte' }), ['quiet', 'melange'])
  assert.deepEqual(found({ text: 'nyh' }), ['boat'])
  assert.deepEqual(found({ text: '太郎' }), ['silent', 'ramen'])
  assert.deepEqual(found({ text: 'smorrebrod ol' }), ['ol'])
  assert.deepEqual(found({ text: 'joes' }), ['joe'])
})

test('place, area, category and dates narrow a search down', () => {
  assert.deepEqual(found({ places: ['osm:node/240109189'] }), ['quiet', 'melange'])
  assert.deepEqual(found({ area: { kind: 'circle', lat: 55.68, lon: 12.59, radius: 1_000 } }), ['boat'])
  assert.deepEqual(found({ text: 'me', category: 'food.cafe', until: Date.UTC(2026, 0, 1, 0, 0, 30) }), ['melange'])
  assert.deepEqual(found({ places: ['osm:node/240109189'], since: Date.UTC(2026, 0, 1, 0, 2) }), ['quiet'])
})

test('whatever is typed is a question, never a fault', () => {
  for (const text of [
    '',
    '"',
    '*',
    'a AND OR NOT',
    "x' or 1=1 --",
    '🍰',
    '\u0000',
    '((((',
    'near(a b)',
    'a'.repeat(10_000),
  ]) {
    assert.deepEqual(found({ text }), [], text)
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blobOf, cafe, checkedIn, checkinUri, given } from '#project/given.ts'
import type { Filter } from './filter.ts'
import { prepareFeeds } from './feed.ts'

const bar = { ...cafe, name: 'Bar', category: 'amenity=bar', refs: [], geo: { latitude: '48.2', longitude: '16.37' } }
const steps = [
  checkedIn('ana', 'coffee', { langs: ['de-AT', 'en'], text: 'Melange' }),
  checkedIn('ben', 'beer', { place: bar, photos: [{ image: blobOf('beer'), alt: '' }] }),
  checkedIn('ana', 'wordless', { place: { name: 'Nowhere' } }),
]

function shown(filter: Filter): readonly string[] {
  using story = given(...steps)
  const { db } = story.readModel
  const page = prepareFeeds(db).globalFeed({ limit: 10 }, filter)
  assert(page.ok)
  const name = db.prepare<[number], string>('select rkey from subject where id = ?').pluck()
  const names = ['coffee', 'beer', 'wordless']
  return page.value.ids.map((id) => names.find((each) => checkinUri('ana', each).endsWith(name.get(id)!))!)
}

test('the global feed narrows down by category, language, photos and area, and by all of them at once', () => {
  assert.deepEqual(shown({ category: 'food' }), ['coffee'])
  assert.deepEqual(shown({ category: 'food.cafe' }), ['coffee'])
  assert.deepEqual(shown({ category: 'nightlife' }), ['beer'])
  assert.deepEqual(shown({ lang: 'de' }), ['coffee'])
  assert.deepEqual(shown({ lang: 'fr' }), [])
  assert.deepEqual(shown({ photos: true }), ['beer'])
  assert.deepEqual(shown({ near: { kind: 'circle', lat: 48.2, lon: 16.37, radius: 100 } }), ['beer'])
  assert.deepEqual(shown({ photos: true, category: 'food' }), [])
  assert.deepEqual(shown({ photos: false }), ['wordless', 'beer', 'coffee'])
})

test('where little is found in what a page looks through, it is short and says where to go on', () => {
  using story = given(
    ...Array.from({ length: 30 }, (_, nth) =>
      checkedIn(`p${'abcdef'[nth % 6]}`, `${nth}`, nth % 10 ? { place: bar } : {}),
    ),
  )
  const feeds = prepareFeeds(story.readModel.db, { lookedThrough: 4 })
  const pages: number[] = []
  let cursor: string | undefined
  do {
    const page = feeds.globalFeed({ limit: 5, cursor }, { category: 'food' })
    assert(page.ok)
    pages.push(page.value.ids.length)
    cursor = page.value.cursor
  } while (cursor !== undefined && pages.length < 50)
  assert.equal(
    pages.reduce((sum, count) => sum + count, 0),
    3,
  )
  assert(pages.length >= 6, `${pages.length} pages`)
})

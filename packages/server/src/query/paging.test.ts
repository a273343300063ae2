import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  account,
  blobOf,
  cafe,
  checkedIn,
  checkinUri,
  commented,
  deleted,
  didOf,
  followed,
  givenEvents,
  removed,
  tell,
  type Step,
} from '#project/given.ts'
import type { PageRequest } from './cursor.ts'
import type { FeedPage } from './feed.ts'
import { openQueries, type Queries } from './queries.ts'
import { EMPTY_DIRECTORY } from './directory/place-port.ts'

/**
 * Whoever pages through a feed while people write gets nothing twice, and all of what was there from the first page to
 * the last. An edit that moves a check-in to another time is another place in the feed.
 */

const WHO = ['ana', 'ben', 'cid', 'dea']
const twin = { ...cafe, refs: [{ $type: 'community.lexicon.location.fsq', fsq_place_id: 'twin' }] }
const there = Array.from({ length: 12 }, (_, nth): Step => checkedIn(WHO[nth % 3]!, `there ${nth}`, details(nth)))

function details(nth: number): Record<string, unknown> {
  return {
    place:
      [{ ...cafe, name: 'Zum Eck', geo: { latitude: '52.521', longitude: '13.406' } }, cafe, twin][nth % 4] ?? cafe,
    text: 'Coffee again',
    langs: ['en'],
    photos: [{ image: blobOf(`photo ${nth}`), alt: '' }],
    // Several at the same moment.
    createdAt: new Date(Date.UTC(2025, 11, 30, 12, nth >> 1)).toISOString(),
  }
}

const remarks = Array.from({ length: 6 }, (_, nth): Step =>
  commented(WHO[nth % 3]!, checkinUri('ana', 'there 0'), `remark ${nth}`),
)
const before: readonly Step[] = [
  followed('ben', 'ana'),
  followed('ben', 'cid'),
  followed('ben', 'dea'),
  ...there,
  checkedIn('dea', 'passing', details(3)),
  ...remarks,
]

const name = fc.constantFrom('one', 'two', 'three')
// Edits keep their time, or come to the top: only those that go down could be met again.
const meanwhile: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...WHO), name, fc.nat(40))
    .map(([who, which, nth]) => checkedIn(who, `${which} ${nth}`, details(nth))),
  fc
    .tuple(fc.constantFrom(...WHO), name)
    .map(([who, which]) => checkedIn(who, which, { text: 'Coffee now', place: cafe })),
  fc.tuple(fc.constantFrom(...WHO), name).map(([who, which]) => deleted(who, which)),
  fc.constantFrom('active', 'deactivated', 'takendown').map((status) => account('dea', status)),
  fc
    .tuple(fc.constantFrom('cid', 'dea'), name)
    .map(([who, which]) => commented(who, checkinUri('ana', 'there 0'), 'hm', which)),
  fc.tuple(fc.constantFrom('cid', 'dea'), name).map(([who, which]) => removed(who, 'app.waypost.comment', which)),
)

const cafeArea = { kind: 'circle', lat: 52.52, lon: 13.405, radius: 500 } as const
const person = (queries: Queries, who: string): number => queries.personByDid(didOf(who))!.id
const FEEDS: Readonly<Record<string, (queries: Queries, page: PageRequest) => FeedPage>> = {
  global: (queries, page) => queries.globalFeed(page),
  'global, narrowed down': (queries, page) =>
    queries.globalFeed(page, { category: 'food', lang: 'en', photos: true, near: cafeArea }),
  timeline: (queries, page) => queries.timeline(person(queries, 'ben'), page),
  person: (queries, page) => queries.actorFeed(person(queries, 'ana'), page),
  place: (queries, page) => queries.placeFeed(['osm:node/240109189'], page),
  'place of several ids': (queries, page) =>
    queries.placeFeed(['osm:node/240109189', 'overture:nobody', 'fsq:twin'], page),
  'photos of a place': (queries, page) => queries.placeFeed(['osm:node/240109189', 'fsq:twin'], page, { photos: true }),
  nearby: (queries, page) => queries.nearbyFeed(cafeArea, page),
  'search by words': (queries, page) => queries.searchCheckins({ text: 'again cof' }, page),
  'search by area': (queries, page) => queries.searchCheckins({ area: cafeArea, category: 'food.cafe' }, page),
  comments: (queries, page) => queries.comments(queries.checkinId(checkinUri('ana', 'there 0'))!, page),
}

/** The ids of all pages, with something happening after each. */
function pageThrough(ask: (page: PageRequest) => FeedPage, limit: number, between: () => void): readonly number[] {
  const ids: number[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < 100; pages++) {
    const page = ask({ limit, cursor })
    assert(page.ok)
    ids.push(...page.value.ids)
    cursor = page.value.cursor
    if (cursor === undefined) return ids
    between()
  }
  assert.fail('a feed ends')
}

function whole(page: FeedPage): readonly number[] {
  assert(page.ok && page.value.cursor === undefined)
  return page.value.ids
}

for (const [feed, ask] of Object.entries(FEEDS)) {
  test(`paging while people write: ${feed}`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(meanwhile, { maxLength: 4 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        (turns, limit) => {
          const events = tell([...before, ...turns.flat()])
          using story = givenEvents(events.slice(0, before.length))
          using queries = openQueries({
            readModel: story.readModel,
            directory: EMPTY_DIRECTORY,
          })
          let told = before.length
          const left = [...turns]
          // Dea comes and goes, and so may hers.
          const deas = whole(queries.actorFeed(person(queries, 'dea'), { limit: 100 }))
          const standing = whole(ask(queries, { limit: 100 })).filter((id) => !deas.includes(id))
          const ids = pageThrough(
            (page) => ask(queries, page),
            limit,
            () => {
              const steps = left.shift() ?? []
              story.and(events.slice(told, told + steps.length))
              queries.follow(story.last)
              told += steps.length
            },
          )
          assert.equal(new Set(ids).size, ids.length, 'nothing twice')
          assert.deepEqual(
            standing.filter((id) => !ids.includes(id)),
            [],
            'nothing missed',
          )
        },
      ),
      { numRuns: 15 },
    )
  })
}

test('everybody whom one follows has one line, whoever checks in meanwhile', () => {
  fc.assert(
    fc.property(fc.array(fc.array(meanwhile, { maxLength: 3 }), { maxLength: 6 }), (turns) => {
      const events = tell([...before, ...turns.flat()])
      using story = givenEvents(events.slice(0, before.length))
      using queries = openQueries({
        readModel: story.readModel,
        directory: EMPTY_DIRECTORY,
      })
      let told = before.length
      const left = [...turns]
      const ids = pageThrough(
        (page) => queries.friendsLatest(person(queries, 'ben'), page),
        1,
        () => {
          const steps = left.shift() ?? []
          story.and(events.slice(told, told + steps.length))
          queries.follow(story.last)
          told += steps.length
        },
      )
      assert.equal(new Set(ids).size, ids.length)
      const authors = story.readModel.db
        .prepare<[string], string>(
          `select substr(did, 9, 3) from checkin join person on person.id = person where checkin.id in
           (select value from json_each(?))`,
        )
        .pluck()
        .all(JSON.stringify(ids))
      for (const friend of ['ana', 'cid']) assert(authors.includes(friend), `${friend} is missing`)
    }),
    { numRuns: 15 },
  )
})

test('a friend who tells of an older visit while others page keeps their line', () => {
  const visit = (name: string, hour: number) =>
    checkedIn('ana', name, { createdAt: new Date(Date.UTC(2025, 11, 30, hour)).toISOString() })
  const steps = [
    followed('ben', 'ana'),
    followed('ben', 'cid'),
    checkedIn('cid', 'top', { createdAt: '2025-12-30T20:00:00Z' }),
    visit('old', 10),
    checkedIn('ben', 'own'),
  ]
  const events = tell([...steps, visit('told later', 15)])
  using story = givenEvents(events.slice(0, steps.length))
  using queries = openQueries({
    readModel: story.readModel,
    directory: EMPTY_DIRECTORY,
  })
  const ids = pageThrough(
    (page) => queries.friendsLatest(person(queries, 'ben'), page),
    1,
    () => void story.and(events.slice(story.readModel.position())),
  )
  assert.equal(ids.length, 2)
})

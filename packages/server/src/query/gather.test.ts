import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { cafe, checkedIn, given, type Step } from '#project/given.ts'
import { refId } from '#project/place-id.ts'
import { buildDirectory } from './directory/build.ts'
import type { PlaceRef, SourcedPlace } from './directory/place-port.ts'
import { searchDirectory } from './directory/search.ts'
import { openQueries, type Queries } from './queries.ts'

const OSM = { $type: 'app.waypost.checkin#osmRef', type: 'node', id: '1' } as const
const OTHER_OSM = { ...OSM, id: '2' }
const FSQ = { $type: 'community.lexicon.location.fsq', fsq_place_id: 'a' } as const
const OVERTURE = { $type: 'app.waypost.checkin#overtureRef', id: 'o' } as const
const GEONAMES = { $type: 'app.waypost.checkin#geonamesRef', id: '9' } as const

function at(name: string, ...refs: readonly PlaceRef[]): Record<string, unknown> {
  return { place: { ...cafe, name, refs } }
}

function entry(source: string, name: string, ...refs: readonly PlaceRef[]): SourcedPlace {
  const [latitude, longitude] = [52.52, 13.405]
  const id = refId(refs[0])!
  return { id, source, name, category: 'food', latitude, longitude, refs, importance: 0.5, attribution: source }
}

function asking<Answer>(
  { directory: places = [], story }: { directory?: readonly SourcedPlace[]; story: readonly Step[] },
  ask: (queries: Queries) => Answer,
): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-gather-'))
  const file = join(folder, 'directory.sqlite')
  buildDirectory({ file, source: 'test', places })
  const directory = searchDirectory(new Database(file, { readonly: true }))
  using told = given(...story)
  try {
    using queries = openQueries({ readModel: told.readModel, directory })
    return ask(queries)
  } finally {
    directory.close()
    rmSync(folder, { recursive: true })
  }
}

const idOf = (queries: Queries, ref: PlaceRef) => queries.place(refId(ref)!)?.id

test('check-ins that refer to one place in several ways are gathered under each of its ids', () => {
  const story = [
    checkedIn('ana', 'both', at('Café Mitte', FSQ, OSM)),
    checkedIn('ben', 'one', at('cafe mitte', OSM, OVERTURE)),
    checkedIn('ana', 'again', at('Café Mitte', OSM, OVERTURE)),
  ]
  asking({ story }, (queries) => {
    const place = queries.place('osm:node/1')!
    assert.deepEqual([place.id, place.checkinCount, place.personCount], ['osm:node/1', 3, 2])
    assert.deepEqual(place.refs.map(refId), ['osm:node/1', 'overture:o', 'fsq:a'])
    for (const id of ['fsq:a', 'overture:o']) assert.deepEqual(queries.place(id), place, id)
    const found = queries.searchPlaces({ text: 'mitte' }, { limit: 10 })
    assert(found.ok)
    assert.deepEqual(
      found.value.places.map(({ id }) => id),
      ['osm:node/1'],
    )
  })
})

test('what a check-in refers to beyond the directory belongs to the place that the directory knows', () => {
  const story = [checkedIn('ana', 'by fsq', at('Whatever', FSQ, OSM)), checkedIn('ben', 'by osm', at('Mitte', OSM))]
  asking({ directory: [entry('osm', 'Café Mitte', OSM)], story }, (queries) => {
    const place = queries.place('fsq:a')!
    assert.deepEqual([place.id, place.name, place.checkinCount], ['osm:node/1', 'Café Mitte', 2])
    assert.deepEqual(place.refs, [OSM], 'what one says is not passed on to everybody')
  })
})

test('a check-in makes one place of two neither in the directory, nor where names or points tell them apart', () => {
  const liar = checkedIn('liar', 'lie', at('Café Mitte', FSQ, OSM, OTHER_OSM))
  const directory = [entry('osm', 'Café Mitte', OSM), entry('osm', 'Post', OTHER_OSM)]
  asking({ directory, story: [liar] }, (queries) => {
    assert.equal(idOf(queries, OSM), 'osm:node/1')
    assert.equal(idOf(queries, OTHER_OSM), 'osm:node/2')
    assert.equal(queries.place('osm:node/2')?.checkinCount, 0)
    assert.equal(idOf(queries, FSQ), 'osm:node/1')
  })
  const far = { place: { ...cafe, refs: [OTHER_OSM], geo: { latitude: '40', longitude: '10' } } }
  const story = [liar, checkedIn('ana', 'post', at('Post', OSM)), checkedIn('ben', 'namesake', far)]
  asking({ story }, (queries) => {
    for (const ref of [FSQ, OSM, OTHER_OSM]) {
      const place = queries.place(refId(ref)!)!
      assert.deepEqual([place.id, place.checkinCount, place.ids.length], [refId(ref), 1, 1])
    }
  })
})

test('an id leads to where its check-ins are as long as they are there', () => {
  const story = [checkedIn('ana', 'both', at('Café Mitte', OSM, FSQ)), checkedIn('ana', 'both', at('Café Mitte', OSM))]
  asking({ story: story.slice(0, 1) }, (queries) => assert.equal(idOf(queries, FSQ), 'osm:node/1'))
  asking({ story }, (queries) => assert.equal(queries.place('fsq:a'), undefined))
})

const refs = fc.shuffledSubarray<PlaceRef>([OSM, OTHER_OSM, FSQ, OVERTURE, GEONAMES], { minLength: 1, maxLength: 3 })
const visit = fc.record({ who: fc.constantFrom('ana', 'ben'), name: fc.constantFrom('Café Mitte', 'Post'), refs })
const entries = fc.uniqueArray(
  fc.constantFrom(
    entry('osm', 'Café Mitte', OSM),
    entry('osm', 'Post', OTHER_OSM),
    entry('fsq', 'Café Mitte', FSQ, GEONAMES),
    entry('overture', 'Post', OVERTURE),
  ),
  { selector: ({ id }) => id },
)

test('whichever id of a place is asked for, the answer is the same, and each check-in is at one place', () => {
  fc.assert(
    fc.property(fc.array(visit, { maxLength: 8 }), entries, (visits, directory) => {
      const story = visits.map((each, nth) => checkedIn(each.who, `${nth}`, at(each.name, ...each.refs)))
      asking({ directory, story }, (queries) => {
        const keys = [...visits.map((each) => refId(each.refs[0])!), ...directory.map(({ id }) => id)]
        const places = new Map(keys.map((key) => [queries.place(key)!.id, queries.place(key)!]))
        const feeds = [...places.values()].map((place) => {
          const feed = queries.placeFeed(place.ids, { limit: 100 })
          assert(feed.ok)
          assert.equal(feed.value.ids.length, place.checkinCount)
          return feed.value.ids
        })
        assert.equal(new Set(feeds.flat()).size, feeds.flat().length)
        assert.equal(feeds.flat().length, visits.length)
        for (const key of keys) assert(queries.place(key)!.ids.includes(key), key)
        for (const { id } of places.values()) assert.deepEqual(queries.place(id), places.get(id))
      })
    }),
    { numRuns: 30 },
  )
})

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { placeId } from '#project/place-id.ts'
import { buildDirectory } from './build.ts'
import { importFile } from './import/import-file.ts'
import { openPlaceStore } from './import/place-store.ts'
import { linkNamesakes, type Linkable } from './link.ts'
import type { Directory, PlaceRef, SourcedPlace } from './place-port.ts'
import { searchDirectory } from './search.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-link-'))
const opened: Directory[] = []
after(() => {
  for (const directory of opened) directory.close()
  rmSync(folder, { recursive: true })
})

function open(places: Iterable<SourcedPlace>): Directory {
  const file = join(folder, `${opened.length}.sqlite`)
  buildDirectory({ file, source: 'test', places })
  const directory = searchDirectory(new Database(file, { readonly: true }))
  opened.push(directory)
  return directory
}

const REFS: Readonly<Record<string, (id: string) => PlaceRef>> = {
  osm: (id) => ({ $type: 'app.waypost.checkin#osmRef', type: 'node', id }),
  fsq: (id) => ({ $type: 'community.lexicon.location.fsq', fsq_place_id: id }),
  geonames: (id) => ({ $type: 'app.waypost.checkin#geonamesRef', id }),
}

/** `east`: metres from one spot on the equator. */
function entry(source: string, id: string, name: string, east: number, more: Partial<SourcedPlace> = {}): SourcedPlace {
  const [latitude, longitude] = [0, 10 + east / 111_195]
  const refs = REFS[source] === undefined ? [] : [REFS[source](id)]
  const geo = { latitude: latitude.toFixed(7), longitude: longitude.toFixed(7) }
  return {
    id: placeId({ name, refs, geo })!,
    source,
    name,
    category: undefined,
    latitude,
    longitude,
    refs,
    importance: 0.2,
    attribution: source,
    ...more,
  }
}

const all = (directory: Directory) => directory.search({ near: { latitude: 0, longitude: 10 }, limit: 100, offset: 0 })
const ids = (directory: Directory) => all(directory).map(({ id }) => id)

test('entries of several sources that are near and called alike are one place with all that each says', () => {
  const directory = open([
    entry('wof', '1', 'CAFÉ MITTE', 100, { names: ['Mitte'], address: { country: 'DE', locality: 'Berlin' } }),
    entry('fsq', '4b', "Cafe' Mitte", 60, { category: 'food.cafe', names: ['カフェ'], importance: 0.4 }),
    entry('osm', '7', 'Café Mitte', 0, { category: 'food', address: { country: 'DE' } }),
  ])
  const place = directory.get('osm:node/7')
  const wof = placeId({ name: 'CAFÉ MITTE', geo: { latitude: '0', longitude: String(10 + 100 / 111_195) } })
  assert.deepEqual(place, {
    id: 'osm:node/7',
    name: 'Café Mitte',
    category: 'food.cafe',
    latitude: 0,
    longitude: 10,
    address: { country: 'DE', locality: 'Berlin' },
    refs: [REFS['osm']!('7'), REFS['fsq']!('4b')],
    importance: 0.4,
    attribution: 'osm; fsq; wof',
    aliases: ['fsq:4b', wof],
  })
  assert.equal(placeId(place as Parameters<typeof placeId>[0] & { geo?: undefined }), place!.id)
  for (const alias of place!.aliases!) assert.deepEqual(directory.get(alias), place, alias)
  assert.equal(directory.count(), 1)
  for (const text of ['cafe mi', 'カフェ']) {
    assert.deepEqual(
      directory.search({ text, limit: 5, offset: 0 }).map(({ id }) => id),
      ['osm:node/7'],
      text,
    )
  }
})

test('what is of one source, far away, of another kind or called otherwise stays apart', () => {
  const directory = open([
    entry('osm', '1', 'Station', 0, { category: 'travel.station' }),
    entry('osm', '2', 'Station', 5, { category: 'travel.station' }),
    entry('fsq', 'bar', 'Station', 0, { category: 'nightlife.bar' }),
    entry('fsq', 'far', 'Station', 700, { category: 'travel.station' }),
    entry('fsq', 'other', 'Station North', 0, { category: 'travel.station' }),
    entry('wof', 'sign', '!!!', 0),
    entry('fsq', 'sign', '???', 0),
  ])
  assert.equal(directory.count(), 7)
  assert(all(directory).every(({ aliases }) => aliases === undefined))
})

test('the nearest find each other, and a place too many stays alone', () => {
  const directory = open([
    entry('osm', '1', 'Starbucks', 0),
    entry('osm', '2', 'Starbucks', 100),
    entry('fsq', 'a', 'Starbucks', 110),
    entry('fsq', 'b', 'Starbucks', 230),
    entry('geonames', '5', 'Starbucks', 120),
  ])
  assert.deepEqual(ids(directory), ['osm:node/1', 'osm:node/2', 'fsq:b'])
  assert.deepEqual(directory.get('osm:node/2')?.aliases, ['fsq:a', 'geonames:5'])
})

test('what is large may lie farther apart, and a town is only what says that it is one', () => {
  const kinds = [
    ['travel.airport', 4_000, 1],
    ['nature.park', 900, 1],
    ['place.town', 4_000, 1],
    ['food.cafe', 200, 2],
  ] as const
  for (const [category, metres, count] of kinds) {
    const pair = open([entry('osm', '1', 'A', 0, { category }), entry('fsq', 'a', 'A', metres, { category })])
    assert.equal(pair.count(), count, category)
  }
  const town = entry('geonames', '1', 'Town', 0, { category: 'place.town' })
  assert.equal(open([town, entry('openflights', '', 'Town', 10)]).count(), 2)
})

test('entries with one id are one place, and nothing that one of them says is lost', () => {
  const own = entry('osm', '7', 'Tower', 0, { category: 'culture.landmark', attribution: undefined })
  const osm = entry('osm', '7', 'La Tour', 3, { names: ['Der Turm'] })
  const { source: _, ...ours } = own
  const directory = open([osm, ours])
  assert.deepEqual(directory.get('osm:node/7'), {
    ...ours,
    attribution: 'osm',
  })
  for (const text of ['tower', 'turm', 'tour']) assert.equal(directory.search({ text, limit: 5, offset: 0 }).length, 1)
})

test('what a place is referred to by otherwise leads to it, unless it has an entry of its own', () => {
  const refs = ['7', 'a', 'b'].map((id) => REFS[id === '7' ? 'osm' : 'fsq']!(id))
  const directory = open([
    entry('osm', '7', 'Tower', 0, { refs }),
    entry('fsq', 'b', 'Bistro', 0),
    entry('overture', '', 'Tower', 20),
  ])
  assert.equal(directory.get('fsq:a')?.name, 'Tower')
  assert.equal(directory.get('fsq:b')?.name, 'Bistro')
  assert.deepEqual(directory.get('osm:node/7')?.aliases, ['geo:0.000,10.000/tower', 'fsq:a'])
})

const point = fc.record({
  source: fc.constantFrom('osm', 'fsq', 'wof', 'csv'),
  category: fc.constantFrom(undefined, 'food', 'food.cafe', 'shop', 'place.town', 'nature.park'),
  latitude: fc.constantFrom(0, 0.0005, 0.001, 0.0013, 0.003, 0.02),
  longitude: fc.constantFrom(-180, -179.999, 179.9995, 180),
})
const namesakes = fc
  .array(point, { maxLength: 14 })
  .map((points) => points.map((each, nth): Linkable => ({ ...each, id: String(nth) })))

test('groups are the same in whatever order entries come, and hold no two of one source', () => {
  fc.assert(
    fc.property(
      namesakes.chain((entries) =>
        fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
      ),
      ([entries, shuffled]) => {
        const told = (some: readonly Linkable[]) =>
          new Set(
            linkNamesakes(some).map((group) =>
              group
                .map(({ id }) => id)
                .toSorted()
                .join(),
            ),
          )
        assert.deepEqual(told(shuffled), told(entries))
        for (const group of linkNamesakes(entries)) {
          assert.equal(new Set(group.map(({ source }) => source)).size, group.length)
          assert(group.length > 1)
        }
      },
    ),
  )
})

test('a directory is the same in whatever order entries come', () => {
  const entries = [
    entry('osm', '1', 'A', 0),
    entry('fsq', 'a', 'A', 50, { category: 'food.cafe' }),
    entry('wof', '', 'A', 100, { category: 'shop' }),
    entry('openflights', '', 'B', 10),
    entry('geonames', '9', 'B', 90),
  ]
  const expected = all(open(entries))
  assert.equal(expected.length, 3)
  fc.assert(
    fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (shuffled) => {
      assert.deepEqual(all(open(shuffled)), expected)
    }),
    { numRuns: 10 },
  )
})

const PLACES = '../shared/data/places'
const FILES = ['fsq_os_places_10k', 'openflights_airports_stations', 'osm_manhattan_midtown', 'wof_ri']
test('real datasets are linked where they overlap', { skip: !existsSync(PLACES) && `no ${PLACES}` }, async (t) => {
  using store = openPlaceStore(join(folder, 'real.sqlite'))
  for (const file of FILES) await importFile(store, `${PLACES}/${file}.csv.gz`)
  const entries = [...store.places()]
  const directory = open(entries)
  const places = new Set(entries.map(({ id }) => directory.get(id)!.id))
  const linked = [...places].map((id) => directory.get(id)!).filter(({ aliases }) => aliases !== undefined)
  t.diagnostic(`${entries.length} entries, ${places.size} places, ${linked.length} of them of several sources`)
  assert.equal(places.size, directory.count())
  const names = linked.map(({ name }) => name)
  for (const name of ['Grand Central Terminal', 'East 34th Street Heliport', 'Westerly State Airport']) {
    assert(names.includes(name), name)
  }
})

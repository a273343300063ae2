import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { test } from 'node:test'
import { CATEGORIES, isWithin } from './categories.ts'
import { categoryOf } from './category-names.ts'

test('every category has an id of its own, below a group that is one', () => {
  const ids = CATEGORIES.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ids) assert(ids.includes(id.split('.')[0]!), id)
  for (const id of ids) assert.equal(categoryOf(id), id)
})

test('a category is known by whatever name a dataset or a person gives it', () => {
  const said: Readonly<Record<string, string | undefined>> = {
    'amenity=cafe': 'food.cafe',
    'shop=bakery': 'food.bakery',
    'Coffee Shop': 'food.cafe',
    'Dining and Drinking > Restaurant > Asian Restaurant > Japanese Restaurant > Donburi Restaurant': 'food.restaurant',
    'Dining and Drinking > Bar > Wine Bar': 'nightlife.wine_bar',
    sushi_restaurant: 'food.japanese',
    'Banks & Credit Unions': 'civic.bank',
    Museums: 'culture.museum',
    'tourism=museum': 'culture.museum',
    PPLC: 'place.town',
    'culture.landmark': 'culture.landmark',
    'food.nobody_knows': 'food',
    café: 'food.cafe',
    '': undefined,
    zzz: undefined,
    constructor: undefined,
    __proto__: undefined,
  }
  assert.deepEqual(Object.fromEntries(Object.keys(said).map((name) => [name, categoryOf(name)])), said)
})

test('a group holds what is below it and nothing that only begins alike', () => {
  assert(isWithin('food.cafe', 'food') && isWithin('food', 'food'))
  assert(!isWithin('foodie', 'food') && !isWithin('food', 'food.cafe'))
})

const FOLDER = '../shared/data/places'
const read = (file: string): string[] =>
  gunzipSync(readFileSync(`${FOLDER}/${file}`))
    .toString('utf8')
    .split(/\r?\n/)
    .slice(1)
    .filter((line) => line !== '')

test(
  'every category of Foursquare and of Overture is one of ours',
  { skip: !existsSync(FOLDER) && `no ${FOLDER}` },
  () => {
    const foursquare = read('fsq_os_categories.csv.gz').map((line) =>
      /(?:"([^"]*>[^"]*)"|,([^,]*(?: > [^,]*)+),|^[^,]*,1,([^,]*),)/.exec(line),
    )
    const labels = foursquare
      .map((found) => found?.[1] ?? found?.[2] ?? found?.[3])
      .filter((label) => label !== undefined)
    assert(labels.length > 1_200, `${labels.length}`)
    assert.deepEqual(
      labels.filter((label) => categoryOf(label) === undefined),
      [],
    )
    const overture = read('overture_categories.csv.gz').map((line) => /\[(.*)\]/.exec(line)?.[1] ?? '')
    const unknown = overture.filter((path) => path !== '' && categoryOf(path) === undefined)
    assert.deepEqual(unknown, [])
  },
)

/** Tables that say by their columns what a place is; what is free text there, in whatever language, is counted only. */
const TABLES = [
  'wof_dk',
  'wof_hi',
  'wof_ri',
  'openflights_airports_stations',
  'osm_japan_2014',
  'osm_manhattan_midtown',
  'osm_sf_downtown',
]
const FREE_TEXT = 'orig_category'
const COLUMNS = ['type', 'category', 'subcategory', FREE_TEXT]
/** What says nothing of the place. */
const SAYS_NOTHING = ['\\N', 'unknown', 'None', 'Specialty', 'internet_access=wlan', 'amenity=disused']

test(
  "every category of Who's On First, OpenFlights and OpenStreetMap is one of ours, or known to say nothing",
  { skip: !existsSync(FOLDER) && `no ${FOLDER}` },
  (t) => {
    const unknown = new Set<string>()
    for (const table of TABLES) {
      const counts = { known: 0, unknown: 0, 'free text known': 0, 'free text unknown': 0 }
      for (const row of rowsOf(`${table}.csv.gz`)) {
        for (const [column, said] of Object.entries(row)) {
          if (said === '' || !COLUMNS.includes(column)) continue
          const outcome = categoryOf(said) === undefined ? 'unknown' : 'known'
          counts[column === FREE_TEXT ? (`free text ${outcome}` as const) : outcome]++
          if (outcome === 'unknown' && column !== FREE_TEXT) unknown.add(said)
        }
      }
      t.diagnostic(`${table}: ${JSON.stringify(counts)}`)
    }
    assert.deepEqual([...unknown].toSorted(), SAYS_NOTHING.toSorted())
  },
)

function rowsOf(file: string): readonly Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = gunzipSync(readFileSync(`${FOLDER}/${file}`))
    .toString('utf8')
    .split(/\r?\n/)
  const columns = fieldsOf(header)
  return lines
    .filter((line) => line !== '')
    .map((line) => Object.fromEntries(fieldsOf(line).map((field, at) => [columns[at] ?? '', field])))
}

function fieldsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

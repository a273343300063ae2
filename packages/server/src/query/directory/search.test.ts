import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import Database from 'better-sqlite3'
import { buildDirectory } from './build.ts'
import type { DirectoryPlace } from './directory.ts'
import { searchDirectory } from './search.ts'

const HELSINKI = { latitude: 60.1699, longitude: 24.9384 }

function town(name: string, where: readonly [number, number], more: Partial<DirectoryPlace> = {}): DirectoryPlace {
  const [latitude, longitude] = where
  const id = `geonames:${createHash('sha256').update(name).digest().readUInt32BE()}`
  const refs = [{ $type: 'app.waypost.checkin#geonamesRef' as const, id: id.slice(9) }]
  const address = { country: 'FI' }
  return {
    id,
    name,
    category: 'place.town',
    latitude,
    longitude,
    address,
    refs,
    importance: 0.5,
    attribution: 'T',
    ...more,
  }
}

function landmark(name: string, where: readonly [number, number], more: Partial<DirectoryPlace> = {}): DirectoryPlace {
  return town(name, where, { category: 'sight.landmark', importance: 0.6, attribution: undefined, ...more })
}

const PLACES = [
  town('Helsinki', [60.16952, 24.93545], { importance: 0.8 }),
  town('Kallio', [60.1833, 24.95], { importance: 0.6 }),
  town('Espoo', [60.2052, 24.6522], { importance: 0.75 }),
  town('Reykjavík', [64.1355, -21.8954], { importance: 0.7, address: { country: 'IS' } }),
  town('Suva', [-18.1416, 178.4415], { address: { country: 'FJ' } }),
  town('Nukuʻalofa', [-21.1394, -175.2018], { address: { country: 'TO' } }),
  town('Paris', [48.8534, 2.3488], { importance: 0.85, address: { country: 'FR' } }),
  town('Paris Texas', [33.6609, -95.5555], { importance: 0.6, address: { country: 'US', region: 'TX' } }),
  town('Parainen', [60.3, 22.3], { importance: 0.55 }),
  town('New York City', [40.7143, -74.006], { importance: 0.95, address: { country: 'US', region: 'NY' } }),
  town('York', [53.9576, -1.0827], { importance: 0.7, address: { country: 'GB' } }),
  town('東京', [35.6895, 139.6917], { importance: 0.95, address: { country: 'JP' } }),
  landmark('Temppeliaukion kirkko', [60.173, 24.9252]),
  landmark('Helsinki Cathedral', [60.1704, 24.9521], { address: { country: 'FI', locality: 'Helsinki' } }),
  landmark('Café Ekberg', [60.1647, 24.938]),
]

const folder = mkdtempSync(join(tmpdir(), 'waypost-directory-'))
after(() => rmSync(folder, { recursive: true }))

function open(places: readonly DirectoryPlace[], name = 'directory.sqlite') {
  const file = join(folder, name)
  buildDirectory({ file, source: 'test', places })
  return searchDirectory(new Database(file, { readonly: true }))
}

const directory = open(PLACES)
after(() => directory.close())

function names(query: {
  text?: string
  near?: { latitude: number; longitude: number }
  limit?: number
  offset?: number
}) {
  return directory.search({ limit: 5, offset: 0, ...query }).map(({ name }) => name)
}

test('a place is found by its id, whole', () => {
  for (const place of PLACES) assert.deepEqual(directory.get(place.id), place)
  assert.equal(directory.get('geonames:1'), undefined)
  assert.equal(directory.count(), PLACES.length)
})

test('a place is found by the beginning of its name, with or without its accents and capitals', () => {
  for (const text of ['reykjavik', 'REYKJAVÍK', 'Reykja', 'r', ' reyk '])
    assert.deepEqual(names({ text }), ['Reykjavík'], text)
  assert.deepEqual(names({ text: 'nukualofa' }), ['Nukuʻalofa'])
  assert.deepEqual(names({ text: "nuku'al" }), ['Nukuʻalofa'])
  assert.deepEqual(names({ text: '東' }), ['東京'])
})

test('a place is found by words inside its name, in any order', () => {
  assert.deepEqual(names({ text: 'kirkko' }), ['Temppeliaukion kirkko'])
  assert.deepEqual(names({ text: 'ekb caf' }), ['Café Ekberg'])
  assert.deepEqual(names({ text: 'rkko' }), [])
})

test('a country, a region or a town tells namesakes apart, and alone finds nothing', () => {
  assert.deepEqual(names({ text: 'paris france' }), ['Paris'])
  assert.deepEqual(names({ text: 'paris tx' }), ['Paris Texas'])
  assert.deepEqual(names({ text: 'cathedral helsinki' }), ['Helsinki Cathedral'])
  assert.deepEqual(names({ text: 'iceland' }), [])
})

test('the whole name comes before a beginning, and that before a word inside', () => {
  assert.deepEqual(names({ text: 'york' }), ['York', 'New York City'])
  assert.deepEqual(names({ text: 'helsinki' }), ['Helsinki', 'Helsinki Cathedral'])
  assert.deepEqual(names({ text: 'par' }), ['Paris', 'Paris Texas', 'Parainen'])
})

test('with a position, what is near comes before what is large and far away', () => {
  assert.equal(names({ text: 'par', near: HELSINKI })[0], 'Parainen')
  assert.equal(names({ text: 'paris', near: { latitude: 33.5, longitude: -95.5 } })[0], 'Paris Texas')
  assert.equal(names({ text: 'paris', near: HELSINKI })[0], 'Paris')
})

test('with a position only, the nearest come first, each with its distance in metres', () => {
  const found = directory.search({ near: HELSINKI, limit: 50, offset: 0 })
  assert.equal(found.length, PLACES.length)
  const distances = found.map(({ distance }) => distance!)
  assert.ok(Math.abs(found.find(({ name }) => name === 'Helsinki')!.distance! - 169) < 5)
  assert.ok(distances.slice(5).every((distance, at, all) => at === 0 || distance >= all[at - 1]!))
})

test('a landmark within a few hundred metres comes before the middle of its town, and before any town farther off', () => {
  assert.deepEqual(names({ near: { latitude: 60.1655, longitude: 24.938 }, limit: 3 }).toSorted(), [
    'Café Ekberg',
    'Helsinki',
    'Helsinki Cathedral',
  ])
  assert.equal(names({ near: { latitude: 60.1655, longitude: 24.938 }, limit: 1 })[0], 'Café Ekberg')
  assert.equal(names({ near: { latitude: 60.1716, longitude: 24.948 }, limit: 1 })[0], 'Helsinki Cathedral')
})

test('the nearest town is found across the date line and from the poles', () => {
  assert.equal(names({ near: { latitude: -18, longitude: -179.9 } })[0], 'Suva')
  assert.equal(names({ near: { latitude: -21, longitude: 179.9 } })[0], 'Suva')
  assert.equal(names({ near: { latitude: -21, longitude: -178 } })[0], 'Nukuʻalofa')
  assert.equal(names({ near: { latitude: 90, longitude: 123 } })[0], 'Reykjavík')
  assert.equal(names({ near: { latitude: -90, longitude: -45 } })[0], 'Nukuʻalofa')
  const suva = directory.search({ near: { latitude: -18.1416, longitude: -179.9 }, limit: 1, offset: 0 })[0]!
  assert.ok(Math.abs(suva.distance! - 175_300) < 500)
})

test('pages follow one another without a gap or a repeat, and end', () => {
  for (const query of [{ text: 'p' }, { near: HELSINKI }, { text: 'p', near: HELSINKI }, {}]) {
    const all = names({ ...query, limit: 50 })
    const pages = [0, 2, 4, 6, 8, 10, 12, 14, 16].flatMap((offset) => names({ ...query, limit: 2, offset }))
    assert.deepEqual(pages, all)
    assert.deepEqual(names({ ...query, offset: all.length }), [])
    assert.deepEqual(names({ ...query, offset: 1_000_000 }), [])
  }
})

test('with neither text nor position, the most important come first', () => {
  assert.deepEqual(names({ limit: 3 }).toSorted(), ['New York City', 'Paris', '東京'])
  assert.deepEqual(names({ text: '  ', limit: 3 }), names({ limit: 3 }))
})

test('a text of signs, or in the language of the index, is only a text', () => {
  const odd = [
    '!!!',
    '☕',
    '"',
    '"*',
    'key : a',
    'NEAR(a, b)',
    'a* OR',
    '^york',
    '-york',
    'york"',
    '\0',
    ';drop table place',
  ]
  for (const text of odd) assert.ok(Array.isArray(names({ text })), text)
  assert.deepEqual(names({ text: '!!!' }), [])
  assert.deepEqual(names({ text: 'york"' }), ['York', 'New York City'])
  assert.deepEqual(names({ text: 'a '.repeat(10_000), limit: 1 }).length <= 1, true)
})

test('where more match than are ranked, the exact name and the nearest are still found', () => {
  const crowd = Array.from({ length: 700 }, (_, at) =>
    town(`Sanford ${at}`, [10 + at / 100, 10], { id: `geonames:${at + 1}` }),
  )
  const exact = town('San', [-40, 100], { id: 'geonames:5001', importance: 0.4 })
  const near = town('Sankt', [60.2, 24.9], { id: 'geonames:5002', importance: 0.01 })
  const crowded = open([...crowd, exact, near], 'crowd.sqlite')
  assert.equal(crowded.search({ text: 'san', near: HELSINKI, limit: 1, offset: 0 })[0]?.name, 'Sankt')
  assert.ok(crowded.search({ text: 'san', limit: 50, offset: 0 }).some(({ name }) => name === 'San'))
  crowded.close()
})

test('of two places with one id, the first that was given stays', () => {
  const twice = open(
    [landmark('Ours', [1, 1], { id: 'geonames:1' }), town('Theirs', [2, 2], { id: 'geonames:1' })],
    'twice.sqlite',
  )
  assert.equal(twice.count(), 1)
  assert.equal(twice.get('geonames:1')?.name, 'Ours')
  twice.close()
})

test('a place is found by a name with slips in it, wherever they are, and named rightly it comes first', () => {
  const some = open(
    [
      landmark('Starbucks', [60.17, 24.94], { id: 'geonames:1' }),
      landmark('Starbuk Bar', [60.17, 24.94], { id: 'geonames:2' }),
      landmark('Central Park', [40.78, -73.96], { id: 'geonames:3' }),
      landmark('Museum of Modern Art', [40.76, -73.97], { id: 'geonames:4', names: ['MoMA'] }),
      ...Array.from({ length: 30 }, (_, at) => landmark(`Park ${at}`, [at, 1], { id: `geonames:${100 + at}` })),
    ],
    'slips.sqlite',
  )
  const first = (text: string) => some.search({ text, limit: 1, offset: 0 })[0]?.name
  for (const text of ['starbuks', 'tsarbucks', 'xtarbucks', 'starbukcs', 'starbbucks'])
    assert.equal(first(text), 'Starbucks', text)
  assert.equal(first('starbuk'), 'Starbuk Bar')
  assert.equal(first('Cental Park'), 'Central Park')
  assert.equal(first('cenrtal pakr'), 'Central Park')
  assert.equal(first('moma museun'), 'Museum of Modern Art')
  assert.equal(first('cantalope'), undefined)
  assert.equal(first('Park 99'), undefined)
  some.close()
})

test('Danish letters are found written out, and the kana of one kind by the other', () => {
  const some = open(
    [
      town('Århus', [56.16, 10.2]),
      town('Aabenraa', [55.04, 9.42]),
      town('Ærøskøbing', [54.89, 10.41]),
      landmark('スシロー 渋谷', [35.66, 139.7], { id: 'geonames:1' }),
      landmark('らーめん太郎', [35.67, 139.7], { id: 'geonames:2', names: ['ﾗｰﾒﾝﾀﾛｳ'] }),
    ],
    'letters.sqlite',
  )
  const first = (text: string) => some.search({ text, limit: 1, offset: 0 })[0]?.name
  for (const text of ['Århus', 'aarhus', 'arhus', 'AARH']) assert.equal(first(text), 'Århus', text)
  for (const text of ['Åbenrå', 'aabenraa']) assert.equal(first(text), 'Aabenraa', text)
  for (const text of ['Ærø', 'aeroe', 'aero', 'Aeroeskoebing', 'Ærøskøbing'])
    assert.equal(first(text), 'Ærøskøbing', text)
  for (const text of ['すし', 'スシ', 'ｽｼﾛｰ']) assert.equal(first(text), 'スシロー 渋谷', text)
  for (const text of ['ラーメン', 'ﾗｰﾒﾝ', 'らーめんたろう']) assert.equal(first(text), 'らーめん太郎', text)
  some.close()
})

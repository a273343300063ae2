import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { importFile } from './import-file.ts'
import { openPlaceStore, placeStoreVersion, type FileProgress } from './place-store.ts'

function room() {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-import-'))
  const store = openPlaceStore(join(folder, 'places.sqlite'))
  return {
    store,
    path: (name: string) => join(folder, name),
    write(name: string, content: string | Uint8Array) {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    },
    found: () => [...store.places()].map(({ id, name, category }) => [id, name, category]),
    [Symbol.dispose]() {
      store[Symbol.dispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const told = ({ read, kept, refused }: FileProgress) => ({ read, kept, ...refused })

test('a table is read by its header, and what cannot be kept is counted by its reason', async () => {
  using place = room()
  const file = place.write(
    'some.csv',
    [
      '\ufeffname,lat,lon,category,country,name:ja,status',
      'Café Mitte,52.52,13.405,Coffee Shop,DE,カフェ,open',
      ',52.52,13.405,,,,',
      'Nowhere,,,,,,',
      'Null Island,0,0,,,,',
      'Turned,139.69,35.68,,,,',
      'Off,999,999,,,,',
      'Gone,52.5,13.4,,,,closed',
      'Words,north,east,,,,',
      'cut',
      '"A ""quoted"", name",1.5,2.5,,,,',
    ].join('\r\n'),
  )
  assert.deepEqual(told(await importFile(place.store, file)), {
    read: 10,
    kept: 2,
    'no-name': 1,
    'no-position': 3,
    'swapped-coordinates': 1,
    'impossible-coordinates': 1,
    'closed-place': 1,
    'unreadable-row': 1,
  })
  assert.deepEqual(place.found(), [
    ['geo:1.500,2.500/a-quoted-name', 'A "quoted", name', undefined],
    ['geo:52.520,13.405/cafe-mitte', 'Café Mitte', 'food.cafe'],
  ])
  assert.deepEqual([...place.store.places()][1]?.names, ['カフェ'])
})

test('a row with an open quote, or without an end, is refused, and those behind it are read', async () => {
  using place = room()
  const rows = Array.from({ length: 200 }, (_, nth) => `Place ${nth},${nth / 10},20`)
  const table = ['name,lat,lon', '"Open,1,2', ...rows, `${'x'.repeat(3_000_000)},1,2`, 'Last,3,4']
  assert.deepEqual(told(await importFile(place.store, place.write('torn.csv', table.join('\n')))), {
    read: 203,
    kept: 201,
    'unreadable-row': 2,
  })
  assert(place.found().some(([, name]) => name === 'Last'))
})

test('a file that was taken in changes nothing, one that changed is read again', async () => {
  using place = room()
  const table = (name: string): string => `osm_id,name,category,lat,lon\nn7,${name},amenity=bar,48.2,16.37\n`
  const file = place.write('osm.csv.gz', gzipSync(table('Bar')))
  await importFile(place.store, file)
  const version = placeStoreVersion(place.path('places.sqlite'))
  assert.equal((await importFile(place.store, file)).kept, 1)
  assert.equal(placeStoreVersion(place.path('places.sqlite')), version)
  place.write('osm.csv.gz', gzipSync(table('Another Bar')))
  await importFile(place.store, file)
  assert.deepEqual(place.found(), [['osm:node/7', 'Another Bar', 'nightlife.bar']])
  assert.match([...place.store.places()][0]?.attribution ?? '', /OpenStreetMap/)
})

test('stopped in the middle it goes on from there, and nothing is there twice or missing', async () => {
  using place = room()
  const rows = Array.from({ length: 9_000 }, (_, nth) => `${nth + 1},Place ${nth},${10 + nth / 1e5},20`)
  const file = place.write('many.csv', `geonameid,name,lat,lon\n${rows.join('\n')}\n`)
  for (let turns = 1; ; turns++) {
    const stop = new AbortController()
    const progress = await importFile(place.store, file, { signal: stop.signal, onProgress: () => stop.abort() })
    assert.equal(place.store.count(), progress.kept)
    if (!progress.done) continue
    assert.deepEqual(told(progress), { read: 9_000, kept: 9_000 })
    assert.equal(turns, 5)
    break
  }
})

test('GeoJSON and the dump of GeoNames are read, areas at their middle', async () => {
  using place = room()
  const feature = (id: string, properties: object, geometry: object) => ({ type: 'Feature', id, properties, geometry })
  const square = [
    [
      [10, 50],
      [10.2, 50],
      [10.2, 50.2],
      [10, 50.2],
      [10, 50],
    ],
  ]
  const json = {
    type: 'FeatureCollection',
    features: [
      feature(
        'node/1',
        { name: 'Kiosk', shop: 'kiosk', 'name:da': 'Kiosken' },
        { type: 'Point', coordinates: [12.5, 55.7] },
      ),
      feature('way/2', { name: 'Park', leisure: 'park' }, { type: 'Polygon', coordinates: square }),
      feature('node/3', { shop: 'nameless' }, { type: 'Point', coordinates: [1, 2] }),
    ],
  }
  assert.deepEqual(told(await importFile(place.store, place.write('a.geojson', JSON.stringify(json)))), {
    read: 3,
    kept: 2,
    'no-name': 1,
  })
  const columns = [
    '2950159',
    'Berlin',
    'Berlin',
    'Berlino,ベルリン',
    '52.52437',
    '13.41053',
    'P',
    'PPLC',
    'DE',
    '',
    '16',
    '',
    '',
    '',
    '3426354',
  ]
  await importFile(place.store, place.write('DE.txt', `${columns.join('\t')}\nshort\n`))
  assert.deepEqual(
    place.found(),
    [
      ['geonames:2950159', 'Berlin', 'place.town'],
      ['osm:node/1', 'Kiosk', 'shop'],
      ['osm:way/2', 'Park', 'nature.park'],
    ].toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
  )
  const park = [...place.store.places()].find(({ name }) => name === 'Park')!
  assert.deepEqual([park.latitude.toFixed(3), park.longitude.toFixed(3)], ['50.100', '10.100'])
})

test('the table of names in all languages is kept for its places, whichever is read first', async () => {
  const cities = 'geonameid,name,lat,lon\n2618425,Copenhagen,55.67,12.56\n'
  const names = [
    '1\t2618425\tda\tKøbenhavn\t1\t\t\t',
    '2\t2618425\tja\tコペンハーゲン\t\t\t\t',
    '3\t2618425\tlink\thttps://en.wikipedia.org/wiki/Copenhagen\t\t\t\t',
    '4\t2618425\tde\t\t\t\t\t',
    '5\t99\tda\tNobody knows\t\t\t\t',
    'torn',
  ]
  for (const order of [
    ['cities.csv', 'alternateNamesV2.txt'],
    ['alternateNamesV2.txt', 'cities.csv'],
  ]) {
    using place = room()
    place.write('cities.csv', cities)
    place.write('alternateNamesV2.txt', names.join('\n'))
    const progress = new Map<string, FileProgress>()
    for (const name of order) progress.set(name, await importFile(place.store, place.path(name)))
    assert.deepEqual(told(progress.get('alternateNamesV2.txt')!), {
      read: 6,
      kept: 3,
      'no-name': 2,
      'unreadable-row': 1,
    })
    assert.deepEqual(
      [...place.store.places()].map(({ name, names: others }) => [name, others]),
      [['Copenhagen', ['København', 'コペンハーゲン']]],
    )
  }
})

test('parquet of Foursquare and of Overture is read, each by its columns', async () => {
  using place = room()
  const instance = await DuckDBInstance.create(':memory:')
  const db = await instance.connect()
  await db.run(`copy (select '4b05' as fsq_place_id, 'Ramen' as name, 35.6 as latitude, 139.7 as longitude, 'Street 1' as address,
    'Tokyo' as locality, null as region, null as postcode, 'JP' as country, cast(null as varchar) as date_closed,
    ['Dining and Drinking > Restaurant'] as fsq_category_labels
    union all select '4b06', 'Gone', 35.6, 139.7, null, null, null, null, 'JP', '2020-01-01', null) to '${place.path('fsq.parquet')}' (format parquet)`)
  await db.run(`copy (select '08f2' as id, {'primary': 'Museum', 'common': map {'de': 'Das Museum'}} as names,
    {'primary': 'museum'} as categories, {'xmin': 2.0, 'xmax': 2.0, 'ymin': 48.0, 'ymax': 48.0} as bbox,
    [{'freeform': 'Rue 1', 'locality': 'Paris', 'region': null, 'postcode': '75001', 'country': 'FR'}] as addresses) to '${place.path('overture.parquet')}' (format parquet)`)
  db.closeSync()
  assert.deepEqual(told(await importFile(place.store, place.path('fsq.parquet'))), {
    read: 2,
    kept: 1,
    'closed-place': 1,
  })
  assert.deepEqual(told(await importFile(place.store, place.path('overture.parquet'))), { read: 1, kept: 1 })
  assert.deepEqual(place.found(), [
    ['fsq:4b05', 'Ramen', 'food.restaurant'],
    ['overture:08f2', 'Museum', 'culture.museum'],
  ])
  assert.deepEqual([...place.store.places()][1]?.names, ['Das Museum'])
})

test('Overture is read whichever of its releases it is of: without boxes, without categories', async () => {
  using place = room()
  const instance = await DuckDBInstance.create(':memory:')
  const db = await instance.connect()
  const names = (name: string) => `{'primary': '${name}', 'common': cast(null as map(varchar, varchar))} as names`
  // Points at 2° east, 48° north, in both orders of bytes.
  await db.run(`copy (select 'a' as id, ${names('Little')}, 'cafe' as basic_category,
    from_hex('010100000000000000000000400000000000004840') as geometry
    union all select 'b', ${names('Big')}, null, from_hex('000000000140000000000000004048000000000000')
    union all select 'c', ${names('Line')}, 'bar', from_hex('0102000000')
    union all select 'd', ${names('Nowhere')}, 'bar', null) to '${place.path('geometry.parquet')}' (format parquet)`)
  await db.run(`copy (select 'e' as id, ${names('Box')},
    {'xmin': 2.0, 'xmax': 3.0, 'ymin': 48.0, 'ymax': 49.0} as bbox) to '${place.path('box.parquet')}' (format parquet)`)
  db.closeSync()
  assert.deepEqual(told(await importFile(place.store, place.path('geometry.parquet'))), {
    read: 4,
    kept: 2,
    'no-position': 2,
  })
  assert.deepEqual(told(await importFile(place.store, place.path('box.parquet'))), { read: 1, kept: 1 })
  assert.deepEqual(
    [...place.store.places()].map(({ id, category, latitude, longitude }) => [id, category, latitude, longitude]),
    [
      ['overture:a', 'food.cafe', 48, 2],
      ['overture:b', undefined, 48, 2],
      ['overture:e', undefined, 48.5, 2.5],
    ],
  )
})

test('a file that is not what it says is refused as a whole, with the reason, and loses nothing', async () => {
  using place = room()
  const refusals: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ['a.docx', 'x', /not \.csv/],
    ['a.csv', 'a,b\n1,2\n', /needs a header with name, lat and lon/],
    ['empty.csv', '', /is empty/],
    ['a.parquet', 'no parquet', /cannot be read as parquet/],
    ['a.geojson', '{"features": [{]', /no GeoJSON/],
    ['cut.geojson', '{"features": [', /ends too early/],
    ['other.json', '{"places": []}', /no GeoJSON with features/],
    ['notes.txt', 'no table\nat all\n', /none of its 2 rows can be read/],
    ['a.csv.gz', Buffer.from('not gzip'), /incorrect header/],
    ['cut.csv.gz', gzipSync('name,lat,lon\n'.concat('Place,1,2\n'.repeat(10_000))).subarray(0, 60), /unexpected end/],
  ]
  for (const [name, content, reason] of refusals) {
    const file = place.write(name, content)
    await assert.rejects(importFile(place.store, file), (fault: Error) => {
      assert.match(fault.message, reason, name)
      assert(fault.message.startsWith(`${file}: `), fault.message)
      return true
    })
  }
  assert.equal(place.store.count(), 0)
})

test('rows without an id of their own stay apart, also in files of one name', async () => {
  using place = room()
  mkdirSync(place.path('other'))
  await importFile(place.store, place.write('mine.csv', 'name,lat,lon\nOne,1,2\nTwo,3,4\n'))
  const other = place.write('other/mine.csv', 'name,lat,lon\nThree,5,6\nOne,1.0,2\n')
  assert.equal((await importFile(place.store, other)).kept, 2)
  assert.deepEqual(new Set(place.found().map(([, name]) => name)), new Set(['One', 'Two', 'Three']))
  assert.equal(place.store.count(), 3)
})

test('an altitude in GeoJSON is no longitude', async () => {
  using place = room()
  const feature = (name: string, coordinates: unknown) => ({ properties: { name }, geometry: { coordinates } })
  const features = [
    feature('Peak', [10, 50, 2000]),
    feature('Ridge', [
      [10, 50, 1500],
      [12, 52, 1700],
    ]),
  ]
  await importFile(place.store, place.write('high.geojson', JSON.stringify({ features })))
  assert.deepEqual(
    [...place.store.places()].map(({ name, latitude, longitude }) => [name, latitude, longitude]),
    [
      ['Peak', 50, 10],
      ['Ridge', 51, 11],
    ],
  )
})

test('a place is of OpenStreetMap only where its ids or the name of its table say so, and once in two formats', async () => {
  using place = room()
  const point = { coordinates: [2, 1] }
  const json = (id?: string) => JSON.stringify({ features: [{ id, properties: { name: 'Bar' }, geometry: point }] })
  await importFile(place.store, place.write('osm.csv', 'osm_id,name,category,lat,lon\nn7,Bar,amenity=bar,1,2\n'))
  await importFile(place.store, place.write('osm.geojson.json', json('node/7')))
  assert.equal(place.store.count(), 1)
  await importFile(place.store, place.write('own.geojson', json()))
  await importFile(place.store, place.write('osm_pois.csv', 'name,category,lat,lon\nPub,amenity=pub,3,4\n'))
  assert.deepEqual(
    [...place.store.places()]
      .map(({ id, attribution }) => [id, attribution])
      .toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1)),
    [
      ['geo:1.000,2.000/bar', 'not stated'],
      ['geo:3.000,4.000/pub', '© OpenStreetMap contributors, ODbL'],
      ['osm:node/7', '© OpenStreetMap contributors, ODbL'],
    ],
  )
})

test('the category comes from whichever column or label says one of ours', async () => {
  using place = room()
  const table = [
    'fsq_place_id\tname\tlat\tlon\tcategory\ttype\tfsq_category_labels',
    'a\tA\t1\t1\tzzz\tcafe\t',
    'b\tB\t1\t1\t\t\t[Dining and Drinking > Zzz, Bakery, Retail > Bookstore]',
  ]
  await importFile(place.store, place.write('fsq.tsv', table.join('\n')))
  const properties = { name: 'C', tourism: 'attraction', leisure: 'park' }
  const features = [{ id: 'way/1', properties, geometry: { coordinates: [1, 1] } }]
  await importFile(place.store, place.write('c.geojson', JSON.stringify({ features })))
  assert.deepEqual(
    place.found().map(([, name, category]) => [name, category]),
    [
      ['A', 'food.cafe'],
      ['B', 'food.bakery'],
      ['C', 'nature.park'],
    ],
  )
})

const PBF = '../shared/data/basemap/osm-source/sf-downtown.osm.pbf'
test(
  'an extract of OpenStreetMap is read, nodes, ways and relations',
  { skip: !existsSync(PBF) && `no ${PBF}` },
  async () => {
    using place = room()
    const progress = await importFile(place.store, PBF)
    assert.deepEqual(told(progress), { read: 6_480, kept: 6_443, 'closed-place': 37 })
    const ids = place.found().map(([id]) => String(id).split('/')[0])
    assert.deepEqual(new Set(ids), new Set(['osm:node', 'osm:way', 'osm:relation']))
  },
)

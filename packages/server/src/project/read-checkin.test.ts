import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from '@atcute/cbor'
import fc from 'fast-check'
import { blobOf, cafe, cidOf } from './given.ts'
import { CHECKIN_COLLECTIONS, readVisit, recordJson, type Visit } from './read-checkin.ts'

const NOW = Date.UTC(2026, 0, 1)
const createdAt = '2026-01-01T00:00:00.000Z'

/** As it comes out of a repository. */
function read(collection: string, record: object, commitMs = NOW): Visit | undefined {
  return readVisit(collection, decode(encode(record)), commitMs)
}

test("Anchor's third generation has an address and a position", () => {
  const visit = read('app.dropanchor.checkin', {
    text: 'Ahoy',
    createdAt,
    address: { name: 'Klimatika', street: 'Main 1', locality: 'Den Haag', country: 'NL', postalCode: '2500' },
    geo: { latitude: '52.0808732', longitude: '4.3629474' },
    category: 'climbing',
    fsq: { fsqPlaceId: '4b0588f1f964a52094ce22e3' },
    image: { thumb: blobOf('thumb'), fullsize: blobOf('full'), alt: 'Wall' },
  })
  assert.equal(visit?.source, 'anchor')
  assert.equal(visit.placeId, 'fsq:4b0588f1f964a52094ce22e3')
  assert.deepEqual(visit.place.geo, { latitude: '52.0808732', longitude: '4.3629474' })
  assert.equal(visit.place.address?.postalCode, '2500')
  assert.deepEqual(
    visit.photos.map(({ cid, alt }) => [cid, alt]),
    [[cidOf(Buffer.from('full'), 'blob'), 'Wall']],
  )
})

test("Anchor's second generation has a position and refers to its address", () => {
  const visit = read('app.dropanchor.checkin', {
    text: 'Ahoy',
    createdAt,
    addressRef: { uri: 'at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/x.y.z/3kabcdefghij2', cid: cidOf(Buffer.of()) },
    coordinates: { latitude: 52, longitude: 4 },
  })
  assert.equal(visit?.place.name, '52, 4')
  assert.deepEqual([visit.point?.lat, visit.point?.lon], [52, 4])
})

test('an address is left out whose country is longer than its lexicon allows, however few characters it has', () => {
  const countryOf = (country: string): string | undefined => {
    const address = { name: 'Klimatika', country }
    return read('app.dropanchor.checkin', { text: 'Ahoy', createdAt, address })?.place.address?.country
  }
  const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'
  for (const country of ['NL', 'Nederlands', '\u65e5\u672c']) assert.equal(countryOf(country), country)
  for (const country of ['N', 'Nederlandse', family]) assert.equal(countryOf(country), undefined)
})

test("Anchor's first generation has a list of locations", () => {
  const visit = read('app.dropanchor.checkin', {
    text: 'Ahoy',
    createdAt,
    locations: [
      { $type: 'community.lexicon.location.geo', latitude: '52.08', longitude: '4.36' },
      { $type: 'community.lexicon.location.address', name: 'Klimatika', country: 'NL' },
      { $type: 'community.lexicon.location.fsq', fsq_place_id: 'abc', name: 'Other' },
    ],
  })
  assert.equal(visit?.place.name, 'Klimatika')
  assert.equal(visit.placeId, 'fsq:abc')
  assert.equal(visit.point?.lat, 52.08)
})

const beacon = { venueUri: 'osm://way/456', venueName: 'Bar', visibility: 'public', createdAt }

test('a beacon shows only when everyone may see it, from its reveal on', () => {
  const collection = 'app.beaconbits.beacon'
  assert.equal(read(collection, beacon)?.placeId, 'osm:way/456')
  for (const visibility of ['followers', 'mutuals', 'hidden', 'PUBLIC']) {
    assert.equal(read(collection, { ...beacon, visibility }), undefined)
  }
  assert.ok(read(collection, { ...beacon, revealAt: '2026-01-01T00:00:00Z' }))
  assert.equal(read(collection, { ...beacon, revealAt: '2026-01-01T00:00:01Z' }), undefined)
  assert.equal(read(collection, { ...beacon, revealAt: 'soon' }), undefined)
})

test('a beacon from Swarm names its venue by the address there', () => {
  const at = (venueUri: string) => read('app.beaconbits.beacon', { ...beacon, venueUri })?.placeId
  assert.equal(at('https://foursquare.com/venue/4b0588f1f964a52094ce22e3'), 'fsq:4b0588f1f964a52094ce22e3')
  assert.equal(at('https://foursquare.com/v/a-bar/4b0588f1f964a52094ce22e3?s=1'), 'fsq:4b0588f1f964a52094ce22e3')
  assert.equal(at('https://example.com/venue/4b0588f1f964a52094ce22e3'), undefined)
})

test('swapped coordinates are put right where only that makes sense, and impossible ones left out', () => {
  const geo = (latitude: string, longitude: string) =>
    read('app.waypost.checkin', { place: { name: 'x', geo: { latitude, longitude } }, createdAt })?.place.geo
  assert.deepEqual(geo('139.74', '35.65'), { latitude: '35.65', longitude: '139.74' })
  assert.deepEqual(geo('45', '-73.58'), { latitude: '45', longitude: '-73.58' })
  assert.equal(geo('200', '10'), undefined)
  assert.equal(geo('91', '91'), undefined)
  assert.equal(geo('1e1', '10'), undefined)
  assert.equal(geo('NaN', '10'), undefined)
})

test("the person's own position places a check-in only where they gave it exactly and the place has none", () => {
  const exact = { $type: 'community.lexicon.location.geo', latitude: '1', longitude: '2' }
  const position = { precision: 'exact', location: exact }
  const own = read('app.waypost.checkin', { place: { name: 'x' }, position, createdAt })
  assert.deepEqual([own?.point?.lat, own?.placeId], [1, undefined])
  const both = read('app.waypost.checkin', { place: cafe, position, createdAt })
  assert.equal(both?.point?.lat, 52.52)
})

test('reading never throws, whatever a repository holds', () => {
  const keys = [
    'place',
    'geo',
    'name',
    'latitude',
    'address',
    'locations',
    'image',
    'venueName',
    'visibility',
    'photos',
  ]
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant({ $link: cidOf(Buffer.of()) }),
      fc.constantFrom('public', '52.1', '2026-01-01T00:00:00Z'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6, noNullPrototype: true }),
    ),
  }))
  fc.assert(
    fc.property(value, fc.constantFrom(...CHECKIN_COLLECTIONS), (record, collection) => {
      const decoded: unknown = decode(encode(record))
      const visit = readVisit(collection, decoded, NOW)
      assert.ok(visit === undefined || visit.place.name.length > 0)
      JSON.stringify(recordJson(decoded))
    }),
    { numRuns: 500 },
  )
})

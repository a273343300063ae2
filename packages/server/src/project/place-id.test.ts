import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { placeId } from './place-id.ts'

const geo = { latitude: '52.52001', longitude: '13.40495' }

test('the first usable reference names the place', () => {
  const refs = [
    { $type: 'community.lexicon.location.hthree', value: '8a1f1d4899affff' },
    { $type: 'app.waypost.checkin#osmRef', type: 'node', id: '240109189' },
    { $type: 'community.lexicon.location.fsq', fsq_place_id: '4b0588f1f964a52094ce22e3' },
  ]
  assert.equal(placeId({ name: 'Café', refs, geo }), 'osm:node/240109189')
  assert.equal(placeId({ name: 'Café', refs: refs.slice(2), geo }), 'fsq:4b0588f1f964a52094ce22e3')
  assert.equal(
    placeId({ name: 'Café', refs: [{ $type: 'app.waypost.checkin#overtureRef', id: '08f1-a' }] }),
    'overture:08f1-a',
  )
  assert.equal(
    placeId({ name: 'Berlin', refs: [{ $type: 'app.waypost.checkin#geonamesRef', id: '2950159' }] }),
    'geonames:2950159',
  )
  const uri = 'at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.waypost.place/3kabcdefghij2'
  assert.equal(placeId({ name: 'Bench', refs: [{ $type: 'com.atproto.repo.strongRef', uri, cid: 'x' }] }), uri)
})

test('a malformed reference is passed over', () => {
  const refs = [
    { $type: 'app.waypost.checkin#osmRef', type: 'planet', id: '1' },
    { $type: 'app.waypost.checkin#osmRef', type: 'node', id: '1/2' },
    { $type: 'com.atproto.repo.strongRef', uri: 'https://example.com' },
    null,
    'osm',
  ]
  assert.equal(placeId({ name: 'Café Mitte', refs, geo }), 'geo:52.520,13.405/cafe-mitte')
  assert.equal(placeId({ name: 'Café Mitte', refs }), undefined)
})

test('name and position name a place that has no reference', () => {
  assert.equal(placeId({ name: 'CAFÉ  Mitte!', geo }), placeId({ name: 'Cafe Mitte', geo }))
  assert.equal(
    placeId({ name: '東京タワー', geo: { latitude: '35.65858', longitude: '139.74543' } }),
    'geo:35.659,139.745/東京タワー',
  )
  assert.notEqual(placeId({ name: 'が', geo }), placeId({ name: 'か', geo }))
  assert.equal(placeId({ name: '🍺', geo: { latitude: '-0.0001', longitude: '-180' } }), 'geo:0.000,180.000/-')
  assert.equal(placeId({ name: 'nowhere', geo: { latitude: '91', longitude: '181' } }), undefined)
})

test('a swapped position is the same place as the right one', () => {
  assert.equal(
    placeId({ name: 'Tower', geo: { latitude: '139.7454', longitude: '35.6586' } }),
    placeId({ name: 'Tower', geo: { latitude: '35.6586', longitude: '139.7454' } }),
  )
})

test('an id of a place fits its lexicon, whatever the name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 1_280 }), (name) => {
      const id = placeId({ name, geo })
      assert.ok(id !== undefined && Buffer.byteLength(id) <= 512)
      assert.ok(!/[\s]/.test(id))
    }),
    { numRuns: 200 },
  )
})

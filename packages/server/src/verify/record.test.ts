import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, toBytes, toCidLink } from '@atcute/cbor'
import { fromString } from '@atcute/cid'
import { scanBlock } from './blocks.ts'
import type { Collection } from './collections.ts'
import { checkRecord } from './record.ts'

const TID = '3l3qo2vuowo2b'
const CREATED = '2026-01-01T00:00:00.000Z'
const PICTURE = toCidLink(fromString('bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity'))

/** Through CBOR, as records come. */
function check(collection: Collection, fields: object, rkey = TID): ReturnType<typeof checkRecord> {
  const scanned = scanBlock(encode({ $type: collection, ...fields }))
  assert.ok(scanned.ok)
  return checkRecord(collection, rkey, scanned.value)
}

/** 'valid', or the reason why not. */
function judge(collection: Collection, fields: object, rkey?: string): string {
  const checked = check(collection, fields, rkey)
  return checked.ok ? 'valid' : checked.error.reason
}

test('a check-in with photos, facets and a position is valid', () => {
  const checkin = {
    createdAt: CREATED,
    place: { name: 'Café', geo: { latitude: '40.7', longitude: '-73.9' } },
    text: 'Good coffee',
    photos: [{ image: { $type: 'blob', ref: PICTURE, mimeType: 'image/jpeg', size: 9 }, alt: '' }],
    position: {
      precision: 'area',
      location: { $type: 'community.lexicon.location.hthree', value: '882a100d2dfffff' },
    },
  }
  assert.equal(judge('app.waypost.checkin', checkin), 'valid')
  assert.equal(judge('app.waypost.checkin', { ...checkin, somethingNew: toBytes(new Uint8Array(3)) }), 'valid')
})

test('a record whose $type is not its collection is invalid', () => {
  const like = { $type: 'app.waypost.comment', subject: 'at://did:web:a.example/a.b.c/1', createdAt: CREATED }
  assert.equal(judge('app.beaconbits.beacon.like', like), 'record-invalid')
})

test('a record key must be of the kind that its collection says', () => {
  assert.equal(judge('app.waypost.profile', { createdAt: CREATED }, 'self'), 'valid')
  assert.equal(judge('app.waypost.profile', { createdAt: CREATED }, TID), 'record-key-invalid')
  const follow = { subject: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz', createdAt: CREATED }
  assert.equal(judge('app.bsky.graph.follow', follow), 'valid')
  assert.equal(judge('app.bsky.graph.follow', follow, 'self'), 'record-key-invalid')
})

test('our own coordinates must be decimal texts on Earth', () => {
  const at = (latitude: unknown, longitude: unknown): string =>
    judge('app.waypost.place', { name: 'Here', createdAt: CREATED, geo: { latitude, longitude } })
  assert.equal(at('90', '-180'), 'valid')
  for (const [latitude, longitude] of [
    ['90.1', '0'],
    ['0', '180.5'],
    ['120', '40'],
    ['1e1', '0'],
    ['', '0'],
    ['NaN', '0'],
    ['0x10', '0'],
    [40, 7],
  ]) {
    assert.equal(at(latitude, longitude), 'record-invalid', `${latitude}, ${longitude}`)
  }
})

test('a position is a place on Earth or a cell of the grid', () => {
  const at = (location: object): string =>
    judge('app.waypost.checkin', {
      createdAt: CREATED,
      place: { name: 'x' },
      position: { precision: 'exact', location },
    })
  assert.equal(at({ $type: 'community.lexicon.location.geo', latitude: '1', longitude: '2' }), 'valid')
  assert.equal(at({ $type: 'community.lexicon.location.geo', latitude: '91', longitude: '2' }), 'record-invalid')
  assert.equal(at({ $type: 'community.lexicon.location.hthree', value: 'the moon' }), 'record-invalid')
})

test("Anchor's check-ins are read in all three generations, with numbers as well as texts", () => {
  const geo = { latitude: '52.1', longitude: '4.3' }
  const address = { name: 'Café', country: 'NL' }
  const third = { text: 'Hi', createdAt: CREATED, address, geo }
  const second = {
    text: 'Hi',
    createdAt: CREATED,
    addressRef: { uri: 'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/community.lexicon.location.address/1', cid: 'bafy' },
    coordinates: { latitude: 52, longitude: 4 },
  }
  const first = {
    text: 'Hi',
    createdAt: CREATED,
    locations: [
      { $type: 'community.lexicon.location.geo', ...geo },
      { $type: 'community.lexicon.location.address', ...address },
    ],
  }
  for (const record of [third, second, first]) assert.equal(judge('app.dropanchor.checkin', record), 'valid')
  assert.equal(judge('app.dropanchor.checkin', { ...third, geo: { latitude: '4.3', longitude: '152' } }), 'valid')
  assert.equal(judge('app.dropanchor.checkin', { text: 'Hi', createdAt: CREATED }), 'record-invalid')
  assert.equal(judge('app.dropanchor.checkin', { ...third, createdAt: 'yesterday' }), 'record-invalid')
  assert.equal(judge('app.dropanchor.checkin', { ...third, text: 7 }), 'record-invalid')
})

test('a beacon is valid whatever its visibility, and swapped coordinates are for its readers to put right', () => {
  const beacon = { venueUri: 'osm://node/1', venueName: 'Pier', visibility: 'followers', createdAt: CREATED }
  assert.equal(judge('app.beaconbits.beacon', beacon), 'valid')
  assert.equal(judge('app.beaconbits.beacon', { ...beacon, location: { latitude: '-122', longitude: '37' } }), 'valid')
  assert.equal(
    judge('app.beaconbits.beacon', { ...beacon, location: { latitude: '-222', longitude: '37' } }),
    'record-invalid',
  )
})

test('no issue text carries a word of the record', () => {
  const checked = check('app.waypost.checkin', { createdAt: 'SECRET', place: 1 })
  assert.ok(!checked.ok && !checked.error.detail.includes('SECRET'))
})

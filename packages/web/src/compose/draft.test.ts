import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlaceView } from '../views.ts'
import { emptyDraft, faultOf, newPlace, placeFromView, positionOf, readDraft, toRecord } from './draft.ts'

const cafe: PlaceView = {
  id: 'osm:node/1',
  name: 'Pastelaria Aurora',
  category: 'food.bakery',
  geo: { latitude: '38.71', longitude: '-9.14' },
  address: { country: 'PT', locality: 'Lisbon' },
  refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '1' }],
  checkinCount: 3,
  personCount: 2,
  distance: 40,
}
const nothing = { photos: [], position: undefined }
const draft = { ...emptyDraft, place: placeFromView(cafe) }

test('a place goes into the record without what only this server knows', () => {
  assert.deepEqual(Object.keys(placeFromView(cafe)).toSorted(), ['address', 'category', 'geo', 'name', 'refs'])
})

test('a check-in carries all references of its place, whichever of them others use', () => {
  const refs: PlaceView['refs'] = [
    ...cafe.refs!,
    { $type: 'community.lexicon.location.fsq', fsq_place_id: '4b' },
    { $type: 'app.waypost.checkin#overtureRef', id: 'o' },
  ]
  const place = placeFromView({ ...cafe, refs })
  assert.deepEqual(toRecord({ ...emptyDraft, place }, place, nothing).place.refs, refs)
})

test('what was left empty is left out', () => {
  assert.deepEqual(toRecord(draft, draft.place, nothing), { place: draft.place })
  assert.deepEqual(toRecord({ ...draft, text: '  \n ' }, draft.place, nothing), { place: draft.place })
})

test('words, links and companions go in', () => {
  const companions = [{ did: 'did:plc:mika', handle: 'mika.test' }] as const
  const record = toRecord({ ...draft, text: ' see https://a.example ', companions }, draft.place, nothing)
  assert.equal(record.text, 'see https://a.example')
  assert.deepEqual(
    record.facets?.map(({ index }) => index),
    [{ byteStart: 4, byteEnd: 21 }],
  )
  assert.deepEqual(record.with, ['did:plc:mika'])
})

test('a draft without a place, or with too many words, says so', () => {
  assert.equal(faultOf(draft), undefined)
  assert.match(faultOf(emptyDraft) ?? '', /place/)
  assert.match(faultOf({ ...draft, text: 'é'.repeat(302) }) ?? '', /2 characters too long/)
  assert.equal(faultOf({ ...draft, text: '\u{1f1f5}\u{1f1f9}'.repeat(300) }), undefined)
})

test('the own position is only as exact as chosen', () => {
  const at = { lng: -9.139_312_7, lat: 38.722_261_9 }
  const asked: number[] = []
  const cellOf = (_: unknown, resolution: number) => {
    asked.push(resolution)
    return `cell${resolution}`
  }
  assert.equal(positionOf('none', at, cellOf), undefined)
  for (const precision of ['city', 'area', 'street'] as const) {
    const location = JSON.stringify(positionOf(precision, at, cellOf)?.location)
    assert.ok(!location.includes('38.7'), location)
  }
  assert.deepEqual(asked, [5, 8, 10])
  assert.deepEqual(positionOf('exact', at, cellOf), {
    precision: 'exact',
    location: { $type: 'community.lexicon.location.geo', latitude: '38.72226', longitude: '-9.13931' },
  })
})

test('a new place is a name and a pin', () => {
  assert.deepEqual(newPlace(' Our bench ', { lng: 1, lat: 2 }, undefined), {
    name: 'Our bench',
    geo: { latitude: '2.00000', longitude: '1.00000' },
  })
})

test('a stored draft comes back, and rubbish does not', () => {
  const stored = {
    ...draft,
    text: 'hello',
    companions: [{ did: 'did:plc:a', handle: 'a.test' }],
    placeId: 'osm:node/1',
    mentions: { 'ana.test': 'did:plc:ana' },
  }
  assert.deepEqual(readDraft(JSON.stringify(stored)), stored)
  for (const bad of [null, '', 'null', '[]', '{"place":7,"text":null,"companions":[1,null,{}],"mentions":{"a":1}}']) {
    assert.deepEqual(readDraft(bad), emptyDraft)
  }
})

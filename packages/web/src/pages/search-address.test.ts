import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SearchAddress, searchAddress } from './search-address.ts'

const nothing: SearchAddress = {
  q: '',
  kind: 'all',
  person: undefined,
  place: undefined,
  since: undefined,
  until: undefined,
  area: undefined,
  near: undefined,
}

function throughAddress(state: SearchAddress): SearchAddress {
  const given = Object.entries(searchAddress.write(state)).flatMap(([key, value]) => (value ? [[key, value]] : []))
  return searchAddress.read(new URLSearchParams(given))
}

test('all that a search over check-ins asks comes back from the address', () => {
  const state: SearchAddress = {
    q: 'cake & tea',
    kind: 'checkins',
    person: 'ana.example',
    place: 'osm:node/240109189',
    since: '2024-05-01',
    until: '2025-01-31',
    area: { north: '53.000', south: '52', west: '-13.5', east: '14' },
    near: { latitude: '52.52', longitude: '-13.40' },
  }
  assert.deepEqual(throughAddress(state), state)
})

test('a search for places and people is no more than its words', () => {
  assert.deepEqual(throughAddress({ ...nothing, q: 'tea', person: 'ana.example' }), { ...nothing, q: 'tea' })
})

test('what is not a day, or not a whole area, is left out', () => {
  const found = searchAddress.read(new URLSearchParams('in=checkins&since=soon&until=2024&area=1,2,3&near=x,1'))
  assert.deepEqual(found, { ...nothing, kind: 'checkins' })
})

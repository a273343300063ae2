import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlaceView } from '../views.ts'
import { knownPlaces, rankAround, similarAround } from './rank-around.ts'

const HERE = { lat: 38.71, lng: -9.14 }
const NOBODY: ReadonlyMap<string, number> = new Map()

/** A place so many thousandths of a degree (87 metres) to the east. */
function east(name: string, thousandths: number, more: Partial<PlaceView> = {}): PlaceView {
  const geo = { latitude: '38.71', longitude: (-9.14 + thousandths / 1_000).toFixed(5) }
  return { id: name, name, geo, checkinCount: 0, personCount: 0, ...more }
}

function names(places: readonly PlaceView[], text: string, visits = NOBODY): string[] {
  const known = knownPlaces(places, { isFound: false })
  return rankAround(known, { text, at: HERE, visits }).places.map(({ name }) => name)
}

test('around a position the nearest come first, haunts and busy places as if they were nearer', () => {
  const { geo: _, ...nowhere } = east('Nowhere', 0)
  const places = [nowhere, east('Far', 10), east('Near', 1), east('Haunt', 2), east('Busy', 3, { checkinCount: 400 })]
  assert.deepEqual(names(places, '', new Map([['Haunt', 5]])), ['Haunt', 'Near', 'Busy', 'Far', 'Nowhere'])
  const known = knownPlaces(places, { isFound: false })
  const { places: ranked } = rankAround(known, { text: '', at: HERE, visits: NOBODY })
  assert.deepEqual(
    ranked.map(({ name, distance }) => [name, distance]),
    [
      ['Near', 87],
      ['Busy', 260],
      ['Haunt', 174],
      ['Far', 868],
      ['Nowhere', undefined],
    ],
  )
})

test('the middle of a town gives way to what is about as near', () => {
  assert.deepEqual(names([east('Town', 1, { category: 'place.town' }), east('Bench', 5)], ''), ['Bench', 'Town'])
})

test('a text is found as the server finds it: by beginnings, with slips, and letters written in another way', () => {
  const places = [
    east('Starbucks', 1),
    east('Smørrebrød Aarhus', 2),
    east('スシロー', 3),
    east('Starlight', 1, { address: { country: 'PT', locality: 'Lisbon' } }),
  ]
  assert.deepEqual(names(places, 'star').toSorted(), ['Starbucks', 'Starlight'])
  assert.deepEqual(names(places, 'starbuks'), ['Starbucks'])
  assert.deepEqual(names(places, 'smoerrebroed århus'), ['Smørrebrød Aarhus'])
  assert.deepEqual(names(places, 'すし'), ['スシロー'])
  assert.deepEqual(names(places, 'starlight lisbon'), ['Starlight'])
  assert.deepEqual(names(places, 'museum'), [])
})

test('what the server found by the text stays, though its name here has none of it', () => {
  const found = knownPlaces([east('東京タワー', 1)], { isFound: true })
  const { places } = rankAround(found, { text: 'tokyo tower', at: HERE, visits: NOBODY })
  assert.equal(places.length, 1)
})

test('a poor answer says so: nothing around, or few that fit and none that is called so', () => {
  const isPoor = (places: readonly PlaceView[], text: string) =>
    rankAround(knownPlaces(places, { isFound: false }), { text, at: HERE, visits: NOBODY }).isPoor
  assert.deepEqual([isPoor([], ''), isPoor([east('Bench', 1)], '')], [true, false])
  assert.deepEqual([isPoor([east('Bench', 1)], 'ben'), isPoor([east('Bench', 1)], 'bench')], [true, false])
})

test('before a place is added, those like it and near are pointed out, nearest first', () => {
  const places = [east('Pastelaria Auroro', 2), east('Pastelaria Aurora', 1), east('Aurora', 9), east('Bench', 1)]
  const similar = similarAround(knownPlaces(places, { isFound: false }), 'pastelaria aurora', HERE)
  assert.deepEqual(
    similar.map(({ name }) => name),
    ['Pastelaria Aurora', 'Pastelaria Auroro'],
  )
})

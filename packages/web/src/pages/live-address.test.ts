import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveAddress } from './live-address.ts'

const nothing = { category: undefined, photos: undefined, lang: undefined, near: undefined }
const read = (text: string) => liveAddress.read(new URLSearchParams(text))

test('a map, and what the feed is narrowed down to, come back from the address', () => {
  const camera = { center: { lat: 52.516, lng: 13.378 }, zoom: 12.5 }
  const filters = { category: 'food', photos: true, lang: 'de', near: { latitude: '52.52', longitude: '13.40' } }
  const written = liveAddress.write({ shown: 'map', camera, filters })
  assert.equal(written['map'], '52.516,13.378,12.50')
  const text = new URLSearchParams(Object.entries(written).flatMap(([key, value]) => (value ? [[key, value]] : [])))
  assert.deepEqual(liveAddress.read(text), { shown: 'map', camera, filters })
})

test('where the newsfeed lists everywhere, the map is not in the address', () => {
  const camera = { center: { lat: 1, lng: 2 }, zoom: 3 }
  assert.equal(liveAddress.write({ shown: 'everywhere', camera, filters: nothing })['map'], undefined)
})

test('an address that says nothing sensible is that of everywhere', () => {
  for (const text of [
    '',
    'map=',
    'map=91,0.1,3',
    'map=1,2',
    'map=1,2,x',
    'map=1,2,99',
    'feed=x',
    'near=a,b',
    'near=1',
  ]) {
    assert.deepEqual(read(text), { shown: 'everywhere', camera: undefined, filters: nothing }, text)
  }
})

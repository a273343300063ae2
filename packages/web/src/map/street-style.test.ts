import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StyleSpecification } from 'maplibre-gl'
import { type Coverage, streetStyle } from './street-style.ts'

const URL = 'pmtiles://https://waypost.example/tiles/a.pmtiles'
const city = { minZoom: 10, isWorld: false }
/** The built-in world in short. */
const empty = { type: 'geojson' as const, data: { type: 'FeatureCollection' as const, features: [] } }
const builtIn: StyleSpecification = {
  version: 8,
  sources: { 'land-coarse': empty, 'land-finest': empty, labels: empty, towns: empty },
  layers: [
    { id: 'water', type: 'background' },
    { id: 'land-coarse', type: 'fill', source: 'land-coarse' },
    { id: 'land-finest', type: 'fill', source: 'land-finest' },
    { id: 'cities-labels', type: 'symbol', source: 'labels', minzoom: 2.6 },
    { id: 'cities-towns', type: 'symbol', source: 'towns', minzoom: 5 },
  ],
}
const styleOf = (isDark: boolean, coverage: Coverage) => streetStyle(builtIn, { isDark, url: URL, coverage })
const world = { minZoom: 0, isWorld: true }

test('a map of streets asks for no glyphs and no sprites, in either theme, and names no layer twice', () => {
  for (const isDark of [false, true]) {
    for (const coverage of [city, world]) {
      const { glyphs, sprite, layers, sources } = styleOf(isDark, coverage)
      assert.equal(glyphs, undefined)
      assert.equal(sprite, undefined)
      assert(!JSON.stringify(layers).includes('icon-image'))
      assert.equal(new Set(layers.map(({ id }) => id)).size, layers.length)
      for (const layer of layers) if ('source' in layer) assert(layer.source in sources, layer.id)
    }
  }
})

test('outside of a city that has streets the built-in world goes on, and its names end where the streets’ begin', () => {
  const { layers } = styleOf(false, city)
  const names = layers.filter(({ id, type }) => type === 'symbol' && !id.startsWith('streets-'))
  assert(layers.some(({ id }) => id === 'land-finest'))
  assert(names.length > 0 && names.every(({ maxzoom = 24 }) => maxzoom <= 10))
  const whole = styleOf(false, world).layers
  assert(!whole.some(({ id }) => id === 'land-finest' || id.startsWith('cities-')))
})

test('both themes have the same layers, so that a change of theme is one of colours alone', () => {
  const ids = (isDark: boolean) => styleOf(isDark, city).layers.map(({ id }) => id)
  assert.deepEqual(ids(true), ids(false))
})

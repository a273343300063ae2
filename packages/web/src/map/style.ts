import type { StyleSpecification } from 'maplibre-gl'
import labelsUrl from './generated/labels.json?url'
import coarseLandUrl from './generated/land-110m.json?url'
import coarseLinesUrl from './generated/lines-110m.json?url'
import { COLOURS, font } from './ground.ts'

/** Where the finer coast takes over from the coarser one, once it is there (late-sources.ts). */
export const FINE_ZOOM = 3
export const FINEST_ZOOM = 7

/** The built-in world map. No glyph server: labels are drawn from the fonts of the page. */
export function worldStyle(isDark: boolean): StyleSpecification {
  const colours = COLOURS[isDark ? 'dark' : 'light']
  const empty = { type: 'FeatureCollection' as const, features: [] }
  const later = () => ({ type: 'geojson' as const, data: empty, tolerance: 0.25 })
  const geojson = (url: string) => ({ ...later(), data: new URL(url, location.href).href })
  return {
    version: 8,
    sources: {
      'land-coarse': geojson(coarseLandUrl),
      'land-fine': later(),
      'land-finest': later(),
      'lines-coarse': geojson(coarseLinesUrl),
      'lines-fine': later(),
      labels: geojson(labelsUrl),
      towns: later(),
    },
    layers: [
      { id: 'water', type: 'background', paint: { 'background-color': colours.water } },
      fill('land-coarse', 0, colours.land),
      fill('land-fine', FINE_ZOOM, colours.land),
      fill('land-finest', FINEST_ZOOM, colours.land),
      ...(['coarse', 'fine'] as const).flatMap((detail) => [
        line('coast', detail, colours.coast),
        line('border', detail, colours.border),
      ]),
      {
        id: 'oceans',
        type: 'symbol',
        source: 'labels',
        maxzoom: 5,
        filter: ['==', ['get', 'kind'], 'ocean'],
        layout: {
          'text-field': ['get', 'name'],
          'text-font': font('Regular Italic'),
          'text-size': 12,
          'text-letter-spacing': 0.12,
          'text-max-width': 6,
        },
        paint: { 'text-color': colours.ocean },
      },
      // Where there isn't room for all names, the later layer's go first: small towns give way to cities, to countries.
      ...(['towns', 'labels'] as const).map((source) => cities(source, colours)),
      {
        id: 'countries',
        type: 'symbol',
        source: 'labels',
        minzoom: 1.6,
        maxzoom: 7,
        filter: ['==', ['get', 'kind'], 'country'],
        layout: {
          'text-field': ['get', 'name'],
          'text-font': font('Medium'),
          'text-size': ['interpolate', ['linear'], ['zoom'], 2, 10.5, 6, 15],
          'text-letter-spacing': 0.06,
          'text-max-width': 7,
          'text-padding': 6,
          'symbol-sort-key': ['get', 'rank'],
        },
        paint: { 'text-color': colours.country, 'text-halo-color': colours.halo, 'text-halo-width': 1.2 },
      },
    ],
  }
}

type Layer = StyleSpecification['layers'][number]

function fill(source: string, minzoom: number, colour: string): Layer {
  return { id: source, type: 'fill', source, minzoom, paint: { 'fill-color': colour } }
}

function line(kind: 'coast' | 'border', detail: 'coarse' | 'fine', colour: string): Layer {
  return {
    id: `${kind}-${detail}`,
    type: 'line',
    source: `lines-${detail}`,
    minzoom: detail === 'coarse' ? 0 : FINE_ZOOM,
    filter: ['==', ['get', 'kind'], kind],
    layout: { 'line-join': 'round' },
    paint: {
      'line-color': colour,
      'line-width': kind === 'coast' ? 0.8 : 0.9,
      ...(kind === 'border' ? { 'line-dasharray': [3, 2] } : {}),
    },
  }
}

function cities(source: 'labels' | 'towns', colours: (typeof COLOURS)['light' | 'dark']): Layer {
  return {
    id: `cities-${source}`,
    type: 'symbol',
    source,
    minzoom: source === 'labels' ? 2.6 : 5,
    filter: ['==', ['get', 'kind'], 'city'],
    layout: {
      'text-field': ['get', 'name'],
      'text-font': font('Regular'),
      'text-size': ['interpolate', ['linear'], ['zoom'], 3, 11, 9, 14],
      'text-padding': ['interpolate', ['linear'], ['zoom'], 3, 14, 7, 4],
      'text-max-width': 8,
      'symbol-sort-key': ['get', 'rank'],
    },
    paint: { 'text-color': colours.city, 'text-halo-color': colours.halo, 'text-halo-width': 1.4 },
  }
}

import { type Flavor, layers, namedFlavor } from '@protomaps/basemaps'
import type { StyleSpecification } from 'maplibre-gl'
import { COLOURS, font } from './ground.ts'

type Layer = StyleSpecification['layers'][number]

/** What an archive of tiles has. */
export interface Coverage {
  readonly minZoom: number
  /** The whole world, or a part of it. */
  readonly isWorld: boolean
}

/** Inside a part of the world the archive's own names take over here; outside of it there are none any more. */
const PART_NAMES_ZOOM = 9
const POIS_ZOOM = 16.5
const SOURCE = 'streets'
/** Sources of the built-in map that a world of tiles makes superfluous. */
const FINER = ['land-fine', 'land-finest', 'lines-fine', 'towns']

/**
 * Streets by Protomaps' style over the built-in world, which shows wherever the archive has nothing. Labels are drawn
 * with the fonts of the page, and there are no sprites: icons are left out, and what is nothing but an icon.
 */
export function streetStyle(
  world: StyleSpecification,
  { isDark, url, coverage: { isWorld, minZoom } }: { isDark: boolean; url: string; coverage: Coverage },
): StyleSpecification {
  const namesUntil = isWorld ? minZoom : Math.max(minZoom, PART_NAMES_ZOOM)
  const isNeeded = (source: string): boolean => !isWorld || !FINER.includes(source)
  const ground = world.layers.filter((layer) => !('source' in layer) || isNeeded(layer.source))
  const names = ground.filter(({ type }) => type === 'symbol')
  return {
    ...world,
    sources: {
      ...Object.fromEntries(Object.entries(world.sources).filter(([source]) => isNeeded(source))),
      [SOURCE]: { type: 'vector', url },
    },
    layers: [
      ...ground.filter(({ type }) => type !== 'symbol'),
      ...streets(isDark),
      ...names
        .map((layer): Layer => ({ ...layer, maxzoom: Math.min(layer.maxzoom ?? 24, namesUntil) }))
        .filter(({ minzoom = 0, maxzoom = 0 }) => minzoom < maxzoom),
    ],
  }
}

function streets(isDark: boolean): Layer[] {
  const all = layers(SOURCE, flavour(isDark), { lang: 'en' }) as Layer[]
  // The built-in world has layers of the same names.
  return all
    .map((layer): Layer => ({ ...layer, id: `${SOURCE}-${layer.id}` }))
    .flatMap((layer) => {
      if (layer.type === 'background') return []
      if (layer.type !== 'symbol') return layer
      const isIconAlone = layer.layout?.['text-field'] === undefined || layer.id === `${SOURCE}-roads_shields`
      if (isIconAlone) return []
      const kept = Object.entries(layer.layout ?? {}).filter(([name]) => !name.startsWith('icon-'))
      const isItalic = JSON.stringify(layer.layout?.['text-font']).includes('Italic')
      const layout = { ...Object.fromEntries(kept), 'text-font': font(isItalic ? 'Regular Italic' : 'Regular') }
      // Nearer than the feeds' maps go: without icons they would be a carpet of names beneath the pins.
      const minzoom = layer.id === `${SOURCE}-pois` ? POIS_ZOOM : layer.minzoom
      return { ...layer, layout, ...(minzoom !== undefined && { minzoom }) } as Layer
    })
}

/** Protomaps' colours, with ours for the ground and for words, so that nothing changes where the archive begins. */
function flavour(isDark: boolean): Flavor {
  const { land, water, city, country, ocean } = COLOURS[isDark ? 'dark' : 'light']
  const halos = ['roads_label_minor_halo', 'roads_label_major_halo', 'subplace_label_halo', 'city_label_halo']
  return {
    ...namedFlavor(isDark ? 'dark' : 'light'),
    ...Object.fromEntries([...halos, 'state_label_halo', 'address_label_halo'].map((halo) => [halo, land])),
    earth: land,
    water,
    ocean_label: ocean,
    roads_label_minor: country,
    roads_label_major: city,
    subplace_label: country,
    city_label: city,
    state_label: country,
    country_label: country,
  }
}

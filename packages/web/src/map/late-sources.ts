import type { GeoJSONSource, Map as GlMap } from 'maplibre-gl'
import finestLandUrl from './generated/land-10m.json?url'
import fineLandUrl from './generated/land-50m.json?url'
import fineLinesUrl from './generated/lines-50m.json?url'
import townsUrl from './generated/towns.txt?url'
import { FINE_ZOOM, FINEST_ZOOM } from './style.ts'

/** What of the built-in map only helps when one is near. */
interface LateSource {
  readonly source: string
  readonly fromZoom: number
  readonly load: () => Promise<string | object>
  /** Layers that it replaces, and the zoom from which. */
  readonly replaces?: readonly string[]
}

const LATE: readonly LateSource[] = [
  { source: 'land-fine', fromZoom: FINE_ZOOM, load: async () => absolute(fineLandUrl), replaces: ['land-coarse'] },
  {
    source: 'lines-fine',
    fromZoom: FINE_ZOOM,
    load: async () => absolute(fineLinesUrl),
    replaces: ['coast-coarse', 'border-coarse'],
  },
  { source: 'towns', fromZoom: 4.5, load: loadTowns },
  {
    source: 'land-finest',
    fromZoom: FINEST_ZOOM,
    load: async () => absolute(finestLandUrl),
    // The finest coast has no lines of its own: the edge of its fill is sharp enough that near.
    replaces: ['land-fine', 'coast-fine'],
  },
]

/** Loaded while one is still this far away, so that it is mostly there on arrival. */
const AHEAD_ZOOM = 0.5

/**
 * Fills the finer sources of the built-in map when the zoom comes near them. Until one is there, the coarser layer is
 * drawn on beyond its zoom: a rough coast is better than none. To be called whenever the map settles or its style is new.
 */
export function fillLateSources(map: GlMap, filled: WeakSet<object>): void {
  for (const { source: id, fromZoom, load, replaces = [] } of LATE) {
    const source = map.getSource<GeoJSONSource>(id)
    if (source === undefined || filled.has(source) || map.getZoom() < fromZoom - AHEAD_ZOOM) continue
    filled.add(source)
    const fill = async () => {
      await source.setData((await load()) as string)
      for (const layer of replaces) {
        const old = map.getLayer(layer)
        if (old !== undefined) map.setLayerZoomRange(layer, old.minzoom ?? 0, fromZoom)
      }
    }
    // What could not be loaded is tried again when the map next settles.
    fill().catch(() => filled.delete(source))
  }
}

function absolute(url: string): string {
  return new URL(url, location.href).href
}

async function loadTowns(): Promise<object> {
  const lines = (await (await fetch(townsUrl)).text()).split('\n')
  const features = lines.map((line, index) => {
    const [name, lng, lat] = line.split('\t')
    return {
      type: 'Feature',
      properties: { kind: 'city', name, rank: 10_000 + index },
      geometry: { type: 'Point', coordinates: [Number(lng), Number(lat)] },
    }
  })
  return { type: 'FeatureCollection', features }
}

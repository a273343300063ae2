import { Map as GlMap, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import { t } from '../language/language.ts'
import type { Bounds } from './area.ts'
import { drawHeat } from './heat-layer.ts'
import type { HeatPoint } from './heat.ts'
import { fillLateSources } from './late-sources.ts'
import { BUILT_IN_ATTRIBUTION, type Camera, type LngLat } from './mercator.ts'
import { openStreets, STREETS_ATTRIBUTION } from './street-tiles.ts'
import { worldStyle } from './style.ts'

/**
 * The one module that knows MapLibre, and the only way to it is a dynamic import: its 450 kB come after the first paint,
 * and never to a phone whose owner only reads. Pins are not drawn here: they are buttons of the page, laid over it.
 */
export interface LiveMap {
  camera(): Camera
  /** The visible box in degrees. */
  bounds(): Bounds
  /** `isByHand`: the person asked to go there. */
  fly(camera: Camera, options?: { readonly isByHand: boolean }): void
  zoomBy(steps: number): void
  /** To be called once it is ready. */
  setDark(isDark: boolean): void
  /** As near as the ground still has something to show around a point. */
  detailZoom(at: LngLat): number
  /** To be called once it is ready. */
  setHeat(points: readonly HeatPoint[] | undefined, isDark: boolean): void
  /** Whose data is drawn, as plain words. */
  attribution(): string
  remove(): void
}

/** What the operator offers in place of the built-in world: a style of their own, or streets for it. */
export interface Ground {
  readonly mapStyle?: string | undefined
  readonly tiles?: string | undefined
}

export interface LiveMapOptions {
  readonly container: HTMLElement
  readonly label: string
  readonly camera: Camera
  readonly isDark: boolean
  readonly isReducedMotion: boolean
  readonly ground: Ground
  readonly zoomMax: number
  readonly isEmbedded: boolean
  readonly onReady: () => void
  readonly onMove: (camera: Camera) => void
  /** `isByHand`: the person moved it, not the page. */
  readonly onSettled: (isByHand: boolean) => void
  readonly onPress: (at: LngLat) => void
}

/** The built-in world has coasts and towns. */
const WORLD_DETAIL_ZOOM = 7

export async function openMap(options: LiveMapOptions): Promise<LiveMap> {
  setWorkerUrl(workerUrl)
  const { container, camera, ground, isReducedMotion } = options
  const { mapStyle: styleUrl, tiles } = ground
  let isDark = options.isDark
  // Without its streets the world is still a map.
  const streets = tiles === undefined ? undefined : await openStreets(tiles).catch(() => undefined)
  const ownStyle = streets?.style ?? worldStyle
  const filled = new WeakSet<object>()
  const map = new GlMap({
    container,
    style: styleUrl ?? ownStyle(isDark),
    center: [camera.center.lng, camera.center.lat],
    zoom: camera.zoom,
    minZoom: -2,
    maxZoom: options.zoomMax,
    attributionControl: false,
    scrollZoom: !options.isEmbedded,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    // A label that fades looks unsure of itself; one frame less is also one frame saved.
    fadeDuration: isReducedMotion ? 0 : 200,
  })
  map.touchZoomRotate.disableRotation()
  map.keyboard.disableRotation()
  map.getCanvas().setAttribute('aria-label', t.map.moving(options.label))

  const cameraNow = (): Camera => {
    const { lng, lat } = map.getCenter()
    return { center: { lng, lat }, zoom: map.getZoom() }
  }
  map.once('idle', options.onReady)
  map.on('move', () => options.onMove(cameraNow()))
  // A drag goes on by itself after the hand has let go, so what began it is remembered until the map stands still.
  let isByHand = false
  const noteHand = ({ originalEvent }: { originalEvent?: unknown }) => {
    if (originalEvent !== undefined) isByHand = true
  }
  map.on('movestart', noteHand)
  map.on('dragstart', noteHand)
  map.on('wheel', noteHand)
  map.on('moveend', () => {
    if (map.isMoving()) return
    fillLateSources(map, filled)
    options.onSettled(isByHand)
    isByHand = false
  })
  map.on('styledata', () => fillLateSources(map, filled))
  map.on('click', ({ lngLat: { lng, lat } }) => options.onPress({ lng, lat }))

  return {
    camera: cameraNow,
    bounds() {
      const bounds = map.getBounds()
      return { north: bounds.getNorth(), south: bounds.getSouth(), east: bounds.getEast(), west: bounds.getWest() }
    },
    fly({ center: { lng, lat }, zoom }, asked = { isByHand: false }) {
      isByHand ||= asked.isByHand
      const to = { center: [lng, lat] as [number, number], zoom }
      if (isReducedMotion) map.jumpTo(to)
      else map.easeTo({ ...to, duration: 700 })
    },
    zoomBy(steps) {
      isByHand = true
      map.easeTo({ zoom: map.getZoom() + steps, duration: isReducedMotion ? 0 : 250 })
    },
    setDark(next) {
      if (next === isDark || styleUrl !== undefined) return
      isDark = next
      // Colours only: a new style would empty the sources that came late.
      for (const layer of ownStyle(next).layers) {
        for (const [name, value] of Object.entries(layer.paint ?? {}))
          map.setPaintProperty(layer.id, name as 'fill-color', value)
      }
    },
    detailZoom: (at) => (streets?.has(at) === true ? Math.max(WORLD_DETAIL_ZOOM, streets.maxZoom) : WORLD_DETAIL_ZOOM),
    setHeat: (points, dark) => drawHeat(map, points, dark),
    attribution() {
      if (streets !== undefined) return `${STREETS_ATTRIBUTION} · ${BUILT_IN_ATTRIBUTION}`
      if (styleUrl === undefined) return BUILT_IN_ATTRIBUTION
      const sources = Object.keys(map.getStyle().sources).map((id) => map.getSource(id)?.attribution ?? '')
      return [...new Set(sources)].map(plainText).filter(Boolean).join(' · ')
    },
    remove: () => map.remove(),
  }
}

/** Attributions come as HTML; only their words are shown. */
function plainText(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&copy;', '©')
    .trim()
}

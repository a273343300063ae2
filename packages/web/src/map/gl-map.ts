import { Map as GlMap, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { Bounds } from './area.ts'
import { fillLateSources } from './late-sources.ts'
import { BUILT_IN_ATTRIBUTION, type Camera, type LngLat } from './mercator.ts'
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
  setDark(isDark: boolean): void
  /** Whose data is drawn, as plain words. */
  attribution(): string
  remove(): void
}

export interface LiveMapOptions {
  readonly container: HTMLElement
  readonly label: string
  readonly camera: Camera
  readonly isDark: boolean
  readonly isReducedMotion: boolean
  /** A style of the operator's own, else the built-in world. */
  readonly styleUrl: string | undefined
  readonly zoomMax: number
  readonly isEmbedded: boolean
  readonly onReady: () => void
  readonly onMove: (camera: Camera) => void
  /** `isByHand`: the person moved it, not the page. */
  readonly onSettled: (isByHand: boolean) => void
  readonly onPress: (at: LngLat) => void
}

export function openMap(options: LiveMapOptions): LiveMap {
  setWorkerUrl(workerUrl)
  const { container, camera, styleUrl, isReducedMotion } = options
  let isDark = options.isDark
  const filled = new WeakSet<object>()
  const map = new GlMap({
    container,
    style: styleUrl ?? worldStyle(isDark),
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
  map.getCanvas().setAttribute('aria-label', `Moving map: ${options.label}`)

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
      for (const layer of worldStyle(next).layers) {
        for (const [name, value] of Object.entries(layer.paint ?? {}))
          map.setPaintProperty(layer.id, name as 'fill-color', value)
      }
    },
    attribution() {
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

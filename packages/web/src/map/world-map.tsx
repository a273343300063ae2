import { Minus, Plus } from 'lucide'
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Area } from '../feed/queries.ts'
import { t } from '../language/language.ts'
import { useServerInfo } from '../session/session.tsx'
import { Icon } from '../ui/icon.tsx'
import { isReducedMotion, useSettled } from '../ui/media.ts'
import { useIsDark } from '../ui/theme.ts'
import type { CellView, CheckinView } from '../views.ts'
import { areaOf, type Bounds, boundsOf } from './area.ts'
import { type Cluster, cluster, type MapPoint } from './cluster.ts'
import type { LiveMap } from './gl-map.ts'
import type { HeatPoint } from './heat.ts'
import {
  type Box,
  BUILT_IN_ATTRIBUTION,
  type Camera,
  clamped,
  fit,
  framed,
  type LngLat,
  metresBetween,
} from './mercator.ts'
import { type PlacePins, Pins } from './pins.tsx'
import { Preview } from './preview.tsx'
import { StillHeat } from './still-heat.tsx'
import { StillMap } from './still-map.tsx'
import { weigh } from './weigh.ts'

export interface MapMark extends LngLat {
  readonly face: ReactNode
}

/** What a map shows, as the feed of it is asked for. */
export interface MapView {
  readonly area: Area
  readonly zoom: number
  readonly camera: Camera
  /** The person moved it there, not the page. */
  readonly isByHand: boolean
}

export interface WorldMapProps {
  readonly label: string
  /** Newest first, some maybe twice; those without a position aren't drawn. */
  readonly items: readonly CheckinView[]
  /** How many there are in each part of the map, at hand or not. Absent: the items are all. */
  readonly cells?: readonly CellView[]
  /** Items that were deleted. */
  readonly gone?: ReadonlySet<string>
  /** Whether the items are there yet: the first view is fitted to them, and never moves by itself after. */
  readonly isLoaded?: boolean
  readonly fresh?: ReadonlySet<string>
  readonly pointed?: string | undefined
  /** `still` is a picture; `live` loads the map that one can move. */
  readonly mode: 'still' | 'live'
  /** Where to begin, in place of a fit. */
  readonly start?: Camera | undefined
  /** The live map stays where it begins, and does not come nearer by itself. */
  readonly isExact?: boolean
  readonly onView?: (view: MapView) => void
  /** One spot drawn above everything else: the place that the page is about. */
  readonly mark?: MapMark
  readonly face?: 'person' | 'place'
  /** Drawn in place of the pins. */
  readonly heat?: readonly HeatPoint[] | undefined
  /** In the middle of a page the wheel scrolls the page. */
  readonly isEmbedded?: boolean
  readonly children?: ReactNode
}

const ZOOM_MAX = 16
/** The coarse outline of the still map stays true enough up to here. */
const STILL_ZOOM_MAX = 3.2
/** A little longer than the stylesheet's. */
const FADE_MS = 500
const NOTHING: ReadonlySet<string> = new Set()
const NO_CELLS: readonly CellView[] = []
/** Check-ins nearer to each other than this are at one spot: a list shows them better than any zoom. */
const ONE_SPOT_METRES = 40

export function WorldMap(props: WorldMapProps) {
  const {
    label,
    items,
    cells = NO_CELLS,
    gone = NOTHING,
    isLoaded = true,
    fresh = NOTHING,
    pointed,
    mode,
    start,
    isExact = false,
    onView,
    mark,
    face = 'person',
    heat,
    isEmbedded = false,
    children,
  } = props
  const frame = useRef<HTMLDivElement>(null)
  const box = useBox(frame)
  const points = useMemo(() => weigh(items, cells, gone), [items, cells, gone])
  const byUri = useMemo(() => new Map(items.map((item) => [item.uri as string, item])), [items])
  const [begun, setBegun] = useState<Camera>()
  const [selected, setSelected] = useState<string>()
  const place = useRef<PlacePins>(undefined)

  // The view is chosen once, when the room and the check-ins are known; a still map has nobody to move it, so it refits.
  const isTouched = useRef(false)
  useLayoutEffect(() => {
    if (box === undefined || isTouched.current || (!isLoaded && start === undefined)) return
    setBegun(
      start === undefined ? framed(points, { ...box, padding: 56, zoomMax: STILL_ZOOM_MAX }) : clamped(start, box),
    )
    if (points.length > 0 && mode === 'live') isTouched.current = true
  }, [box, points, isLoaded, start, mode])

  const first = begun ?? (box === undefined ? undefined : clamped({ center: { lng: 12, lat: 30 }, zoom: 0 }, box))
  const live = useLiveMap({
    frame,
    label,
    isOn: mode === 'live' && begun !== undefined,
    camera: first,
    place,
    onView,
    isEmbedded,
    heat,
    onGround: () => setSelected(undefined),
  })
  useComingNear(
    live,
    box === undefined || isExact ? undefined : (zoomMax) => nearView(points, { ...box, zoomMax }, start),
  )
  useFirstView(start === undefined ? undefined : begun, box, onView)
  // The picture stays until the live map has faded in over it.
  const isCovered = useSettled(live.isReady, FADE_MS) && live.isReady
  const camera = live.map?.camera() ?? first
  const zoom = live.zoomStep ?? camera?.zoom ?? 0
  const clusters = useMemo(() => cluster(points, zoom), [points, zoom])

  const press = (pressed: Cluster) => {
    if (box === undefined || live.map === undefined) return
    const corners = pressed.points.flatMap((point) => (point.box === undefined ? [point] : cornersOf(point.box)))
    const spread = Math.max(...corners.map((corner) => metresBetween(corner, pressed)))
    const isKnown = pressed.points.some(({ id }) => byUri.has(id))
    const { zoom: now } = live.map.camera()
    if (isKnown && (spread < ONE_SPOT_METRES || now > ZOOM_MAX - 1)) return setSelected(pressed.id)
    setSelected(undefined)
    const there = fit(corners, { ...box, padding: 90, zoomMax: ZOOM_MAX - 1 })
    // Where not all are at hand, they are looked for around those that are.
    const isWhole = corners.length === pressed.points.length && there.zoom > now
    const around = { lng: pressed.lng, lat: pressed.lat }
    live.map.fly(isWhole ? there : { center: around, zoom: Math.min(ZOOM_MAX, Math.max(there.zoom, now + 1)) }, {
      isByHand: true,
    })
  }

  const open = clusters.find(({ id }) => id === selected)
  const previewed = heat === undefined ? (open?.points.flatMap(({ id }) => byUri.get(id) ?? []) ?? []) : []
  return (
    <div ref={frame} className="map" data-mode={mode} data-ready={live.isReady || undefined}>
      {box !== undefined && first !== undefined && !isCovered && <StillMap camera={first} box={box} />}
      {box !== undefined && first !== undefined && heat !== undefined && !isCovered && (
        <StillHeat points={heat} camera={first} box={box} />
      )}
      <div className="map-gl" ref={live.container} />
      {box !== undefined && camera !== undefined && heat === undefined && (
        <Pins
          clusters={clusters}
          items={byUri}
          camera={camera}
          box={box}
          fresh={fresh}
          pointed={pointed}
          selected={selected}
          onPress={live.isReady ? press : undefined}
          mark={mark}
          face={face}
          place={place}
        />
      )}
      {live.isReady && (
        <div className="map-zoom" role="group" aria-label={t.map.zoom}>
          <button type="button" aria-label={t.map.zoomIn} onClick={() => live.map?.zoomBy(1)}>
            <Icon of={Plus} size={18} />
          </button>
          <button type="button" aria-label={t.map.zoomOut} onClick={() => live.map?.zoomBy(-1)}>
            <Icon of={Minus} size={18} />
          </button>
        </div>
      )}
      {previewed.length > 0 && <Preview items={previewed} onClose={() => setSelected(undefined)} />}
      {live.isFailed && mode === 'live' && (
        <p className="map-note" role="status">
          {t.map.cannotDraw}
        </p>
      )}
      <p className="map-attribution">{live.map?.attribution() ?? BUILT_IN_ATTRIBUTION}</p>
      {children}
    </div>
  )
}

/** Cells are asked for by whole zooms. */
function viewOf(camera: Camera, bounds: Bounds, isByHand: boolean): MapView {
  return { area: areaOf(bounds), zoom: Math.max(0, Math.floor(camera.zoom)), camera, isByHand }
}

function cornersOf({ north, south, east, west }: Bounds): LngLat[] {
  return [
    { lat: north, lng: west },
    { lat: south, lng: east },
  ]
}

/** Says what a map shows that begins where it was told to, before anybody has moved it. */
function useFirstView(
  camera: Camera | undefined,
  box: Box | undefined,
  onView: ((view: MapView) => void) | undefined,
): void {
  const latest = useRef(onView)
  useEffect(() => {
    latest.current = onView
  })
  const isTold = useRef(false)
  useEffect(() => {
    if (camera === undefined || box === undefined || isTold.current) return
    isTold.current = true
    latest.current?.(viewOf(camera, boundsOf(camera, box), false))
  }, [camera, box])
}

/** As near as the check-ins, and the ground, have something to show. */
function nearView(points: readonly MapPoint[], fit: Box & { zoomMax: number }, start: Camera | undefined): Camera {
  return start === undefined ? framed(points, { ...fit, padding: 72 }) : { center: start.center, zoom: fit.zoomMax - 1 }
}

/** The still map stays far, where its coarse coast is true; the live one comes nearer once, when it is there. */
function useComingNear(
  { isReady, map }: { isReady: boolean; map: LiveMap | undefined },
  viewUpTo: ((zoomMax: number) => Camera) | undefined,
): void {
  const latest = useRef(viewUpTo)
  useEffect(() => {
    latest.current = viewUpTo
  })
  useEffect(() => {
    const { current: view } = latest
    if (!isReady || map === undefined || view === undefined) return
    const { center } = view(map.camera().zoom)
    const wanted = view(map.detailZoom(center))
    if (wanted.zoom > map.camera().zoom + 0.5) map.fly(wanted)
  }, [isReady, map])
}

interface LiveMapHook {
  readonly frame: React.RefObject<HTMLDivElement | null>
  readonly label: string
  readonly isOn: boolean
  readonly camera: Camera | undefined
  readonly place: React.RefObject<PlacePins | undefined>
  readonly onView: ((view: MapView) => void) | undefined
  readonly isEmbedded: boolean
  readonly heat: readonly HeatPoint[] | undefined
  /** The map itself was pressed, not a pin. */
  readonly onGround: () => void
}

/** Opens the live map when it is wanted, and closes it when the component goes or it is wanted no more. */
function useLiveMap({ label, isOn, camera, place, onView, isEmbedded, heat, onGround }: LiveMapHook) {
  const container = useRef<HTMLDivElement>(null)
  const [map, setMap] = useState<LiveMap>()
  const [isReady, setReady] = useState(false)
  const [isFailed, setFailed] = useState(false)
  const [zoomStep, setZoomStep] = useState<number>()
  const isDark = useIsDark()
  const info = useServerInfo()
  const latest = useRef({ camera, onView, onGround, isDark })
  useEffect(() => {
    latest.current = { camera, onView, onGround, isDark }
  })
  const { mapStyle, tiles } = info ?? {}
  const isKnown = info !== undefined

  useEffect(() => {
    if (!isOn || !isKnown) return
    let opened: LiveMap | undefined
    let isGone = false
    const begin = async () => {
      const { openMap } = await import('./gl-map.ts')
      const { camera: from, isDark: dark } = latest.current
      if (isGone || container.current === null || from === undefined) return
      const map = await openMap({
        container: container.current,
        label,
        camera: from,
        isDark: dark,
        isReducedMotion: isReducedMotion(),
        ground: { mapStyle, tiles },
        zoomMax: ZOOM_MAX,
        isEmbedded,
        onReady: () => setReady(true),
        onMove: (now) => {
          place.current?.(now)
          setZoomStep(Math.round(now.zoom * 2) / 2)
        },
        onSettled: (isByHand) => {
          if (opened !== undefined) latest.current.onView?.(viewOf(opened.camera(), opened.bounds(), isByHand))
        },
        onPress: () => latest.current.onGround(),
      })
      if (isGone) return map.remove()
      opened = map
      setMap(map)
    }
    begin().catch(() => setFailed(true))
    return () => {
      isGone = true
      opened?.remove()
      setMap(undefined)
      setReady(false)
      setZoomStep(undefined)
    }
  }, [isOn, isKnown, mapStyle, tiles, label, place, isEmbedded])

  // A style that is still being loaded takes no colours: it would throw, and the page with it.
  useEffect(() => {
    if (isReady) map?.setDark(isDark)
  }, [map, isReady, isDark])
  useEffect(() => {
    if (isReady) map?.setHeat(heat, isDark)
  }, [map, isReady, heat, isDark])
  return { container, map, isReady, isFailed, zoomStep }
}

/** The size of an element in pixels, as it changes. */
function useBox(frame: React.RefObject<HTMLElement | null>): Box | undefined {
  const [box, setBox] = useState<Box>()
  useLayoutEffect(() => {
    const element = frame.current
    if (element === null) return
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element
      if (width > 0 && height > 0) {
        setBox((old) => (old?.width === width && old.height === height ? old : { width, height }))
      }
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [frame])
  return box
}

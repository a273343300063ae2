import { Minus, Plus } from 'lucide-react'
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Area } from '../feed/queries.ts'
import { useServerInfo } from '../session/session.tsx'
import { isReducedMotion, useSettled } from '../ui/media.ts'
import { useIsDark } from '../ui/theme.ts'
import type { CheckinView } from '../views.ts'
import { areaOf } from './area.ts'
import { type Cluster, cluster, type MapPoint } from './cluster.ts'
import type { LiveMap } from './gl-map.ts'
import {
  type Box,
  BUILT_IN_ATTRIBUTION,
  type Camera,
  clamped,
  fit,
  framed,
  type LngLat,
  metresBetween,
  readGeo,
} from './mercator.ts'
import { type PlacePins, Pins } from './pins.tsx'
import { Preview } from './preview.tsx'
import { StillMap } from './still-map.tsx'

export interface MapMark extends LngLat {
  readonly face: ReactNode
}

export interface WorldMapProps {
  readonly label: string
  /** Newest first; those without a position aren't drawn. */
  readonly items: readonly CheckinView[]
  /** Whether the items are there yet: the first view is fitted to them, and never moves by itself after. */
  readonly isLoaded?: boolean
  readonly fresh?: ReadonlySet<string>
  readonly pointed?: string | undefined
  /** `still` is a picture; `live` loads the map that one can move. */
  readonly mode: 'still' | 'live'
  /** Where to begin, in place of a fit. */
  readonly start?: Camera | undefined
  readonly onArea?: (area: Area) => void
  /** One spot drawn above everything else: the place that the page is about. */
  readonly mark?: MapMark
  readonly face?: 'person' | 'place'
  /** In the middle of a page the wheel scrolls the page. */
  readonly isEmbedded?: boolean
  readonly children?: ReactNode
}

const ZOOM_MAX = 16
/** The coarse outline of the still map stays true enough up to here. */
const STILL_ZOOM_MAX = 3.2
/** The live map comes nearer by itself, as near as the built-in world still has something to show. */
const NEAR_ZOOM = 7
/** A little longer than the stylesheet's. */
const FADE_MS = 500
const NOTHING: ReadonlySet<string> = new Set()
/** Check-ins nearer to each other than this are at one spot: a list shows them better than any zoom. */
const ONE_SPOT_METRES = 40

export function WorldMap(props: WorldMapProps) {
  const {
    label,
    items,
    isLoaded = true,
    fresh = NOTHING,
    pointed,
    mode,
    start,
    onArea,
    mark,
    face = 'person',
    isEmbedded = false,
    children,
  } = props
  const frame = useRef<HTMLDivElement>(null)
  const box = useBox(frame)
  const points = useMemo(() => pointsOf(items), [items])
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
    onArea,
    isEmbedded,
    onGround: () => setSelected(undefined),
  })
  useComingNear(live, box === undefined ? undefined : nearView(points, box, start))
  // The picture stays until the live map has faded in over it.
  const isCovered = useSettled(live.isReady, FADE_MS) && live.isReady
  const camera = live.map?.camera() ?? first
  const zoom = live.zoomStep ?? camera?.zoom ?? 0
  const clusters = useMemo(() => cluster(points, zoom), [points, zoom])

  const press = (pressed: Cluster) => {
    if (box === undefined || live.map === undefined) return
    const spread = Math.max(...pressed.points.map((point) => metresBetween(point, pressed)))
    if (pressed.points.length === 1 || spread < ONE_SPOT_METRES || live.map.camera().zoom > ZOOM_MAX - 1) {
      return setSelected(pressed.id)
    }
    setSelected(undefined)
    live.map.fly(fit(pressed.points, { ...box, padding: 90, zoomMax: ZOOM_MAX - 1 }), { isByHand: true })
  }

  const open = clusters.find(({ id }) => id === selected)
  const previewed = open?.points.flatMap(({ id }) => byUri.get(id) ?? []) ?? []
  return (
    <div ref={frame} className="map" data-mode={mode} data-ready={live.isReady || undefined}>
      {box !== undefined && first !== undefined && !isCovered && <StillMap camera={first} box={box} />}
      <div className="map-gl" ref={live.container} />
      {box !== undefined && camera !== undefined && (
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
        <div className="map-zoom" role="group" aria-label="Zoom">
          <button type="button" aria-label="Zoom in" onClick={() => live.map?.zoomBy(1)}>
            <Plus size={18} aria-hidden="true" />
          </button>
          <button type="button" aria-label="Zoom out" onClick={() => live.map?.zoomBy(-1)}>
            <Minus size={18} aria-hidden="true" />
          </button>
        </div>
      )}
      {previewed.length > 0 && <Preview items={previewed} onClose={() => setSelected(undefined)} />}
      {live.isFailed && mode === 'live' && (
        <p className="map-note" role="status">
          This browser cannot draw the moving map.
        </p>
      )}
      <p className="map-attribution">{live.map?.attribution() ?? BUILT_IN_ATTRIBUTION}</p>
      {children}
    </div>
  )
}

/** As near as the check-ins, and the built-in world, have something to show. */
function nearView(points: readonly MapPoint[], box: Box, start: Camera | undefined): Camera {
  return start === undefined
    ? framed(points, { ...box, padding: 72, zoomMax: NEAR_ZOOM })
    : { center: start.center, zoom: NEAR_ZOOM - 1 }
}

/** The still map stays far, where its coarse coast is true; the live one comes nearer once, when it is there. */
function useComingNear(
  { isReady, map }: { isReady: boolean; map: LiveMap | undefined },
  near: Camera | undefined,
): void {
  const latest = useRef(near)
  useEffect(() => {
    latest.current = near
  })
  useEffect(() => {
    const { current: wanted } = latest
    if (isReady && map !== undefined && wanted !== undefined && wanted.zoom > map.camera().zoom + 0.5) map.fly(wanted)
  }, [isReady, map])
}

interface LiveMapHook {
  readonly frame: React.RefObject<HTMLDivElement | null>
  readonly label: string
  readonly isOn: boolean
  readonly camera: Camera | undefined
  readonly place: React.RefObject<PlacePins | undefined>
  readonly onArea: ((area: Area) => void) | undefined
  readonly isEmbedded: boolean
  /** The map itself was pressed, not a pin. */
  readonly onGround: () => void
}

/** Opens the live map when it is wanted, and closes it when the component goes or it is wanted no more. */
function useLiveMap({ label, isOn, camera, place, onArea, isEmbedded, onGround }: LiveMapHook) {
  const container = useRef<HTMLDivElement>(null)
  const [map, setMap] = useState<LiveMap>()
  const [isReady, setReady] = useState(false)
  const [isFailed, setFailed] = useState(false)
  const [zoomStep, setZoomStep] = useState<number>()
  const isDark = useIsDark()
  const info = useServerInfo()
  const latest = useRef({ camera, onArea, onGround, isDark })
  useEffect(() => {
    latest.current = { camera, onArea, onGround, isDark }
  })
  const styleUrl = info?.mapStyle
  const isKnown = info !== undefined

  useEffect(() => {
    if (!isOn || !isKnown) return
    let opened: LiveMap | undefined
    let isGone = false
    const begin = async () => {
      const { openMap } = await import('./gl-map.ts')
      const { camera: from, isDark: dark } = latest.current
      if (isGone || container.current === null || from === undefined) return
      opened = openMap({
        container: container.current,
        label,
        camera: from,
        isDark: dark,
        isReducedMotion: isReducedMotion(),
        styleUrl,
        zoomMax: ZOOM_MAX,
        isEmbedded,
        onReady: () => setReady(true),
        onMove: (now) => {
          place.current?.(now)
          setZoomStep(Math.round(now.zoom * 2) / 2)
        },
        onSettled: (isByHand) => {
          if (opened !== undefined && isByHand) latest.current.onArea?.(areaOf(opened.bounds()))
        },
        onPress: () => latest.current.onGround(),
      })
      setMap(opened)
    }
    begin().catch(() => setFailed(true))
    return () => {
      isGone = true
      opened?.remove()
      setMap(undefined)
      setReady(false)
      setZoomStep(undefined)
    }
  }, [isOn, isKnown, styleUrl, label, place, isEmbedded])

  useEffect(() => map?.setDark(isDark), [map, isDark])
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

function pointsOf(items: readonly CheckinView[]): MapPoint[] {
  return items.flatMap(({ uri, place }) => {
    const geo = readGeo(place.geo)
    return geo === undefined ? [] : [{ id: uri, ...geo }]
  })
}

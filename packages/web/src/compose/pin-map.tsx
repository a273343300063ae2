import { Minus, Plus } from 'lucide'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { t } from '../language/pages.ts'
import type { LiveMap } from '../map/gl-map.ts'
import { type Box, type Camera, type LngLat, toPixels } from '../map/mercator.ts'
import { layOut, spotsOf } from '../map/spots.ts'
import { useServerInfo } from '../session/session.tsx'
import { Icon } from '../ui/icon.tsx'
import { isReducedMotion } from '../ui/media.ts'
import { useIsDark } from '../ui/theme.ts'
import { useNearest } from './use-places.ts'

interface PinMapProps {
  /** Where to begin; the whole world where nothing is known. */
  readonly at: LngLat | undefined
  /** The button's words; without them every move is reported, and there is no button. */
  readonly action?: string
  readonly onPin: (at: LngLat) => void
}

/** A pin that stays in the middle while the map is moved beneath it: by finger, mouse or arrow keys. */
export function PinMap({ at, action, onPin }: PinMapProps) {
  const container = useRef<HTMLDivElement>(null)
  const map = useRef<LiveMap>(undefined)
  const [isMoving, setMoving] = useState(false)
  const [isFailed, setFailed] = useState(false)
  const [settled, setSettled] = useState<Camera>()
  const spots = useRef<HTMLDivElement>(null)
  const [start] = useState(at)
  const isDark = useIsDark()
  const info = useServerInfo()
  const report = useRef(onPin)
  useEffect(() => {
    report.current = onPin
  })
  const isKnown = info !== undefined
  const { mapStyle, tiles } = info ?? {}
  const reportsMoves = action === undefined
  const [dark] = useState(isDark)

  useEffect(() => {
    if (!isKnown) return
    let isGone = false
    const begin = async () => {
      const { openMap } = await import('../map/gl-map.ts')
      if (isGone || container.current === null) return
      const opened = await openMap({
        container: container.current,
        label: t.compose.pinMap,
        camera: start === undefined ? { center: { lng: 10, lat: 30 }, zoom: 1 } : { center: start, zoom: 15.5 },
        isDark: dark,
        isReducedMotion: isReducedMotion(),
        ground: { mapStyle, tiles },
        zoomMax: 18,
        isEmbedded: false,
        onReady: () => undefined,
        onMove: (now) => {
          setMoving(true)
          if (spots.current !== null) follow(spots.current, now)
        },
        onSettled: () => {
          setMoving(false)
          const camera = map.current?.camera()
          setSettled(camera)
          if (reportsMoves && camera !== undefined) report.current(camera.center)
        },
        onPress: (center) => map.current?.fly({ center, zoom: map.current.camera().zoom }),
      })
      if (isGone) return opened.remove()
      map.current = opened
      setSettled(opened.camera())
    }
    begin().catch(() => setFailed(true))
    return () => {
      isGone = true
      map.current?.remove()
      map.current = undefined
    }
  }, [isKnown, mapStyle, tiles, start, dark, reportsMoves])
  useEffect(() => map.current?.setDark(isDark), [isDark])

  if (isFailed) return <p className="step-note">{t.compose.noMap}</p>
  return (
    <div className="pin-map">
      <div className="map">
        <div className="map-gl" ref={container} />
        {settled !== undefined && <KnownPlaces ref={spots} camera={settled} />}
        <svg className="pin-drop" data-moving={isMoving || undefined} viewBox="0 0 32 44" aria-hidden="true">
          <ellipse className="pin-shadow" cx="16" cy="41" rx="6" ry="2.500" />
          <path d="M16 2C8.300 2 2 8.200 2 15.900 2 26 16 40 16 40s14-14 14-24.100C30 8.200 23.700 2 16 2z" />
          <circle cx="16" cy="16" r="5.500" />
        </svg>
        <div className="map-zoom" role="group" aria-label={t.map.zoom}>
          <button type="button" aria-label={t.map.zoomIn} onClick={() => map.current?.zoomBy(1)}>
            <Icon of={Plus} size={18} />
          </button>
          <button type="button" aria-label={t.map.zoomOut} onClick={() => map.current?.zoomBy(-1)}>
            <Icon of={Minus} size={18} />
          </button>
        </div>
      </div>
      {action !== undefined && (
        <button
          type="button"
          className="button button-main button-wide"
          onClick={() => {
            const center = map.current?.camera().center
            if (center !== undefined) onPin(center)
          }}
        >
          {action}
        </button>
      )}
    </div>
  )
}

/** Nearer than this the built-in map has nothing more to show, and the places themselves are what one goes by. */
const KNOWN_ZOOM_MIN = 13
const KNOWN_MAX = 50

interface KnownPlacesProps {
  readonly ref: React.RefObject<HTMLDivElement | null>
  readonly camera: Camera
}

/** The places that are known around the pin, so that one sees where one is, and that nothing is added twice. */
function KnownPlaces({ ref, camera }: KnownPlacesProps) {
  const nearest = useNearest(camera.center, { count: KNOWN_MAX, isEnabled: camera.zoom >= KNOWN_ZOOM_MIN })
  const known = useMemo(() => spotsOf(nearest), [nearest])
  const [box, setBox] = useState<Box>()
  useLayoutEffect(() => {
    const layer = ref.current
    if (layer === null) return
    const { clientWidth: width, clientHeight: height } = layer
    setBox((old) => (old?.width === width && old.height === height ? old : { width, height }))
    layer.dataset.lng = String(camera.center.lng)
    layer.dataset.lat = String(camera.center.lat)
    layer.dataset.zoom = String(camera.zoom)
    layer.style.transform = ''
    layer.style.opacity = ''
  })
  const laid = camera.zoom < KNOWN_ZOOM_MIN || box === undefined ? [] : layOut(known, camera, box)
  return (
    <div ref={ref} className="spots" aria-hidden="true">
      {laid.map(({ id, x, y, name }) => (
        <span key={id} className="spot" style={{ transform: `translate(${x}px, ${y}px)` }}>
          {name}
        </span>
      ))}
    </div>
  )
}

/** Moves the laid out places along with the map; while it zooms they are gone, and come back laid out anew. */
function follow(layer: HTMLElement, now: Camera): void {
  const { lng, lat, zoom } = layer.dataset
  const box = { width: layer.clientWidth, height: layer.clientHeight }
  const { x, y } = toPixels({ lng: Number(lng), lat: Number(lat) }, now, box)
  layer.style.transform = `translate(${x - box.width / 2}px, ${y - box.height / 2}px)`
  layer.style.opacity = Math.abs(now.zoom - Number(zoom)) > 0.02 ? '0' : ''
}

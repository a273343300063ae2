import { Minus, Plus } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { LiveMap } from '../map/gl-map.ts'
import type { LngLat } from '../map/mercator.ts'
import { useServerInfo } from '../session/session.tsx'
import { isReducedMotion } from '../ui/media.ts'
import { useIsDark } from '../ui/theme.ts'

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
  const [start] = useState(at)
  const isDark = useIsDark()
  const info = useServerInfo()
  const report = useRef(onPin)
  useEffect(() => {
    report.current = onPin
  })
  const isKnown = info !== undefined
  const styleUrl = info?.mapStyle
  const reportsMoves = action === undefined
  const [dark] = useState(isDark)

  useEffect(() => {
    if (!isKnown) return
    let isGone = false
    const begin = async () => {
      const { openMap } = await import('../map/gl-map.ts')
      if (isGone || container.current === null) return
      map.current = openMap({
        container: container.current,
        label: 'Map to place the pin. Move it with the arrow keys, zoom with plus and minus.',
        camera: start === undefined ? { center: { lng: 10, lat: 30 }, zoom: 1 } : { center: start, zoom: 14 },
        isDark: dark,
        isReducedMotion: isReducedMotion(),
        styleUrl,
        zoomMax: 18,
        onReady: () => undefined,
        onMove: () => setMoving(true),
        onSettled: () => {
          setMoving(false)
          const center = map.current?.camera().center
          if (reportsMoves && center !== undefined) report.current(center)
        },
        onPress: (center) => map.current?.fly({ center, zoom: map.current.camera().zoom }),
      })
    }
    begin().catch(() => setFailed(true))
    return () => {
      isGone = true
      map.current?.remove()
      map.current = undefined
    }
  }, [isKnown, styleUrl, start, dark, reportsMoves])
  useEffect(() => map.current?.setDark(isDark), [isDark])

  if (isFailed) return <p className="step-note">This browser cannot draw the map. Search by name instead.</p>
  return (
    <div className="pin-map">
      <div className="map">
        <div className="map-gl" ref={container} />
        <svg className="pin-drop" data-moving={isMoving || undefined} viewBox="0 0 32 44" aria-hidden="true">
          <ellipse className="pin-shadow" cx="16" cy="41" rx="6" ry="2.500" />
          <path d="M16 2C8.300 2 2 8.200 2 15.900 2 26 16 40 16 40s14-14 14-24.100C30 8.200 23.700 2 16 2z" />
          <circle cx="16" cy="16" r="5.500" />
        </svg>
        <div className="map-zoom" role="group" aria-label="Zoom">
          <button type="button" aria-label="Zoom in" onClick={() => map.current?.zoomBy(1)}>
            <Plus size={18} aria-hidden="true" />
          </button>
          <button type="button" aria-label="Zoom out" onClick={() => map.current?.zoomBy(-1)}>
            <Minus size={18} aria-hidden="true" />
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

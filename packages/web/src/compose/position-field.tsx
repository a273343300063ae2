import { useEffect, useId, useState } from 'react'
import { t } from '../language/pages.ts'
import { fit, type LngLat, metresBetween, toPixels } from '../map/mercator.ts'
import { layOut, spotsOf } from '../map/spots.ts'
import { distance } from '../ui/numbers.ts'
import type { RecordPosition } from '../views.ts'
import { H3_RESOLUTION, positionOf, type Precision } from './draft.ts'
import { locate } from './locate.ts'
import type { Near } from './near.ts'
import { PrecisionChoice, usualPrecision } from './precision-choice.tsx'
import { useNearest } from './use-places.ts'

interface PositionFieldProps {
  /** What was chosen before: it stays until something else is. */
  readonly position: RecordPosition | undefined
  readonly near: Near | undefined
  readonly onNear: (near: Near) => void
  readonly onPosition: (position: RecordPosition | undefined) => void
}

/**
 * Whether, and how exactly, the person's own position goes into the record. The default is not at all. What is chosen is
 * shown as others will see it, before anything is sent.
 */
export function PositionField({ position, near, onNear, onPosition }: PositionFieldProps) {
  const [before] = useState(position)
  const [isChosen, setChosen] = useState(before === undefined)
  const [cell, setCell] = useState<readonly LngLat[]>()
  const [note, setNote] = useState<string>()
  const noteId = useId()
  const at = near?.from === 'device' ? near.at : undefined
  // What one is used to, where it takes no question to the device.
  const [precision, setPrecision] = useState<Precision>(
    () => (before?.precision as Precision | undefined) ?? (at === undefined ? 'none' : usualPrecision()),
  )

  useEffect(() => {
    if (!isChosen) return
    if (precision === 'none' || at === undefined) {
      onPosition(undefined)
      setCell(undefined)
      return
    }
    let isStale = false
    const coarsen = async () => {
      const { latLngToCell, cellToBoundary } = await import('h3-js')
      if (isStale) return
      onPosition(positionOf(precision, at, ({ lng, lat }, resolution) => latLngToCell(lat, lng, resolution)))
      if (precision === 'exact') return setCell([at])
      const boundary = cellToBoundary(latLngToCell(at.lat, at.lng, H3_RESOLUTION[precision]))
      setCell(boundary.map(([lat, lng]) => ({ lng, lat })))
    }
    void coarsen()
    return () => {
      isStale = true
    }
  }, [isChosen, precision, at, onPosition])

  const choose = async (wanted: Precision) => {
    setNote(undefined)
    setChosen(true)
    setPrecision(wanted)
    if (wanted === 'none' || at !== undefined) return
    try {
      const { at: found, accuracy } = await locate()
      onNear({ at: found, accuracy, from: 'device' })
    } catch (fault) {
      setPrecision('none')
      setNote((fault as Error).message)
    }
  }

  return (
    <fieldset className="field-group" aria-describedby={noteId}>
      <legend className="field-label">{t.compose.position}</legend>
      <PrecisionChoice chosen={precision} onChoose={(wanted) => void choose(wanted)} />
      <p id={noteId} className="field-note" role="status">
        {note ?? (isChosen ? explanation(precision, cell) : t.compose.positionAsBefore)}
      </p>
      {cell !== undefined && at !== undefined && <Seen cell={cell} at={at} />}
    </fieldset>
  )
}

function explanation(precision: Precision, cell: readonly LngLat[] | undefined): string {
  if (precision === 'none') return t.compose.positionNone
  if (cell === undefined) return t.compose.positionFinding
  if (precision === 'exact') return t.compose.positionExact
  return t.compose.positionCell(distance(acrossOf(cell)))
}

function acrossOf(cell: readonly LngLat[]): number {
  const [first] = cell
  const opposite = cell[Math.floor(cell.length / 2)]
  return first === undefined || opposite === undefined ? 0 : metresBetween(first, opposite)
}

const BOX = { width: 240, height: 132 }
/** Around the hexagon. */
const PADDING_PX = 13
/** Around a point, which has no size that one could fit. */
const POINT_ZOOM = 16
const SPOTS_MAX = 12

/**
 * The hexagon as others get it, to scale, among the places that are known around. The person's own spot is drawn here
 * only.
 */
function Seen({ cell, at }: { readonly cell: readonly LngLat[]; readonly at: LngLat }) {
  const camera = fit(cell, { ...BOX, padding: PADDING_PX, zoomMax: POINT_ZOOM })
  const place = (point: LngLat) => toPixels(point, camera, BOX)
  const nearest = useNearest(at, { count: SPOTS_MAX, isEnabled: true })
  const spots = layOut(spotsOf(nearest), camera, BOX).filter(({ name }) => name !== undefined)
  const isPoint = cell.length === 1
  const me = place(at)
  return (
    <svg className="seen" viewBox={`0 0 ${BOX.width} ${BOX.height}`} role="img" aria-label={t.compose.positionSeen}>
      <defs>
        <pattern id="seen-grid" width="20" height="20" patternUnits="userSpaceOnUse">
          <path d="M20 0H0V20" className="seen-line" />
        </pattern>
      </defs>
      <rect {...BOX} className="seen-ground" />
      <rect {...BOX} fill="url(#seen-grid)" />
      {!isPoint && (
        <polygon
          className="seen-cell"
          points={cell
            .map(place)
            .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
            .join(' ')}
        />
      )}
      {spots.map(({ id, x, y, name }) => (
        <g key={id} className="seen-spot" transform={`translate(${x} ${y})`}>
          <circle r="2" />
          <text x="5" y="3">
            {name}
          </text>
        </g>
      ))}
      <circle className={isPoint ? 'seen-me seen-exact' : 'seen-me'} cx={me.x} cy={me.y} r={isPoint ? 7 : 4} />
    </svg>
  )
}

import { useEffect, useId, useState } from 'react'
import { type LngLat, metresBetween } from '../map/mercator.ts'
import { distance } from '../ui/numbers.ts'
import type { RecordPosition } from '../views.ts'
import { H3_RESOLUTION, positionOf, type Precision } from './draft.ts'
import { locate } from './locate.ts'
import type { Near } from './near.ts'

interface PositionFieldProps {
  readonly near: Near | undefined
  readonly onNear: (near: Near) => void
  readonly onPosition: (position: RecordPosition | undefined) => void
}

const CHOICES: readonly (readonly [Precision, string])[] = [
  ['none', 'Not shared'],
  ['city', 'City'],
  ['area', 'Area'],
  ['street', 'Street'],
  ['exact', 'Exact'],
]

/**
 * Whether, and how exactly, the person's own position goes into the record. The default is not at all. What is chosen is
 * shown as others will see it, before anything is sent.
 */
export function PositionField({ near, onNear, onPosition }: PositionFieldProps) {
  const [precision, setPrecision] = useState<Precision>('none')
  const [cell, setCell] = useState<readonly LngLat[]>()
  const [note, setNote] = useState<string>()
  const noteId = useId()
  const at = near?.from === 'device' ? near.at : undefined

  useEffect(() => {
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
  }, [precision, at, onPosition])

  const choose = async (wanted: Precision) => {
    setNote(undefined)
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
      <legend className="field-label">Your own position</legend>
      <div className="segments segments-words segments-wide">
        {CHOICES.map(([value, label]) => (
          <label key={value} className="segment" data-chosen={precision === value || undefined}>
            <input
              type="radio"
              name="precision"
              className="visually-hidden"
              checked={precision === value}
              onChange={() => void choose(value)}
            />
            {label}
          </label>
        ))}
      </div>
      <p id={noteId} className="field-note" role="status">
        {note ?? explanation(precision, cell)}
      </p>
      {cell !== undefined && at !== undefined && <Seen cell={cell} at={at} />}
    </fieldset>
  )
}

function explanation(precision: Precision, cell: readonly LngLat[] | undefined): string {
  if (precision === 'none') return 'Others see the place, never where you stand.'
  if (cell === undefined) return 'Finding where you are…'
  if (precision === 'exact') return 'Others see exactly where you stand, for good.'
  return `Others see this hexagon, about ${distance(acrossOf(cell))} across. Only you see the dot in it.`
}

function acrossOf(cell: readonly LngLat[]): number {
  const [first] = cell
  const opposite = cell[Math.floor(cell.length / 2)]
  return first === undefined || opposite === undefined ? 0 : metresBetween(first, opposite)
}

const WIDTH = 240
const HEIGHT = 132
/** Share of the height that the hexagon fills. */
const FILL = 0.8

/** The hexagon as others get it, to scale, with the person's own spot in it. The spot is drawn here only. */
function Seen({ cell, at }: { readonly cell: readonly LngLat[]; readonly at: LngLat }) {
  const stretch = Math.cos((at.lat * Math.PI) / 180)
  const flat = cell.map(({ lng, lat }) => ({ x: lng * stretch, y: -lat }))
  const xs = flat.map(({ x }) => x)
  const ys = flat.map(({ y }) => y)
  const middle = { x: (Math.min(...xs) + Math.max(...xs)) / 2, y: (Math.min(...ys) + Math.max(...ys)) / 2 }
  const extent = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys))
  const scale = extent === 0 ? 0 : (HEIGHT * FILL) / extent
  const place = ({ x, y }: { x: number; y: number }) => ({
    x: WIDTH / 2 + (x - middle.x) * scale,
    y: HEIGHT / 2 + (y - middle.y) * scale,
  })
  const isPoint = cell.length === 1
  const me = place({ x: at.lng * stretch, y: -at.lat })
  return (
    <svg className="seen" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="What others see of your position">
      <defs>
        <pattern id="seen-grid" width="20" height="20" patternUnits="userSpaceOnUse">
          <path d="M20 0H0V20" className="seen-line" />
        </pattern>
      </defs>
      <rect width={WIDTH} height={HEIGHT} className="seen-ground" />
      <rect width={WIDTH} height={HEIGHT} fill="url(#seen-grid)" />
      {!isPoint && (
        <polygon
          className="seen-cell"
          points={flat
            .map(place)
            .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
            .join(' ')}
        />
      )}
      <circle className={isPoint ? 'seen-me seen-exact' : 'seen-me'} cx={me.x} cy={me.y} r={isPoint ? 7 : 4} />
    </svg>
  )
}

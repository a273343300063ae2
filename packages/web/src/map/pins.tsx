import { type RefObject, useLayoutEffect, useRef } from 'react'
import { t } from '../language/language.ts'
import { Avatar } from '../ui/avatar.tsx'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { nameOf, townOf } from '../ui/names.ts'
import { compact } from '../ui/numbers.ts'
import type { CheckinView } from '../views.ts'
import type { MapMark } from './world-map.tsx'
import { type Cluster, pinRadius } from './cluster.ts'
import { type Box, type Camera, toPixels } from './mercator.ts'

/** Puts every pin where a camera shows it. Called for each frame of a moving map, past React. */
export type PlacePins = (camera: Camera) => void

interface PinsProps {
  readonly clusters: readonly Cluster[]
  readonly items: ReadonlyMap<string, CheckinView>
  readonly camera: Camera
  readonly box: Box
  readonly fresh: ReadonlySet<string>
  readonly pointed: string | undefined
  readonly selected: string | undefined
  /** Undefined: pins are only looked at. */
  readonly onPress: ((cluster: Cluster) => void) | undefined
  readonly mark: MapMark | undefined
  readonly face: 'person' | 'place'
  readonly place: RefObject<PlacePins | undefined>
}

export function Pins({
  clusters,
  items,
  camera,
  box,
  fresh,
  pointed,
  selected,
  onPress,
  mark,
  face,
  place,
}: PinsProps) {
  const elements = useRef(new Map<string, HTMLElement>())

  useLayoutEffect(() => {
    place.current = (now) => {
      for (const cluster of clusters) {
        const element = elements.current.get(cluster.id)
        if (element === undefined) continue
        const { x, y } = toPixels(cluster, now, box)
        const isFar = x < -60 || y < -60 || x > box.width + 60 || y > box.height + 60
        element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`
        element.style.visibility = isFar ? 'hidden' : ''
      }
      const spot = elements.current.get(MARK)
      if (mark === undefined || spot === undefined) return
      const { x, y } = toPixels(mark, now, box)
      spot.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`
    }
    place.current(camera)
  })

  const remember = (id: string) => (element: HTMLElement | null) => {
    if (element === null) elements.current.delete(id)
    else elements.current.set(id, element)
  }

  return (
    <div className="pins" inert={onPress === undefined}>
      {clusters.map((cluster) => {
        const { count } = cluster
        const first = items.get(cluster.id)
        const uris = cluster.points.map(({ id }) => id)
        const states = {
          'data-fresh': uris.some((uri) => fresh.has(uri)) || undefined,
          'data-pointed': (pointed !== undefined && uris.includes(pointed)) || undefined,
          'data-selected': selected === cluster.id || undefined,
        }
        const size = pinRadius(count) * 2
        const className = count === 1 && first !== undefined ? 'pin pin-one' : 'pin pin-many'
        const shape = { width: size, height: size, margin: -size / 2 }
        return (
          <div key={cluster.id} ref={remember(cluster.id)} className="pin-spot" {...states}>
            <button
              type="button"
              className={className}
              style={shape}
              aria-label={labelOf(cluster, first)}
              onClick={() => onPress?.(cluster)}
            >
              {count === 1 && first !== undefined ? <Face of={first} face={face} /> : <span>{compact(count)}</span>}
            </button>
          </div>
        )
      })}
      {mark !== undefined && (
        <div ref={remember(MARK)} className="pin-spot pin-mark" aria-hidden="true">
          {mark.face}
        </div>
      )}
    </div>
  )
}

/** No at:// address, so no check-in's. */
const MARK = 'mark'

function Face({ of: { author, place }, face }: { readonly of: CheckinView; readonly face: 'person' | 'place' }) {
  return face === 'person' ? <Avatar person={author} size="s" /> : <CategoryGlyph category={place.category} />
}

/** `first` is its newest, if that is at hand. */
function labelOf({ count }: Cluster, first: CheckinView | undefined): string {
  if (first === undefined) return t.map.inThisPart(count)
  if (count === 1) return t.checkin.personAt(nameOf(first.author)) + first.place.name
  const around = townOf(first.place.address)
  return t.map.around(count, around === '' ? first.place.name : around)
}

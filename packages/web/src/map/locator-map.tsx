import { Maximize2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { CheckinView } from '../views.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import type { LngLat } from './mercator.ts'
import { LazyMap } from './lazy-map.tsx'
import { useQuietWideScreen } from './map-mode.ts'

interface LocatorMapProps {
  readonly at: LngLat
  readonly label: string
  readonly category: string | undefined
}

const NO_ITEMS: readonly CheckinView[] = []

/** Where in the world one place is: a still map of its region with the place in the middle. */
export function LocatorMap({ at: { lng, lat }, label, category }: LocatorMapProps) {
  const [isAsked, setAsked] = useState(false)
  const isQuiet = useQuietWideScreen()
  const isLive = isAsked || isQuiet
  const start = useMemo(() => ({ center: { lng, lat }, zoom: 3.2 }), [lng, lat])
  const mark = useMemo(() => ({ lng, lat, face: <CategoryGlyph category={category} /> }), [lng, lat, category])
  return (
    <section className="place-map" aria-label={label}>
      <LazyMap isEmbedded label={label} items={NO_ITEMS} start={start} mode={isLive ? 'live' : 'still'} mark={mark}>
        {!isLive && (
          <button type="button" className="button button-raised map-explore" onClick={() => setAsked(true)}>
            <Maximize2 size={16} aria-hidden="true" />
            Explore the map
          </button>
        )}
      </LazyMap>
    </section>
  )
}

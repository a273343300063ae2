import { Maximize2 } from 'lucide-react'
import { useState } from 'react'
import type { CheckinView } from '../views.ts'
import { readGeo } from './mercator.ts'
import { LazyMap } from './lazy-map.tsx'
import { useQuietWideScreen } from './map-mode.ts'

interface FeedMapProps {
  readonly label: string
  readonly items: readonly CheckinView[]
  readonly isLoaded: boolean
  /** What a pin shows: who it was, or what kind of place. */
  readonly face: 'person' | 'place'
}

/** The check-ins of a page on one map: still until somebody wants to move it; absent where nothing has a position. */
export function FeedMap({ label, items, isLoaded, face }: FeedMapProps) {
  const [isAsked, setAsked] = useState(false)
  const isQuiet = useQuietWideScreen()
  const isLive = isAsked || isQuiet
  if (isLoaded && !items.some(({ place }) => readGeo(place.geo) !== undefined)) return null
  return (
    <section className="feed-map" aria-label={label}>
      <LazyMap isEmbedded label={label} items={items} isLoaded={isLoaded} face={face} mode={isLive ? 'live' : 'still'}>
        {!isLive && isLoaded && (
          <button type="button" className="button button-raised map-explore" onClick={() => setAsked(true)}>
            <Maximize2 size={16} aria-hidden="true" />
            Explore the map
          </button>
        )}
      </LazyMap>
    </section>
  )
}

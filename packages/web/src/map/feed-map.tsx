import { Maximize2 } from 'lucide-react'
import { useState } from 'react'
import type { CheckinView } from '../views.ts'
import { readGeo } from './mercator.ts'
import { LazyMap } from './lazy-map.tsx'

interface FeedMapProps {
  readonly label: string
  readonly items: readonly CheckinView[]
  readonly isLoaded: boolean
}

/** The check-ins of a page on one map: still until somebody wants to move it; absent where nothing has a position. */
export function FeedMap({ label, items, isLoaded }: FeedMapProps) {
  const [isLive, setLive] = useState(false)
  if (isLoaded && !items.some(({ place }) => readGeo(place.geo) !== undefined)) return null
  return (
    <section className="feed-map" aria-label={label}>
      <LazyMap label={label} items={items} isLoaded={isLoaded} mode={isLive ? 'live' : 'still'}>
        {!isLive && isLoaded && (
          <button type="button" className="button button-raised map-explore" onClick={() => setLive(true)}>
            <Maximize2 size={16} aria-hidden="true" />
            Explore the map
          </button>
        )}
      </LazyMap>
    </section>
  )
}

import { Maximize2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useFeed } from '../feed/queries.ts'
import type { CheckinView } from '../views.ts'
import { readGeo } from './mercator.ts'
import { WHOLE } from './area.ts'
import { LazyMap } from './lazy-map.tsx'
import { useQuietWideScreen } from './map-mode.ts'
import type { MapView } from './world-map.tsx'

interface FeedMapProps {
  readonly label: string
  /** Whose check-ins: the map counts them all, not only those that the page has loaded. */
  readonly actor: string
  readonly items: readonly CheckinView[]
  readonly isLoaded: boolean
  /** What a pin shows: who it was, or what kind of place. */
  readonly face: 'person' | 'place'
}

/** All of a person's check-ins on one map: still until somebody wants to move it; absent where nothing has a position. */
export function FeedMap({ label, actor, items, isLoaded, face }: FeedMapProps) {
  const [view, setView] = useState<MapView>()
  const { area, zoom } = view ?? WHOLE
  const ofMap = useFeed({ kind: 'map', area, zoom, actor })
  const all = useMemo(() => [...items, ...ofMap.items], [items, ofMap.items])
  const [isAsked, setAsked] = useState(false)
  const isQuiet = useQuietWideScreen()
  const isLive = isAsked || isQuiet
  if (isLoaded && view === undefined && !all.some(({ place }) => readGeo(place.geo) !== undefined)) return null
  return (
    <section className="feed-map" aria-label={label}>
      <LazyMap
        isEmbedded
        label={label}
        items={all}
        cells={ofMap.cells}
        isLoaded={isLoaded && !ofMap.query.isLoading}
        face={face}
        mode={isLive ? 'live' : 'still'}
        onView={setView}
      >
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

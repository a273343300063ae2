import { useMemo, useState } from 'react'
import { useFeed } from '../feed/queries.ts'
import type { CheckinView } from '../views.ts'
import { WHOLE } from './area.ts'
import { EmbeddedMap } from './embedded-map.tsx'
import { cellsOf, type HeatPoint } from './heat.ts'
import { readGeo } from './mercator.ts'
import type { MapView } from './world-map.tsx'

interface LifelogMapProps {
  readonly label: string
  /** Whose check-ins: the map counts them all, not only those that the page has loaded. */
  readonly actor: string
  /** Those of one year alone. */
  readonly year: number | undefined
  readonly items: readonly CheckinView[]
  /** Where they were in that year, or ever. */
  readonly points: readonly HeatPoint[]
  readonly isHeat: boolean
  readonly isLoaded: boolean
}

/** All of a person's check-ins on one map: still until somebody wants to move it; absent where nothing has a position. */
export function LifelogMap({ label, actor, year, items, points, isHeat, isLoaded }: LifelogMapProps) {
  const [view, setView] = useState<MapView>()
  const { area, zoom } = view ?? WHOLE
  const ofMap = useFeed({ kind: 'map', area, zoom, actor }, { enabled: year === undefined })
  const ofYear = useFeed(
    { kind: 'found', search: { q: '', person: actor, area, ...daysOf(year) } },
    { enabled: year !== undefined },
  )
  const shown = year === undefined ? ofMap : ofYear
  const cells = useMemo(() => (year === undefined ? ofMap.cells : cellsOf(points)), [year, ofMap.cells, points])
  const all = useMemo(() => [...items, ...shown.items], [items, shown.items])
  const isNowhere = points.length === 0 && !all.some(({ place }) => readGeo(place.geo) !== undefined)
  if (isLoaded && view === undefined && isNowhere) return null
  return (
    <EmbeddedMap
      className="feed-map"
      label={label}
      items={all}
      cells={cells}
      heat={isHeat ? points : undefined}
      isLoaded={isLoaded && !shown.query.isLoading}
      isExplorable={isLoaded}
      face="place"
      onView={setView}
    />
  )
}

/** The first and the last day of a year, as a search takes them. */
export function daysOf(year: number | undefined): { readonly since?: string; readonly until?: string } {
  if (year === undefined) return {}
  const digits = String(year).padStart(4, '0')
  return { since: `${digits}-01-01`, until: `${digits}-12-31` }
}

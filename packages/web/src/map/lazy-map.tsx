import { lazy, Suspense } from 'react'
import type { WorldMapProps } from './world-map.tsx'

const WorldMap = lazy(async () => ({ default: (await import('./world-map.tsx')).WorldMap }))

/** The map, still or live, as a part that the words of a page don't wait for: until it is here there is water. */
export function LazyMap(props: WorldMapProps) {
  return (
    <Suspense fallback={<div className="map">{props.children}</div>}>
      <WorldMap {...props} />
    </Suspense>
  )
}

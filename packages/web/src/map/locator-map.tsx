import { useMemo } from 'react'
import type { CheckinView } from '../views.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { EmbeddedMap } from './embedded-map.tsx'
import type { LngLat } from './mercator.ts'

interface LocatorMapProps {
  readonly at: LngLat
  readonly label: string
  readonly category: string | undefined
}

const NO_ITEMS: readonly CheckinView[] = []

/** Where in the world one place is: a still map of its region with the place in the middle. */
export function LocatorMap({ at: { lng, lat }, label, category }: LocatorMapProps) {
  const start = useMemo(() => ({ center: { lng, lat }, zoom: 3.2 }), [lng, lat])
  const mark = useMemo(() => ({ lng, lat, face: <CategoryGlyph category={category} /> }), [lng, lat, category])
  return <EmbeddedMap className="place-map" label={label} items={NO_ITEMS} start={start} mark={mark} />
}

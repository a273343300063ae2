import { LocateFixed } from 'lucide'
import { useState } from 'react'
import { t } from '../language/language.ts'
import { type LngLat, wrapLongitude } from '../map/mercator.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { categoryLook } from '../ui/category.ts'
import { Icon } from '../ui/icon.tsx'
import { languageOf } from '../ui/names.ts'
import { say } from '../ui/toast.tsx'

/** What the global feed is narrowed down to; it stands in the address. */
export interface Filters {
  readonly category?: string | undefined
  readonly photos?: boolean | undefined
  readonly lang?: string | undefined
  /** Where the person is, rounded: the exact position stays on the device. */
  readonly near?: { readonly latitude: string; readonly longitude: string } | undefined
}

/** Groups of the set of categories, as people look for them. */
const GROUPS = ['food', 'nightlife', 'nature', 'culture', 'travel', 'shop', 'sport'] as const

export function isFiltered(filters: Filters): boolean {
  return Object.values(filters).some((value) => value !== undefined)
}

interface FilterBarProps {
  readonly filters: Filters
  readonly onFilter: (change: Filters) => void
}

export function FilterBar({ filters, onFilter }: FilterBarProps) {
  const own = navigator.language.split('-')[0] ?? 'en'
  return (
    <div className="filters" role="group" aria-label={t.filters.showOnly}>
      <NearFilter near={filters.near} onNear={(near) => onFilter({ near })} />
      {GROUPS.map((group) => (
        <button
          key={group}
          type="button"
          className="filter"
          aria-pressed={filters.category === group}
          onClick={() => onFilter({ category: filters.category === group ? undefined : group })}
        >
          <CategoryGlyph category={group} />
          {categoryLook(group).label}
        </button>
      ))}
      <button
        type="button"
        className="filter"
        aria-pressed={filters.photos === true}
        onClick={() => onFilter({ photos: filters.photos === true ? undefined : true })}
      >
        {t.filters.withPhotos}
      </button>
      <button
        type="button"
        className="filter"
        aria-pressed={filters.lang !== undefined}
        onClick={() => onFilter({ lang: filters.lang === undefined ? own : undefined })}
      >
        {languageOf(filters.lang ?? own)}
      </button>
    </div>
  )
}

/** A position as the newsfeed may know it: to about a kilometre. The exact one stays on the device. */
function coarse({ lat, lng }: LngLat): NonNullable<Filters['near']> {
  return { latitude: lat.toFixed(2), longitude: wrapLongitude(lng).toFixed(2) }
}

interface NearFilterProps {
  readonly near: Filters['near']
  readonly onNear: (near: Filters['near']) => void
}

/** The device is asked where it is when the button is pressed, never before. */
export function NearFilter({ near, onNear }: NearFilterProps) {
  const [isLocating, setLocating] = useState(false)
  const toggle = async () => {
    if (near !== undefined) return onNear(undefined)
    setLocating(true)
    try {
      const { locate } = await import('../compose/locate.ts')
      onNear(coarse((await locate('')).at))
    } catch (fault) {
      say(fault instanceof Error ? fault.message : t.locate.notFound)
    }
    setLocating(false)
  }
  return (
    <button
      type="button"
      className="filter"
      aria-pressed={near !== undefined}
      disabled={isLocating}
      onClick={() => void toggle()}
    >
      <Icon of={LocateFixed} size={16} />
      {isLocating ? t.filters.findingYou : t.filters.nearMe}
    </button>
  )
}

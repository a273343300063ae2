import { useQuery } from '@tanstack/react-query'
import { MapPin } from 'lucide-react'
import { ApiError, ask } from '../api.ts'
import { checkInAt } from '../compose/draft-store.ts'
import { FeedList } from '../feed/feed-list.tsx'
import { useFeed } from '../feed/queries.ts'
import { LocatorMap } from '../map/locator-map.tsx'
import { readGeo } from '../map/mercator.ts'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { useTitle } from '../ui/media.ts'
import { addressOf } from '../ui/names.ts'
import { counted } from '../ui/numbers.ts'
import { Empty, Failure, PageSkeleton } from '../ui/states.tsx'
import type { MayorView, PlaceView } from '../views.ts'
import { SearchInThese } from '../feed/search-in-these.tsx'
import { Mayor, Tips } from './place-more.tsx'
import { SaveButton } from './save-place.tsx'

export function PlacePage({ id }: { readonly id: string }) {
  const query = useQuery({
    queryKey: ['place', id],
    queryFn: ({ signal }) => ask('app.waypost.place.get', { place: id }, signal),
  })
  const place = query.data?.place
  useTitle(place?.name ?? 'Place')
  if (query.isPending) return <PageSkeleton label="Loading the place" />
  if (place === undefined) {
    const isUnknown = query.error instanceof ApiError && query.error.error === 'PlaceNotFound'
    return (
      <div className="page">
        {isUnknown ? (
          <Empty title="Nobody knows this place">
            <p>It may have gone with its only check-in.</p>
          </Empty>
        ) : (
          <Failure fault={query.error} onRetry={() => void query.refetch()} />
        )}
      </div>
    )
  }
  return <Place place={place} mayor={query.data?.mayor} tipCount={query.data?.tipCount ?? 0} />
}

interface PlaceProps {
  readonly place: PlaceView
  readonly mayor: MayorView | undefined
  readonly tipCount: number
}

function Place({ place, mayor, tipCount }: PlaceProps) {
  const { query, items } = useFeed({ kind: 'place', place: place.id })
  const geo = readGeo(place.geo)
  const visits = place.viewer?.checkinCount ?? 0
  const address = addressOf(place.address)
  return (
    <div className="page">
      {geo !== undefined && <LocatorMap at={geo} label={`Where ${place.name} is`} category={place.category} />}
      <header className="place-head">
        <CategoryGlyph category={place.category} size="hero" />
        <div className="place-lines">
          <h1 dir="auto">{place.name}</h1>
          <p className="place-kind">
            <span>{categoryLook(place.category).label}</span>
            {address !== '' && (
              <span>
                <bdi>{address}</bdi>
              </span>
            )}
          </p>
          <p className="place-counts">
            <span>{counted(place.checkinCount, 'check-in')}</span>
            <span>{counted(place.personCount, 'person', 'people')}</span>
          </p>
          {visits > 0 && (
            <p className="badge place-visits">You were here {visits === 1 ? 'once' : `${visits} times`}</p>
          )}
        </div>
        <button type="button" className="button button-sun" onClick={() => checkInAt(place)}>
          <MapPin size={18} strokeWidth={2.2} aria-hidden="true" />
          Check in here
        </button>
      </header>
      <div className="place-more">
        {mayor !== undefined && <Mayor mayor={mayor} />}
        <SaveButton place={place} />
      </div>
      <Tips place={place} count={tipCount} />
      <div className="section-head">
        <h2 className="section-title">Check-ins</h2>
        {place.checkinCount > 0 && <SearchInThese preset={{ place: place.id }} />}
      </div>
      <FeedList
        items={items}
        query={query}
        without="place"
        empty={
          <Empty title="No check-ins yet">
            <p>Yours would be the first.</p>
          </Empty>
        }
      />
      {place.attribution !== undefined && <p className="attribution">Place data: {place.attribution}</p>}
    </div>
  )
}

import { useQuery } from '@tanstack/react-query'
import { MapPin } from 'lucide'
import { Link } from 'wouter'
import { ApiError, ask } from '../api.ts'
import { checkInAt } from '../compose/draft-store.ts'
import { FeedList } from '../feed/feed-list.tsx'
import { useFeed } from '../feed/queries.ts'
import { t } from '../language/pages.ts'
import { LocatorMap } from '../map/locator-map.tsx'
import { readGeo } from '../map/mercator.ts'
import { HereNow } from '../presence/here-now.tsx'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { Icon } from '../ui/icon.tsx'
import { useTitle } from '../ui/media.ts'
import { actorOf, addressOf } from '../ui/names.ts'
import { Empty, Failure, PageSkeleton } from '../ui/states.tsx'
import type { MayorView, PlaceLinkView, PlaceView } from '../views.ts'
import { SearchInThese } from '../feed/search-in-these.tsx'
import { placePath, searchCheckinsPath } from '../paths.ts'
import { PlaceLinks } from '../report/place-links.tsx'
import { ReportButton } from '../report/report-button.tsx'
import { useSession } from '../session/session.tsx'
import { Mayor, Tips } from './place-more.tsx'
import { PlacePhotos } from './place-photos.tsx'
import { SaveButton } from './save-place.tsx'

export function PlacePage({ id }: { readonly id: string }) {
  const query = useQuery({
    queryKey: ['place', id],
    queryFn: ({ signal }) => ask('app.waypost.place.get', { place: id }, signal),
  })
  const place = query.data?.place
  useTitle(place?.name ?? t.place.page)
  if (query.isPending) return <PageSkeleton label={t.place.loading} />
  if (place === undefined) {
    const isUnknown = query.error instanceof ApiError && query.error.error === 'PlaceNotFound'
    return (
      <div className="page">
        {isUnknown ? (
          <Empty title={t.place.unknown}>
            <p>{t.place.unknownWhy}</p>
          </Empty>
        ) : (
          <Failure fault={query.error} onRetry={() => void query.refetch()} />
        )}
      </div>
    )
  }
  const { mayor, tipCount = 0, links = [] } = query.data ?? {}
  return <Place place={place} mayor={mayor} tipCount={tipCount} links={links} />
}

interface PlaceProps {
  readonly place: PlaceView
  readonly mayor: MayorView | undefined
  readonly tipCount: number
  readonly links: readonly PlaceLinkView[]
}

function Place({ place, mayor, tipCount, links }: PlaceProps) {
  const { query, items } = useFeed({ kind: 'place', place: place.id })
  const geo = readGeo(place.geo)
  const { actor } = useSession()
  const visits = place.viewer?.checkinCount ?? 0
  const address = addressOf(place.address)
  return (
    <div className="page">
      {geo !== undefined && <LocatorMap at={geo} label={t.place.where(place.name)} category={place.category} />}
      <header className="place-head">
        <CategoryGlyph category={place.category} size="hero" />
        <div className="place-lines">
          <h1>
            <bdi>{place.name}</bdi>
          </h1>
          <p className="place-kind">
            <span className="fact">{categoryLook(place.category).label}</span>
            {address !== '' && (
              <span className="fact">
                <bdi>{address}</bdi>
              </span>
            )}
          </p>
          <p className="place-counts">
            <span className="fact">{t.counts.checkins(place.checkinCount)}</span>
            <span className="fact">{t.counts.people(place.personCount)}</span>
          </p>
          {visits > 0 && actor !== undefined && (
            <Link href={searchCheckinsPath({ place: place.id, person: actorOf(actor) })} className="badge place-visits">
              {t.place.visits(visits)}
            </Link>
          )}
        </div>
        <button type="button" className="button button-sun" onClick={() => checkInAt(place)}>
          <Icon of={MapPin} size={18} strokeWidth={2.2} />
          {t.place.checkInHere}
        </button>
      </header>
      <div className="place-more">
        {mayor !== undefined && <Mayor mayor={mayor} />}
        <SaveButton place={place} />
        <ReportButton
          subject={{ kind: 'place', place, links }}
          back={placePath(place.id)}
          className="button button-quiet"
        />
      </div>
      <PlaceLinks place={place} links={links} />
      <HereNow place={place.id} checkins={items} />
      <PlacePhotos place={place} />
      <Tips place={place} count={tipCount} />
      <div className="section-head">
        <h2 className="section-title">{t.place.checkins}</h2>
        {place.checkinCount > 0 && <SearchInThese preset={{ place: place.id }} />}
      </div>
      <FeedList
        items={items}
        query={query}
        without="place"
        empty={
          <Empty title={t.place.noCheckins}>
            <p>{t.place.yoursFirst}</p>
          </Empty>
        }
      />
      {place.attribution !== undefined && <p className="attribution">{t.place.data(place.attribution)}</p>}
    </div>
  )
}

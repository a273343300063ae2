import { lazy, Suspense, useState } from 'react'
import { Link } from 'wouter'
import { coverOf } from '../feed/photos.tsx'
import { useFeed } from '../feed/queries.ts'
import { t } from '../language/pages.ts'
import { checkinPath, livePath } from '../paths.ts'
import { nameOf } from '../ui/names.ts'
import { ShowMore } from '../ui/show-more.tsx'
import { Failure } from '../ui/states.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import type { CheckinView, PlaceView } from '../views.ts'

const Lightbox = lazy(async () => ({ default: (await import('../feed/lightbox.tsx')).Lightbox }))

/** Two rows of a wide screen, three of a phone. */
const SHOWN_MAX = 9

/** What everybody photographed at a place, newest first; nothing where nobody did. */
export function PlacePhotos({ place }: { readonly place: PlaceView }) {
  const { query, items } = useFeed({ kind: 'place', place: place.id, photos: true })
  const [isWhole, setWhole] = useState(false)
  const [open, setOpen] = useState<number>()
  const all = items.flatMap(photosOf)
  const shown = isWhole ? all : all.slice(0, SHOWN_MAX)
  if (query.isPending && place.checkinCount > 0) {
    return <p className="bone bone-photo" role="status" aria-label={t.place.photosLoading} />
  }
  if (query.isError) return <Failure fault={query.error} onRetry={() => void query.refetch()} />
  const current = open === undefined ? undefined : shown[open]
  if (all.length === 0) return null
  return (
    <section className="place-photos" aria-label={t.place.photos}>
      <h2 className="section-title">{t.place.photos}</h2>
      <ul role="list" className="photo-grid">
        {shown.map(({ photo, checkin }, index) => (
          <li key={`${checkin.uri} ${photo.thumb}`}>
            <button
              type="button"
              aria-label={t.place.openPhotoBy(index + 1, nameOf(checkin.author), photo.alt)}
              onClick={() => setOpen(index)}
            >
              <img src={photo.thumb} alt="" loading="lazy" decoding="async" />
            </button>
          </li>
        ))}
      </ul>
      {!isWhole && (all.length > SHOWN_MAX || query.hasNextPage) && (
        <button type="button" className="button button-quiet" onClick={() => setWhole(true)}>
          {t.place.photosAll}
        </button>
      )}
      {isWhole && <ShowMore query={query} label={t.place.photosMore} />}
      {open !== undefined && current !== undefined && (
        <Suspense fallback={null}>
          <Lightbox
            photos={shown.map(({ photo }) => photo)}
            at={place.name}
            index={open}
            credit={<Credit checkin={current.checkin} />}
            onMove={setOpen}
            onClose={() => setOpen(undefined)}
          />
        </Suspense>
      )}
    </section>
  )
}

/** What an author asks to think twice about is looked at on its check-in, not in passing. */
function photosOf(checkin: CheckinView) {
  if (coverOf(checkin.labels) !== undefined) return []
  return (checkin.photos ?? []).map((photo) => ({ photo, checkin }))
}

function Credit({ checkin: { uri, author, sortAt } }: { readonly checkin: CheckinView }) {
  return (
    <Link href={checkinPath(uri) ?? livePath} className="lightbox-credit">
      <bdi>{nameOf(author)}</bdi> · <TimeAgo at={sortAt} />
    </Link>
  )
}

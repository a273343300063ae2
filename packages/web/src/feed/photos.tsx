import { lazy, Suspense, useState } from 'react'
import { t } from '../language/language.ts'
import type { PhotoView } from '../views.ts'
import { mosaic } from './mosaic.ts'

const Lightbox = lazy(async () => ({ default: (await import('./lightbox.tsx')).Lightbox }))

interface PhotosProps {
  readonly photos: readonly PhotoView[] | undefined
  /** Where the photos were taken, for those who do not see them. */
  readonly at: string
  /** On a page of its own a photo is drawn from the large rendition. */
  readonly isLarge?: boolean
  /** They are on the screen from the start. */
  readonly isSoon?: boolean
  /** Why they are shown only once somebody asks for them. */
  readonly cover?: string | undefined
}

const COVERS: Readonly<Record<string, keyof typeof t.photos.covers>> = {
  '!warn': 'warn',
  porn: 'porn',
  sexual: 'sexual',
  nudity: 'nudity',
  'graphic-media': 'graphic',
  gore: 'graphic',
}

/** What to say instead of showing photos at once, by the labels that the author put on a check-in. */
export function coverOf(labels: readonly string[] | undefined): string | undefined {
  return labels?.flatMap((label) => (Object.hasOwn(COVERS, label) ? [t.photos.covers[COVERS[label]!]] : []))[0]
}

/** Up to four tiles in a frame whose shape is known before they load; each opens the photos one by one. */
export function Photos({ photos = [], at, isLarge = false, isSoon = false, cover }: PhotosProps) {
  const [open, setOpen] = useState<number>()
  const [isCovered, setCovered] = useState(cover !== undefined)
  const frame = mosaic(photos)
  if (frame === undefined) return null
  if (isCovered) {
    return (
      <div className="photo-cover">
        <p>{cover}</p>
        <button type="button" className="button button-quiet" onClick={() => setCovered(false)}>
          {t.photos.show(photos.length)}
        </button>
      </div>
    )
  }
  return (
    <>
      <div className={`mosaic mosaic-${frame.shape}`} style={{ aspectRatio: frame.ratio }}>
        {frame.tiles.map(({ photo, index, more }) => (
          <button
            key={index}
            type="button"
            className="mosaic-tile"
            aria-label={labelOf(photo, index, photos.length, at) + (more > 0 ? `, +${more}` : '')}
            onClick={() => setOpen(index)}
          >
            <img
              src={isLarge ? photo.fullsize : photo.thumb}
              alt=""
              loading={isSoon ? 'eager' : 'lazy'}
              fetchPriority={isSoon ? 'high' : 'auto'}
              decoding="async"
            />
            {more > 0 && <span className="mosaic-more">+{more}</span>}
          </button>
        ))}
      </div>
      {open !== undefined && (
        <Suspense fallback={null}>
          <Lightbox photos={photos} at={at} index={open} onMove={setOpen} onClose={() => setOpen(undefined)} />
        </Suspense>
      )}
    </>
  )
}

function labelOf({ alt }: PhotoView, index: number, count: number, at: string): string {
  return alt === '' ? t.photos.openPhotoAt(index + 1, count, at) : t.photos.openPhoto(index + 1, count, alt)
}

import { lazy, Suspense, useState } from 'react'
import type { PhotoView } from '../views.ts'
import { mosaic } from './mosaic.ts'

const Lightbox = lazy(async () => ({ default: (await import('./lightbox.tsx')).Lightbox }))

interface PhotosProps {
  readonly photos: readonly PhotoView[] | undefined
  /** Where the photos were taken, for those who do not see them. */
  readonly at: string
  /** On a page of its own a photo is drawn from the large rendition. */
  readonly isLarge?: boolean
}

/** Up to four tiles in a frame whose shape is known before they load; each opens the photos one by one. */
export function Photos({ photos = [], at, isLarge = false }: PhotosProps) {
  const [open, setOpen] = useState<number>()
  const frame = mosaic(photos)
  if (frame === undefined) return null
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
            <img src={isLarge ? photo.fullsize : photo.thumb} alt="" loading="lazy" decoding="async" />
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
  return `Open photo ${index + 1} of ${count}${alt === '' ? `, at ${at}` : `: ${alt}`}`
}

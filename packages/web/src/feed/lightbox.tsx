import { ChevronLeft, ChevronRight } from 'lucide'
import type { KeyboardEvent, ReactNode } from 'react'
import { t } from '../language/language.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import type { PhotoView } from '../views.ts'

interface LightboxProps {
  readonly photos: readonly PhotoView[]
  readonly at: string
  readonly index: number
  /** Whose the photo is, where the page does not say so. */
  readonly credit?: ReactNode
  readonly onMove: (index: number) => void
  readonly onClose: () => void
}

/** Photos one by one, as large as the screen allows; the arrow keys turn the pages. */
export function Lightbox({ photos, at, index, credit, onMove, onClose }: LightboxProps) {
  const photo = photos[index]
  if (photo === undefined) return null
  const isMany = photos.length > 1
  const move = (by: number) => onMove((index + by + photos.length) % photos.length)
  const onKeyDown = ({ key }: KeyboardEvent) => {
    const onwards = t.dir === 'rtl' ? -1 : 1
    if (isMany && key === 'ArrowLeft') move(-onwards)
    if (isMany && key === 'ArrowRight') move(onwards)
  }
  return (
    <Dialog title={t.photos.photoOf(index + 1, photos.length)} kind="lightbox" onClose={onClose}>
      <div className="lightbox" onKeyDown={onKeyDown}>
        <figure>
          <img
            key={photo.fullsize}
            src={photo.fullsize}
            alt={photo.alt === '' ? t.photos.photoAt(at) : photo.alt}
            width={photo.aspectRatio?.width}
            height={photo.aspectRatio?.height}
          />
          {(photo.alt !== '' || credit !== undefined) && (
            <figcaption>
              {photo.alt !== '' && <p dir="auto">{photo.alt}</p>}
              {credit}
            </figcaption>
          )}
        </figure>
        {isMany && (
          <>
            <button
              type="button"
              className="icon-button lightbox-back"
              aria-label={t.photos.previous}
              onClick={() => move(-1)}
            >
              <Icon of={ChevronLeft} isDirected />
            </button>
            <button
              type="button"
              className="icon-button lightbox-next"
              aria-label={t.photos.next}
              onClick={() => move(1)}
            >
              <Icon of={ChevronRight} isDirected />
            </button>
          </>
        )}
      </div>
    </Dialog>
  )
}

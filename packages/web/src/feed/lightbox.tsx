import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import type { PhotoView } from '../views.ts'

interface LightboxProps {
  readonly photos: readonly PhotoView[]
  readonly at: string
  readonly index: number
  readonly onMove: (index: number) => void
  readonly onClose: () => void
}

/** The photos of a check-in one by one, as large as the screen allows; the arrow keys turn the pages. */
export function Lightbox({ photos, at, index, onMove, onClose }: LightboxProps) {
  const photo = photos[index]
  if (photo === undefined) return null
  const isMany = photos.length > 1
  const move = (by: number) => onMove((index + by + photos.length) % photos.length)
  const onKeyDown = ({ key }: KeyboardEvent) => {
    if (isMany && key === 'ArrowLeft') move(-1)
    if (isMany && key === 'ArrowRight') move(1)
  }
  return (
    <Dialog title={`Photo ${index + 1} of ${photos.length}`} kind="lightbox" onClose={onClose}>
      <div className="lightbox" onKeyDown={onKeyDown}>
        <figure>
          <img
            key={photo.fullsize}
            src={photo.fullsize}
            alt={photo.alt === '' ? `Photo at ${at}` : photo.alt}
            width={photo.aspectRatio?.width}
            height={photo.aspectRatio?.height}
          />
          {photo.alt !== '' && <figcaption dir="auto">{photo.alt}</figcaption>}
        </figure>
        {isMany && (
          <>
            <button
              type="button"
              className="icon-button lightbox-back"
              aria-label="Previous photo"
              onClick={() => move(-1)}
            >
              <ChevronLeft aria-hidden="true" />
            </button>
            <button type="button" className="icon-button lightbox-next" aria-label="Next photo" onClick={() => move(1)}>
              <ChevronRight aria-hidden="true" />
            </button>
          </>
        )}
      </div>
    </Dialog>
  )
}

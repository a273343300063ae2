import { useId } from 'react'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { townOf } from '../ui/names.ts'
import type { RecordPosition } from '../views.ts'
import { CompanionsField } from './companions-field.tsx'
import { type Draft, TEXT_GRAPHEMES_MAX } from './draft.ts'
import { graphemes } from './graphemes.ts'
import type { Near } from './near.ts'
import { PhotosField, type PhotosState } from './photos-field.tsx'
import { PositionField } from './position-field.tsx'
import { RowLines } from '../ui/row-lines.tsx'

interface DetailsStepProps {
  readonly draft: Draft
  readonly onDraft: (change: (old: Draft) => Draft) => void
  readonly photos: PhotosState
  readonly near: Near | undefined
  readonly onNear: (near: Near) => void
  readonly onPosition: (position: RecordPosition | undefined) => void
  readonly onChangePlace: () => void
}

/** Everything after the place is optional. */
export function DetailsStep({ draft, onDraft, photos, near, onNear, onPosition, onChangePlace }: DetailsStepProps) {
  const textId = useId()
  const left = TEXT_GRAPHEMES_MAX - graphemes(draft.text.trim())
  const { place } = draft
  if (place === undefined) return null
  const note = [categoryLook(place.category).label, townOf(place.address)].filter(
    (part) => part !== '' && part !== 'Place',
  )
  return (
    <div className="details">
      <div className="chosen">
        <CategoryGlyph category={place.category} />
        <RowLines title={place.name} note={note.join(' · ')} />
        <button type="button" className="button button-quiet button-small" onClick={onChangePlace}>
          Change
        </button>
      </div>
      <div className="field-group">
        <label htmlFor={textId} className="field-label">
          A few words <span className="optional">optional</span>
        </label>
        <div className="text-field">
          <textarea
            id={textId}
            className="field"
            rows={3}
            dir="auto"
            placeholder="What is it like here?"
            value={draft.text}
            onChange={(event) => {
              const text = event.target.value
              onDraft((old) => ({ ...old, text }))
            }}
          />
          <span className="counter" data-over={left < 0 || undefined} data-near={left < 40 || undefined}>
            <span className="visually-hidden">Characters left: </span>
            {left}
          </span>
        </div>
      </div>
      <PhotosField photos={photos} />
      <CompanionsField
        companions={draft.companions}
        onCompanions={(companions) => onDraft((old) => ({ ...old, companions }))}
      />
      <PositionField near={near} onNear={onNear} onPosition={onPosition} />
    </div>
  )
}

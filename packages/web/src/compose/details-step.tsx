import { useId } from 'react'
import { MentionField } from '../feed/mention-field.tsx'
import { t } from '../language/pages.ts'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { townOf } from '../ui/names.ts'
import type { RecordPosition } from '../views.ts'
import { CompanionsField } from './companions-field.tsx'
import { type CrossPost, CrossPostField } from './cross-post.tsx'
import { type Draft, TEXT_GRAPHEMES_MAX } from './draft.ts'
import { graphemes } from './graphemes.ts'
import type { Near } from './near.ts'
import { PhotosField, type PhotosState } from './photos-field.tsx'
import { PositionField } from './position-field.tsx'
import { RowLines } from '../ui/row-lines.tsx'
import { Switch } from '../ui/switch.tsx'

interface DetailsStepProps {
  readonly draft: Draft
  readonly onDraft: (change: (old: Draft) => Draft) => void
  readonly photos: PhotosState
  readonly near: Near | undefined
  readonly onNear: (near: Near) => void
  readonly position: RecordPosition | undefined
  readonly onPosition: (position: RecordPosition | undefined) => void
  readonly onChangePlace: () => void
  /** Whether friends see that the person is there. */
  readonly isHere: boolean
  readonly onHere: (isHere: boolean) => void
  readonly crossPost: CrossPost
}

/** Everything after the place is optional. */
export function DetailsStep(props: DetailsStepProps) {
  const { draft, onDraft, photos, onChangePlace, isHere, onHere, crossPost, ...position } = props
  const textId = useId()
  const left = TEXT_GRAPHEMES_MAX - graphemes(draft.text.trim())
  const { place } = draft
  if (place === undefined) return null
  const note = [categoryLook(place.category).label, townOf(place.address)].filter(
    (part) => part !== '' && part !== t.plainPlace,
  )
  return (
    <div className="details">
      <div className="chosen">
        <CategoryGlyph category={place.category} />
        <RowLines title={place.name} note={note.join(' · ')} />
        <button type="button" className="button button-quiet button-small" onClick={onChangePlace}>
          {t.compose.change}
        </button>
      </div>
      <div className="field-group">
        <label htmlFor={textId} className="field-label">
          {t.compose.words} <span className="optional">{t.actions.optional}</span>
        </label>
        <div className="text-field">
          <MentionField
            id={textId}
            className="field"
            rows={3}
            placeholder={t.compose.wordsHint}
            value={draft.text}
            onText={(text, mentioned) =>
              onDraft((old) => ({
                ...old,
                text,
                ...(mentioned && { mentions: { ...old.mentions, [mentioned.handle]: mentioned.did } }),
              }))
            }
          />
          <span className="counter" data-over={left < 0 || undefined}>
            <span className="visually-hidden">{t.compose.charactersLeft}</span>
            {left}
          </span>
        </div>
      </div>
      <PhotosField photos={photos} />
      <CompanionsField
        companions={draft.companions}
        onCompanions={(companions) => onDraft((old) => ({ ...old, companions }))}
      />
      <PositionField {...position} />
      <Switch label={t.presence.hereNow} note={t.presence.note} isOn={isHere} onTurn={onHere} />
      <CrossPostField crossPost={crossPost} />
    </div>
  )
}

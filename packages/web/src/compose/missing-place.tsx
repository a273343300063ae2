import { useQueryClient } from '@tanstack/react-query'
import { type SubmitEvent, useId, useState } from 'react'
import { call } from '../api.ts'
import { t } from '../language/pages.ts'
import type { LngLat } from '../map/mercator.ts'
import { CATEGORY_CHOICES, categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { distance } from '../ui/numbers.ts'
import { RowLines } from '../ui/row-lines.tsx'
import type { PlaceView, RecordPlace } from '../views.ts'
import { NAME_GRAPHEMES_MAX, newPlace, placeFromView } from './draft.ts'
import { graphemes } from './graphemes.ts'
import { PinMap } from './pin-map.tsx'
import { findSimilar } from './use-places.ts'

interface MissingPlaceProps {
  /** What was searched for in vain. */
  readonly name: string
  readonly at: LngLat | undefined
  readonly onChoose: (place: RecordPlace, id: string | undefined) => void
}

export function MissingPlace({ name: searched, at, onChoose }: MissingPlaceProps) {
  const [name, setName] = useState(searched.trim())
  const [pin, setPin] = useState(at)
  const [category, setCategory] = useState<string>()
  const [fault, setFault] = useState<string>()
  const nameId = useId()
  const client = useQueryClient()

  const [similar, setSimilar] = useState<readonly PlaceView[]>([])
  const [isBusy, setBusy] = useState(false)

  /** Where the place cannot be written down just now, the check-in carries all that is known of it. */
  const add = async (place: RecordPlace) => {
    setBusy(true)
    try {
      const { uri, cid } = await call('app.waypost.place.create', place)
      onChoose({ ...place, refs: [{ $type: 'com.atproto.repo.strongRef', uri, cid }] } as RecordPlace, uri)
    } catch {
      onChoose(place, undefined)
    }
  }

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (name.trim() === '') return setFault(t.compose.nameMissing)
    if (graphemes(name.trim()) > NAME_GRAPHEMES_MAX) return setFault(t.compose.nameTooLong)
    if (pin === undefined) return setFault(t.compose.pinMissing)
    const place = newPlace(name, pin, category)
    setFault(undefined)
    setBusy(true)
    const found = await findSimilar(client, place.name, pin).catch(() => [])
    setBusy(false)
    if (found.length > 0 && similar.length === 0) setSimilar(found)
    else await add(place)
  }

  return (
    <form className="missing" onSubmit={(event) => void submit(event)} aria-label={t.compose.addMissing}>
      <div className="field-group">
        <label htmlFor={nameId} className="field-label">
          {t.compose.placeName}
        </label>
        <input
          id={nameId}
          className="field"
          dir="auto"
          autoComplete="off"
          placeholder={t.compose.placeNameHint}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <div className="field-group">
        <p className="field-label">{t.compose.placeWhere}</p>
        <PinMap at={at} onPin={setPin} />
      </div>
      <fieldset className="field-group">
        <legend className="field-label">
          {t.compose.placeKind} <span className="optional">{t.actions.optional}</span>
        </legend>
        <div className="kinds">
          {CATEGORY_CHOICES.map((id) => (
            <button
              key={id}
              type="button"
              className="kind"
              aria-pressed={category === id}
              onClick={() => setCategory(category === id ? undefined : id)}
            >
              <CategoryGlyph category={id} size="badge" />
              {categoryLook(id).label}
            </button>
          ))}
        </div>
      </fieldset>
      <div className="dialog-foot">
        {fault !== undefined && (
          <p className="field-fault" role="alert">
            {fault}
          </p>
        )}
        {similar.length > 0 && (
          <div className="similar" role="status">
            <p className="field-label">{t.compose.similar}</p>
            {similar.map((place) => (
              <button
                key={place.id}
                type="button"
                className="row"
                onClick={() => onChoose(placeFromView(place), place.id)}
              >
                <CategoryGlyph category={place.category} />
                <RowLines
                  title={place.name}
                  note={[
                    place.distance === undefined ? '' : distance(place.distance),
                    categoryLook(place.category).label,
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                />
              </button>
            ))}
          </div>
        )}
        <button type="submit" className="button button-main button-wide button-tall" disabled={isBusy}>
          {similar.length > 0 ? t.compose.noneOfThese : t.compose.useThis}
        </button>
      </div>
    </form>
  )
}

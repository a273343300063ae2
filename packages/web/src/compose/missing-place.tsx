import { type SubmitEvent, useId, useState } from 'react'
import type { LngLat } from '../map/mercator.ts'
import { CATEGORY_CHOICES, categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import type { RecordPlace } from '../views.ts'
import { NAME_GRAPHEMES_MAX, newPlace } from './draft.ts'
import { graphemes } from './graphemes.ts'
import { PinMap } from './pin-map.tsx'

interface MissingPlaceProps {
  /** What was searched for in vain. */
  readonly name: string
  readonly at: LngLat | undefined
  readonly onChoose: (place: RecordPlace) => void
}

export function MissingPlace({ name: searched, at, onChoose }: MissingPlaceProps) {
  const [name, setName] = useState(searched.trim())
  const [pin, setPin] = useState(at)
  const [category, setCategory] = useState<string>()
  const [fault, setFault] = useState<string>()
  const nameId = useId()

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (name.trim() === '') return setFault('Give the place a name.')
    if (graphemes(name.trim()) > NAME_GRAPHEMES_MAX) return setFault('That name is too long.')
    if (pin === undefined) return setFault('Move the map until the pin is on the place.')
    onChoose(newPlace(name, pin, category))
  }

  return (
    <form className="missing" onSubmit={submit} aria-label="Add a missing place">
      <div className="field-group">
        <label htmlFor={nameId} className="field-label">
          Name of the place
        </label>
        <input
          id={nameId}
          className="field"
          dir="auto"
          autoComplete="off"
          placeholder="As people there call it"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <div className="field-group">
        <p className="field-label">Where it is</p>
        <PinMap at={at} onPin={setPin} />
      </div>
      <fieldset className="field-group">
        <legend className="field-label">
          What it is <span className="optional">optional</span>
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
        <button type="submit" className="button button-main button-wide button-tall">
          Use this place
        </button>
      </div>
    </form>
  )
}

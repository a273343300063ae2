import { Camera, LocateFixed, MapPinned, Plus, Search } from 'lucide-react'
import { type ChangeEvent, useEffect, useId, useRef, useState } from 'react'
import { photoPlace } from '../photo/photo-place.ts'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { useSettled } from '../ui/media.ts'
import { townOf } from '../ui/names.ts'
import { distance } from '../ui/numbers.ts'
import { Failure } from '../ui/states.tsx'
import type { PlaceView, RecordPlace } from '../views.ts'
import { placeFromView } from './draft.ts'
import { locate, mayLocate } from './locate.ts'
import type { Near } from './near.ts'
import { PinMap } from './pin-map.tsx'
import { RowLines } from '../ui/row-lines.tsx'
import { usePlaces } from './use-places.ts'

interface PlaceStepProps {
  readonly near: Near | undefined
  readonly onNear: (near: Near) => void
  readonly typed: string
  readonly onTyped: (text: string) => void
  /** A photo that one began from goes on the check-in as well. */
  readonly onPhoto: (files: readonly File[]) => void
  readonly onChoose: (place: RecordPlace, id: string | undefined) => void
  readonly onMissing: () => void
}

const TYPING_MS = 220

export function PlaceStep({ near, onNear, typed, onTyped, onPhoto, onChoose, onMissing }: PlaceStepProps) {
  const [isLocating, setLocating] = useState(false)
  const [note, setNote] = useState<string>()
  const [isPinning, setPinning] = useState(false)
  const fieldId = useId()
  const fileInput = useRef<HTMLInputElement>(null)
  const q = useSettled(typed.trim(), TYPING_MS)
  const { places, status, fault, isOld, retry } = usePlaces(q, near?.at)

  const findMe = async () => {
    setLocating(true)
    setNote(undefined)
    try {
      const { at, accuracy } = await locate()
      onNear({ at, accuracy, from: 'device' })
      setPinning(false)
    } catch (fault) {
      setNote((fault as Error).message)
    } finally {
      setLocating(false)
    }
  }
  useLocatedBefore(near === undefined, findMe)

  const fromPhoto = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const files = [...(target.files ?? [])]
    target.value = ''
    if (files.length === 0) return
    onPhoto(files)
    setNote(undefined)
    for (const file of files) {
      const at = await photoPlace(file)
      if (at !== undefined) return onNear({ at, from: 'photo' })
    }
    setNote('This photo does not say where it was taken. It is added to your check-in all the same.')
  }

  return (
    <div className="place-step">
      <div className="search-field">
        <Search size={19} aria-hidden="true" />
        <label htmlFor={fieldId} className="visually-hidden">
          Search for a place
        </label>
        <input
          id={fieldId}
          type="search"
          dir="auto"
          placeholder="Search for a place"
          autoComplete="off"
          maxLength={128}
          value={typed}
          onChange={(event) => onTyped(event.target.value)}
        />
      </div>
      <div className="ways" role="group" aria-label="Or find it by position">
        <button type="button" className="way" disabled={isLocating} onClick={() => void findMe()}>
          <LocateFixed size={19} aria-hidden="true" />
          {isLocating ? 'Locating…' : 'Use my location'}
        </button>
        <button type="button" className="way" aria-expanded={isPinning} onClick={() => setPinning((old) => !old)}>
          <MapPinned size={19} aria-hidden="true" />
          Drop a pin
        </button>
        <button type="button" className="way" onClick={() => fileInput.current?.click()}>
          <Camera size={19} aria-hidden="true" />
          From a photo
        </button>
        <input
          ref={fileInput}
          type="file"
          className="visually-hidden"
          accept="image/*"
          aria-label="A photo to begin from"
          tabIndex={-1}
          onChange={(event) => void fromPhoto(event)}
        />
      </div>
      {isPinning && (
        <PinMap
          at={near?.at}
          action="Places around here"
          onPin={(at) => {
            onNear({ at, from: 'pin' })
            setPinning(false)
          }}
        />
      )}
      <p className="step-note" role="status">
        {note ?? describe(near)}
      </p>
      {status === 'failed' && <Failure fault={fault} onRetry={retry} />}
      {status === 'loading' && places.length === 0 && <RowSkeletons />}
      {places.length > 0 && (
        <ul role="list" className="rows rows-places" aria-label="Places" data-old={isOld || undefined}>
          {places.map((place) => (
            <li key={place.id}>
              <PlaceButton place={place} onChoose={() => onChoose(placeFromView(place), place.id)} />
            </li>
          ))}
        </ul>
      )}
      {status === 'ready' && places.length === 0 && <p className="step-note">No place by that name is known here.</p>}
      {q === '' && near === undefined && (
        <p className="step-hint">
          Your position sorts this list, and stays on this device: only the square kilometres around you are asked for.
          It is not part of the check-in.
        </p>
      )}
      {(q !== '' || near !== undefined) && (
        <button type="button" className="row row-add" onClick={onMissing}>
          <span className="row-plus" aria-hidden="true">
            <Plus size={20} />
          </span>
          <span className="row-lines">
            <span className="row-title">Add a missing place</span>
            <span className="row-note">{q === '' ? 'With a name and a pin' : `“${q}”, with a pin`}</span>
          </span>
        </button>
      )}
    </div>
  )
}

function PlaceButton({ place, onChoose }: { readonly place: PlaceView; readonly onChoose: () => void }) {
  const visits = place.viewer?.checkinCount ?? 0
  const note = [
    categoryLook(place.category).label,
    place.distance === undefined ? townOf(place.address) : distance(place.distance),
  ].filter((part) => part !== '')
  return (
    <button type="button" className="row" onClick={onChoose}>
      <CategoryGlyph category={place.category} />
      <RowLines title={place.name} note={note.join(' · ')} />
      {visits > 0 && <span className="badge">Been here</span>}
    </button>
  )
}

function RowSkeletons() {
  return (
    <div role="status" aria-label="Looking for places">
      {[0, 1, 2, 3].map((index) => (
        <div key={index} className="skeleton skeleton-row" aria-hidden="true">
          <span className="bone bone-tile" />
          <span className="bone-lines">
            <span className="bone bone-title" />
            <span className="bone bone-short" />
          </span>
        </div>
      ))}
    </div>
  )
}

/** Whoever allowed it before gets the list straight away. */
function useLocatedBefore(isWanted: boolean, findMe: () => Promise<void>): void {
  const begun = useRef(!isWanted)
  useEffect(() => {
    if (begun.current) return
    begun.current = true
    void mayLocate().then((may) => (may ? findMe() : undefined))
  })
}

function describe(near: Near | undefined): string {
  if (near === undefined) return ''
  if (near.from === 'pin') return 'Places around your pin'
  if (near.from === 'photo') return 'Places around where the photo was taken'
  return near.accuracy === undefined ? 'Places around you' : `Places around you, accurate to ${distance(near.accuracy)}`
}

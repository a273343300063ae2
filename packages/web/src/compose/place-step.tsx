import { Camera, LocateFixed, MapPinned, Plus } from 'lucide'
import { type ChangeEvent, useEffect, useRef, useState } from 'react'
import { keepMapReady } from '../device/worker.ts'
import { t } from '../language/pages.ts'
import { photoPlace } from '../photo/photo-place.ts'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { Icon } from '../ui/icon.tsx'
import { useIsOffline, useSettled } from '../ui/media.ts'
import { townOf } from '../ui/names.ts'
import { distance } from '../ui/numbers.ts'
import { SearchInput } from '../ui/search-input.tsx'
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
  const isOffline = useIsOffline()
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
  useEffect(keepMapReady, [])

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
    setNote(t.compose.photoWithoutPlace)
  }

  return (
    <div className="place-step">
      <div className="search-field">
        <SearchInput label={t.compose.searchPlace} value={typed} onType={onTyped} />
      </div>
      <div className="ways" role="group" aria-label={t.compose.byPosition}>
        <button type="button" className="way" disabled={isLocating} onClick={() => void findMe()}>
          <Icon of={LocateFixed} size={19} />
          {isLocating ? t.compose.locating : t.compose.useLocation}
        </button>
        <button type="button" className="way" aria-expanded={isPinning} onClick={() => setPinning((old) => !old)}>
          <Icon of={MapPinned} size={19} />
          {t.compose.dropPin}
        </button>
        <button type="button" className="way" onClick={() => fileInput.current?.click()}>
          <Icon of={Camera} size={19} />
          {t.compose.fromPhoto}
        </button>
        <input
          ref={fileInput}
          type="file"
          className="visually-hidden"
          accept="image/*"
          aria-label={t.compose.photoToBegin}
          tabIndex={-1}
          onChange={(event) => void fromPhoto(event)}
        />
      </div>
      {isPinning && (
        <PinMap
          at={near?.at}
          action={t.compose.aroundHere}
          onPin={(at) => {
            onNear({ at, from: 'pin' })
            setPinning(false)
          }}
        />
      )}
      <p className="step-note" role="status">
        {note ?? describe(near)}
        {isOffline && places.length > 0 && ` ${t.compose.placesKept}`}
      </p>
      {status === 'failed' && <Failure fault={fault} onRetry={retry} />}
      {status === 'loading' && places.length === 0 && <RowSkeletons />}
      {places.length > 0 && (
        <ul role="list" className="rows rows-places" aria-label={t.compose.places} data-old={isOld || undefined}>
          {places.map((place) => (
            <li key={place.id}>
              <PlaceButton place={place} onChoose={() => onChoose(placeFromView(place), place.id)} />
            </li>
          ))}
        </ul>
      )}
      {status === 'ready' && places.length === 0 && <p className="step-note">{t.compose.noneByName}</p>}
      {q === '' && near === undefined && <p className="step-hint">{t.compose.positionHint}</p>}
      {(q !== '' || near !== undefined) && (
        <button type="button" className="row row-add" onClick={onMissing}>
          <span className="row-plus" aria-hidden="true">
            <Icon of={Plus} size={20} />
          </span>
          <span className="row-lines">
            <span className="row-title">{t.compose.addMissing}</span>
            <span className="row-note">{q === '' ? t.compose.withNameAndPin : t.compose.namedWithPin(q)}</span>
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
      {visits > 0 && <span className="badge">{t.compose.beenHere}</span>}
    </button>
  )
}

function RowSkeletons() {
  return (
    <div role="status" aria-label={t.compose.lookingForPlaces}>
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
  if (near.from === 'pin') return t.compose.aroundPin
  if (near.from === 'photo') return t.compose.aroundPhoto
  return near.accuracy === undefined ? t.compose.aroundYou : t.compose.aroundYouWithin(distance(near.accuracy))
}

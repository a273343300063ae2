import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide'
import { useDeferredValue, useState } from 'react'
import { ApiError, ask, call, explain } from '../api.ts'
import { placeFromView } from '../compose/draft.ts'
import { t } from '../language/pages.ts'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { distance } from '../ui/numbers.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { SearchInput } from '../ui/search-input.tsx'
import { Empty, Failure } from '../ui/states.tsx'
import { say } from '../ui/toast.tsx'
import type { PlaceLinkView, PlaceView } from '../views.ts'
import { Icon } from '../ui/icon.tsx'

interface SamePlaceProps {
  readonly place: PlaceView
  readonly links: readonly PlaceLinkView[]
  /** Undefined while it is to be chosen. */
  readonly other: PlaceView | undefined
  readonly onChoose: (other: PlaceView) => void
  readonly onBack: () => void
  readonly onDone: () => void
}

/** Which other place it is, found near it; then whether they are one. */
export function SamePlace({ place, links, other, onChoose, onBack, onDone }: SamePlaceProps) {
  return (
    <>
      <button type="button" className="button button-quiet report-back" onClick={onBack}>
        <Icon of={ArrowLeft} size={18} isDirected />
        {other === undefined ? t.report.place : t.samePlace.other}
      </button>
      {other === undefined ? (
        <Choose place={place} links={links} onChoose={onChoose} />
      ) : (
        <Confirm place={place} other={other} onDone={onDone} />
      )}
    </>
  )
}

/** What lies further away the server would not take for the same, metres. */
const APART_M_MAX = 1_000
const FOUND_MAX = 20

function useNearby(place: PlaceView, words: string) {
  const { geo } = place
  const q = words === '' ? undefined : words
  return useQuery({
    queryKey: ['search', 'same-place', place.id, words],
    queryFn: ({ signal }) =>
      ask(
        'app.waypost.place.search',
        { q, latitude: geo?.latitude, longitude: geo?.longitude, limit: FOUND_MAX },
        signal,
      ),
    select: ({ places }) =>
      places.filter(({ id, distance: away = Infinity }) => id !== place.id && away <= APART_M_MAX),
    placeholderData: keepPreviousData,
  })
}

interface ChooseProps {
  readonly place: PlaceView
  readonly links: readonly PlaceLinkView[]
  readonly onChoose: (other: PlaceView) => void
}

function Choose({ place, links, onChoose }: ChooseProps) {
  const [typed, setTyped] = useState('')
  const words = useDeferredValue(typed.trim())
  const nearby = useNearby(place, words)
  const saying = new Map(links.map((link) => [link.place.id, link.personCount]))
  const told = (found: PlaceView): number => saying.get(found.id) ?? 0
  // Those of which others say so come first.
  const found = nearby.data?.toSorted((a, b) => told(b) - told(a)) ?? []
  return (
    <>
      <div className="search-field">
        <SearchInput label={t.samePlace.search} value={typed} onType={setTyped} />
      </div>
      {nearby.isPending && <p className="bone bone-text" role="status" aria-label={t.samePlace.loading} />}
      {nearby.isError && <Failure fault={nearby.error} onRetry={() => void nearby.refetch()} />}
      {nearby.isSuccess && found.length === 0 && (
        <Empty title={words === '' ? t.samePlace.noOther : t.samePlace.noneByName}>
          <p>{t.samePlace.nearOnly}</p>
        </Empty>
      )}
      <p className="visually-hidden" role="status">
        {nearby.isSuccess && t.counts.places(found.length)}
      </p>
      <ul role="list" className="rows">
        {found.map((each) => (
          <li key={each.id}>
            <button type="button" className="row" onClick={() => onChoose(each)}>
              <CategoryGlyph category={each.category} />
              <RowLines title={each.name} note={noteOf(each, told(each))} />
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

function noteOf({ distance: away, category }: PlaceView, said: number): string {
  const parts = [
    said > 0 ? t.samePlace.sayingSo(said) : '',
    away === undefined ? '' : distance(away),
    categoryLook(category).label,
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

interface ConfirmProps {
  readonly place: PlaceView
  readonly other: PlaceView
  readonly onDone: () => void
}

/** So many it takes; the server says so with each link, and of the first there is none yet. */
const NEEDED_COUNT = 3

function Confirm({ place, other, onDone }: ConfirmProps) {
  const client = useQueryClient()
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const link = async () => {
    setBusy(true)
    setFault(undefined)
    try {
      await call('app.waypost.place.link', { place: placeFromView(place), sameAs: placeFromView(other) })
      onDone()
      say(t.samePlace.said)
      await Promise.all([['place'], ['search']].map((queryKey) => client.invalidateQueries({ queryKey })))
    } catch (thrown) {
      setFault(whyNot(thrown))
      setBusy(false)
    }
  }
  return (
    <div className="report-ask">
      <p className="report-pair">
        {t.samePlace.is(
          <bdi className="report-name">{place.name}</bdi>,
          <bdi className="report-name">{other.name}</bdi>,
        )}
      </p>
      <p className="field-note">
        {t.samePlace.mergeNote} {t.samePlace.rule(NEEDED_COUNT)}
      </p>
      {fault !== undefined && (
        <p className="field-fault" role="alert">
          {fault}
        </p>
      )}
      <button
        type="button"
        className="button button-main button-wide button-tall"
        disabled={isBusy}
        onClick={() => void link()}
      >
        {isBusy ? t.report.sending : t.samePlace.say}
      </button>
    </div>
  )
}

function whyNot(thrown: unknown): string {
  const name = thrown instanceof ApiError ? thrown.error : undefined
  if (name === 'TooFarApart') return t.samePlace.tooFar
  return name === 'SamePlace' ? t.samePlace.already : explain(thrown)
}

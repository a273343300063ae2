import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Search, X } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { personPath, placePath } from '../paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { useSettled, useTitle } from '../ui/media.ts'
import { actorOf, handleOf, nameOf, townOf } from '../ui/names.ts'
import { counted } from '../ui/numbers.ts'
import { Empty, Failure, FeedSkeleton } from '../ui/states.tsx'
import type { PlaceView, ProfileViewBasic } from '../views.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { useAddress } from '../ui/use-address.ts'
import { searchAddress } from './search-address.ts'
import { SearchCheckins } from './search-checkins.tsx'

const TYPING_MS = 220

const LABELS = { all: 'Places and people', checkins: 'Check-ins' } as const

/** One field, for places and people or for check-ins; what was asked stays in the address, to be shared and gone back to. */
export function SearchPage() {
  useTitle('Search')
  const [asked, setAsked] = useAddress(searchAddress)
  const { kind, ...search } = asked
  const [typed, setTyped] = useState(asked.q)
  const q = useSettled(typed.trim(), TYPING_MS)
  useEffect(() => setAsked({ q }), [q, setAsked])
  const field = useRef<HTMLInputElement>(null)
  const fieldId = useId()
  const [isBare] = useState(asked.kind === 'all')
  useEffect(() => {
    if (isBare) field.current?.focus()
  }, [isBare])

  return (
    <div className="page search">
      <h1 className="visually-hidden">Search</h1>
      <form role="search" className="search-field" onSubmit={(event) => event.preventDefault()}>
        <Search size={20} aria-hidden="true" />
        <label htmlFor={fieldId} className="visually-hidden">
          Search {LABELS[kind].toLowerCase()}
        </label>
        <input
          ref={field}
          id={fieldId}
          type="search"
          dir="auto"
          placeholder={kind === 'all' ? LABELS.all : 'Words, or the name of a place'}
          autoComplete="off"
          maxLength={128}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {typed !== '' && (
          <button
            type="button"
            className="icon-button"
            aria-label="Clear search"
            onClick={() => {
              setTyped('')
              field.current?.focus()
            }}
          >
            <X size={18} aria-hidden="true" />
          </button>
        )}
      </form>
      <div className="segments segments-words search-kind" role="group" aria-label="What to look for">
        {(['all', 'checkins'] as const).map((each) => (
          <button key={each} type="button" aria-pressed={each === kind} onClick={() => setAsked({ kind: each })}>
            {LABELS[each]}
          </button>
        ))}
      </div>
      {kind === 'all' ? <PlacesAndPeople q={q} /> : <SearchCheckins search={search} onSearch={setAsked} />}
    </div>
  )
}

function PlacesAndPeople({ q }: { readonly q: string }) {
  const enabled = q !== ''
  const places = useQuery({
    queryKey: ['search', 'places', q],
    queryFn: ({ signal }) => ask('app.waypost.place.search', { q, limit: 12 }, signal),
    placeholderData: keepPreviousData,
    enabled,
  })
  const people = useQuery({
    queryKey: ['search', 'people', q],
    queryFn: ({ signal }) => ask('app.waypost.actor.searchActors', { q, limit: 8 }, signal),
    placeholderData: keepPreviousData,
    enabled,
  })
  const found = {
    places: enabled ? (places.data?.places ?? []) : [],
    people: enabled ? (people.data?.actors ?? []) : [],
  }
  const fault = places.error ?? people.error
  const isWaiting = enabled && (places.isPending || people.isPending)
  const isNothing = enabled && !isWaiting && fault === null && found.places.length + found.people.length === 0

  return (
    <>
      <p className="visually-hidden" role="status">
        {enabled &&
          !isWaiting &&
          `${counted(found.places.length, 'place')}, ${counted(found.people.length, 'person', 'people')}`}
      </p>
      {!enabled && (
        <Empty title="Where to?">
          <p>Find a place by its name, or a person by name or handle.</p>
        </Empty>
      )}
      {isWaiting && <FeedSkeleton count={3} />}
      {fault !== null && (
        <Failure fault={fault} onRetry={() => void Promise.all([places.refetch(), people.refetch()])} />
      )}
      {isNothing && (
        <Empty title={`Nothing found for “${q}”`}>
          <p>Try fewer letters, or another spelling.</p>
        </Empty>
      )}
      {found.people.length > 0 && (
        <section>
          <h2 className="section-title">People</h2>
          <ul role="list" className="rows">
            {found.people.map((person) => (
              <li key={person.did}>
                <PersonRow person={person} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {found.places.length > 0 && (
        <section>
          <h2 className="section-title">Places</h2>
          <ul role="list" className="rows">
            {found.places.map((place) => (
              <li key={place.id}>
                <PlaceRow place={place} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function PersonRow({ person }: { readonly person: ProfileViewBasic }) {
  return (
    <Link href={personPath(actorOf(person))} className="row">
      <Avatar person={person} />
      <RowLines title={nameOf(person)} note={handleOf(person)} />
    </Link>
  )
}

function PlaceRow({ place }: { readonly place: PlaceView }) {
  const note = [categoryLook(place.category).label, townOf(place.address)].filter(
    (part) => part !== '' && part !== 'Place',
  )
  return (
    <Link href={placePath(place.id)} className="row">
      <CategoryGlyph category={place.category} />
      <RowLines title={place.name} note={note.join(' · ')} />
      {place.checkinCount > 0 && <span className="row-end">{counted(place.checkinCount, 'check-in')}</span>}
    </Link>
  )
}

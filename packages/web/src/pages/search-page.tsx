import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { X } from 'lucide'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { t } from '../language/pages.ts'
import { personPath, placePath } from '../paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { Icon } from '../ui/icon.tsx'
import { useSettled, useTitle } from '../ui/media.ts'
import { actorOf, handleOf, nameOf, townOf } from '../ui/names.ts'
import { SearchInput } from '../ui/search-input.tsx'
import { Segments } from '../ui/segments.tsx'
import { Empty, Failure, FeedSkeleton } from '../ui/states.tsx'
import type { PlaceView, ProfileViewBasic } from '../views.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { useAddress } from '../ui/use-address.ts'
import { searchAddress } from './search-address.ts'
import { SearchCheckins } from './search-checkins.tsx'

const TYPING_MS = 220

/** One field, for places and people or for check-ins; what was asked stays in the address, to be shared and gone back to. */
export function SearchPage() {
  useTitle(t.search.page)
  const [asked, setAsked] = useAddress(searchAddress)
  const { kind, ...search } = asked
  const [typed, setTyped] = useState(asked.q)
  const q = useSettled(typed.trim(), TYPING_MS)
  useEffect(() => setAsked({ q }), [q, setAsked])
  const field = useRef<HTMLInputElement>(null)
  const [isBare] = useState(asked.kind === 'all')
  useEffect(() => {
    if (isBare) field.current?.focus()
  }, [isBare])

  return (
    <div className="page search">
      <h1 className="visually-hidden">{t.search.page}</h1>
      <form role="search" className="search-field" onSubmit={(event) => event.preventDefault()}>
        <SearchInput
          label={t.search.labels[kind]}
          placeholder={t.search.hints[kind]}
          value={typed}
          onType={setTyped}
          field={field}
        />
        {typed !== '' && (
          <button
            type="button"
            className="icon-button"
            aria-label={t.search.clear}
            onClick={() => {
              setTyped('')
              field.current?.focus()
            }}
          >
            <Icon of={X} size={18} />
          </button>
        )}
      </form>
      <Segments
        className="search-kind"
        label={t.search.what}
        offered={(['all', 'checkins'] as const).map((each) => [each, t.search.kinds[each]])}
        chosen={kind}
        onChoose={(each) => setAsked({ kind: each })}
      />
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
          t.search.found(t.counts.places(found.places.length), t.counts.people(found.people.length))}
      </p>
      {!enabled && (
        <Empty title={t.search.whereTo}>
          <p>{t.search.whereToWhy}</p>
        </Empty>
      )}
      {isWaiting && <FeedSkeleton count={3} />}
      {fault !== null && (
        <Failure fault={fault} onRetry={() => void Promise.all([places.refetch(), people.refetch()])} />
      )}
      {isNothing && (
        <Empty title={t.search.nothing(q)}>
          <p>{t.search.nothingWhy}</p>
        </Empty>
      )}
      {found.people.length > 0 && (
        <section>
          <h2 className="section-title">{t.search.people}</h2>
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
          <h2 className="section-title">{t.search.places}</h2>
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
    (part) => part !== '' && part !== t.plainPlace,
  )
  return (
    <Link href={placePath(place.id)} className="row">
      <CategoryGlyph category={place.category} />
      <RowLines title={place.name} note={note.join(' · ')} />
      {place.checkinCount > 0 && <span className="row-end">{t.counts.checkins(place.checkinCount)}</span>}
    </Link>
  )
}

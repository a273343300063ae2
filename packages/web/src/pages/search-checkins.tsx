import { useQuery } from '@tanstack/react-query'
import { MapPinned } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { ApiError, ask } from '../api.ts'
import { FeedList } from '../feed/feed-list.tsx'
import { NearFilter } from '../feed/filters.tsx'
import { useFoundPeople, useFoundPlaces } from '../feed/find-typed.ts'
import { type CheckinSearch, isAsking, useFeed } from '../feed/queries.ts'
import { useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Chip } from '../ui/chip.tsx'
import { Combobox } from '../ui/combobox.tsx'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { actorOf, handleOf, nameOf, townOf } from '../ui/names.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { Empty } from '../ui/states.tsx'

interface SearchCheckinsProps {
  readonly search: CheckinSearch
  readonly onSearch: (change: Partial<CheckinSearch>) => void
}

const SHOWN_MAX = 5

/** Check-ins by words, person, place, days and area; all that is given must hold. */
export function SearchCheckins({ search, onSearch }: SearchCheckinsProps) {
  const { query, items } = useFeed({ kind: 'found', search }, { enabled: isAsking(search) })
  const titleId = useId()
  // Whoever came with words alone wants to see what they find.
  const [isOpen, setOpen] = useState(() => search.q === '' || isAsking({ ...search, q: '' }))
  const isNobody = query.error instanceof ApiError && query.error.error === 'ActorNotFound'
  return (
    <>
      <details className="search-more" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="field-label">Person, place, days and area</summary>
        <div className="search-by">
          <PersonField person={search.person} onPerson={(person) => onSearch({ person })} />
          <PlaceField place={search.place} onPlace={(place) => onSearch({ place })} />
          <DayField label="From" value={search.since} onDay={(since) => onSearch({ since })} />
          <DayField label="Until" value={search.until} onDay={(until) => onSearch({ until })} />
          <div className="search-where">
            <NearFilter near={search.near} onNear={(near) => onSearch({ near, area: undefined })} />
            {search.area !== undefined && (
              <Chip name="A part of the map" onRemove={() => onSearch({ area: undefined })}>
                <MapPinned size={15} aria-hidden="true" />
              </Chip>
            )}
          </div>
        </div>
      </details>
      {!isAsking(search) && (
        <Empty title="Which check-ins?">
          <p>Give words, a person, a place or an area. Days narrow it down further.</p>
        </Empty>
      )}
      {isNobody && (
        <Empty title="Nobody here by that name">
          <p>
            <bdi>{search.person}</bdi> has not checked in on any server that this one follows.
          </p>
        </Empty>
      )}
      {isAsking(search) && !isNobody && (
        <section aria-labelledby={titleId}>
          <h2 id={titleId} className="visually-hidden">
            Check-ins found
          </h2>
          <FeedList
            items={items}
            query={query}
            empty={
              <Empty title="No check-ins found">
                <p>Try fewer words, more days, or a larger area.</p>
              </Empty>
            }
          />
        </section>
      )}
    </>
  )
}

interface PersonFieldProps {
  readonly person: string | undefined
  readonly onPerson: (person: string | undefined) => void
}

function PersonField({ person, onPerson }: PersonFieldProps) {
  const { actor } = useSession()
  const [typed, setTyped] = useState('')
  const found = useFoundPeople(typed).slice(0, SHOWN_MAX)
  const { data } = useQuery({
    queryKey: ['person', person],
    queryFn: ({ signal }) => ask('app.waypost.actor.getProfile', { actor: person ?? '' }, signal),
    enabled: person !== undefined,
  })
  const name = actor !== undefined && data?.did === actor.did ? 'You' : data === undefined ? person : nameOf(data)
  return (
    <Picked
      label="Person"
      name={name}
      onRemove={() => onPerson(undefined)}
      mark={data && <Avatar person={data} size="xs" />}
    >
      {(fieldId) => (
        <Combobox
          fieldId={fieldId}
          listLabel="People found"
          placeholder="Anyone"
          typed={typed}
          onTyped={setTyped}
          found={found}
          keyOf={({ did }) => did}
          show={(each) => (
            <>
              <Avatar person={each} size="s" />
              <RowLines title={nameOf(each)} note={handleOf(each)} />
            </>
          )}
          onTake={(each) => onPerson(actorOf(each))}
        />
      )}
    </Picked>
  )
}

interface PlaceFieldProps {
  readonly place: string | undefined
  readonly onPlace: (place: string | undefined) => void
}

function PlaceField({ place, onPlace }: PlaceFieldProps) {
  const [typed, setTyped] = useState('')
  const found = useFoundPlaces(typed)
  const { data } = useQuery({
    queryKey: ['place', place],
    queryFn: ({ signal }) => ask('app.waypost.place.get', { place: place ?? '' }, signal),
    enabled: place !== undefined,
  })
  return (
    <Picked label="Place" name={place && (data?.place.name ?? 'A place')} onRemove={() => onPlace(undefined)}>
      {(fieldId) => (
        <Combobox
          fieldId={fieldId}
          listLabel="Places found"
          placeholder="Anywhere"
          typed={typed}
          onTyped={setTyped}
          found={found}
          keyOf={({ id }) => id}
          show={({ name, category, address }) => (
            <>
              <CategoryGlyph category={category} />
              <RowLines title={name} note={townOf(address)} />
            </>
          )}
          onTake={({ id }) => onPlace(id)}
        />
      )}
    </Picked>
  )
}

interface PickedProps {
  readonly label: string
  /** Of what was chosen; undefined: the field is shown. */
  readonly name: string | undefined
  readonly mark?: ReactNode
  readonly onRemove: () => void
  readonly children: (fieldId: string) => ReactNode
}

function Picked({ label, name, mark, onRemove, children }: PickedProps) {
  const fieldId = useId()
  if (name === undefined) {
    return (
      <div className="field-group">
        <label htmlFor={fieldId} className="field-label">
          {label}
        </label>
        {children(fieldId)}
      </div>
    )
  }
  return (
    <div className="field-group" role="group" aria-label={label}>
      <span className="field-label">{label}</span>
      <div className="combobox">
        <Chip name={name} onRemove={onRemove}>
          {mark}
        </Chip>
      </div>
    </div>
  )
}

interface DayFieldProps {
  readonly label: string
  readonly value: string | undefined
  readonly onDay: (day: string | undefined) => void
}

function DayField({ label, value, onDay }: DayFieldProps) {
  const fieldId = useId()
  return (
    <div className="field-group">
      <label htmlFor={fieldId} className="field-label">
        {label}
      </label>
      <input
        id={fieldId}
        type="date"
        className="field"
        value={value ?? ''}
        onChange={(event) => onDay(event.target.value === '' ? undefined : event.target.value)}
      />
    </div>
  )
}

import { useQuery } from '@tanstack/react-query'
import { MapPinned } from 'lucide'
import { type ReactNode, useId, useState } from 'react'
import { ApiError, ask } from '../api.ts'
import { FeedList } from '../feed/feed-list.tsx'
import { NearFilter } from '../feed/filters.tsx'
import { useFoundPeople, useFoundPlaces } from '../feed/find-typed.ts'
import { type CheckinSearch, isAsking, useFeed } from '../feed/queries.ts'
import { t } from '../language/pages.ts'
import { useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Chip } from '../ui/chip.tsx'
import { Combobox } from '../ui/combobox.tsx'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { Icon } from '../ui/icon.tsx'
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
        <summary className="field-label">{t.search.by}</summary>
        <div className="search-by">
          <PersonField person={search.person} onPerson={(person) => onSearch({ person })} />
          <PlaceField place={search.place} onPlace={(place) => onSearch({ place })} />
          <DayField label={t.search.from} value={search.since} onDay={(since) => onSearch({ since })} />
          <DayField label={t.search.until} value={search.until} onDay={(until) => onSearch({ until })} />
          <div className="search-where">
            <NearFilter near={search.near} onNear={(near) => onSearch({ near, area: undefined })} />
            {search.area !== undefined && (
              <Chip name={t.search.partOfMap} onRemove={() => onSearch({ area: undefined })}>
                <Icon of={MapPinned} size={15} />
              </Chip>
            )}
          </div>
        </div>
      </details>
      {!isAsking(search) && (
        <Empty title={t.search.which}>
          <p>{t.search.whichWhy}</p>
        </Empty>
      )}
      {isNobody && (
        <Empty title={t.person.unknown}>
          <p>{t.person.unknownWhy(<bdi>{search.person}</bdi>)}</p>
        </Empty>
      )}
      {isAsking(search) && !isNobody && (
        <section aria-labelledby={titleId}>
          <h2 id={titleId} className="visually-hidden">
            {t.search.checkinsFound}
          </h2>
          <FeedList
            items={items}
            query={query}
            empty={
              <Empty title={t.search.noCheckins}>
                <p>{t.search.noCheckinsWhy}</p>
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
  const name = actor !== undefined && data?.did === actor.did ? t.shell.you : data === undefined ? person : nameOf(data)
  return (
    <Picked
      label={t.search.person}
      name={name}
      onRemove={() => onPerson(undefined)}
      mark={data && <Avatar person={data} size="xs" />}
    >
      {(fieldId) => (
        <Combobox
          fieldId={fieldId}
          listLabel={t.compose.peopleFound}
          placeholder={t.search.anyone}
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
    <Picked
      label={t.search.place}
      name={place && (data?.place.name ?? t.search.aPlace)}
      onRemove={() => onPlace(undefined)}
    >
      {(fieldId) => (
        <Combobox
          fieldId={fieldId}
          listLabel={t.search.placesFound}
          placeholder={t.search.anywhere}
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

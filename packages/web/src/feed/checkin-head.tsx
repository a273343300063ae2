import { Link } from 'wouter'
import { t } from '../language/language.ts'
import { checkinPath, livePath, personPath, placePath } from '../paths.ts'
import { previewing } from '../preview/previewed.ts'
import { Avatar } from '../ui/avatar.tsx'
import { categoryLook, useCategories } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { actorOf, nameOf, sourceName, townOf } from '../ui/names.ts'
import { Listed } from '../language/listed.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import type { CheckinView, ProfileViewBasic } from '../views.ts'

interface HeadProps {
  readonly checkin: CheckinView
  /** Names the article. */
  readonly titleId: string
}

/** Who, where and when; the place is the headline. */
export function CheckinHead({ checkin, titleId, isPage }: HeadProps & { readonly isPage: boolean }) {
  useCategories()
  const { author, place } = checkin
  const Heading = isPage ? 'h1' : 'h3'
  return (
    <div className="checkin-head">
      <PersonPicture person={author} category={place.category} />
      <div className="checkin-lines">
        <p className="checkin-who">
          <span className="checkin-names">
            <PersonLink person={author} />
            <Companions people={checkin.with} pending={checkin.withPending} />
          </span>
          <When checkin={checkin} />
        </p>
        <Heading id={titleId} className="checkin-place">
          <span className="visually-hidden">{t.checkin.personAt(nameOf(author))}</span>
          <PlaceLink checkin={checkin} />
        </Heading>
        <Facts checkin={checkin} facts={[categoryLook(place.category).label, townOf(place.address)]} />
      </div>
    </div>
  )
}

/** On the page of a place everything but the place is said. */
export function HeadAtPlace({ checkin, titleId }: HeadProps) {
  const { author, place } = checkin
  return (
    <div className="checkin-head checkin-head-short">
      <PersonPicture person={author} />
      <div className="checkin-lines">
        <h3 id={titleId} className="visually-hidden">
          {t.checkin.personAt(nameOf(author)) + place.name}
        </h3>
        <p className="checkin-who">
          <span className="checkin-names">
            <PersonLink person={author} />
            <Companions people={checkin.with} pending={checkin.withPending} />
          </span>
          <When checkin={checkin} />
        </p>
        <Facts checkin={checkin} facts={[]} />
      </div>
    </div>
  )
}

/** On the page of a person the category stands where the person stood. */
export function HeadOfPerson({ checkin, titleId }: HeadProps) {
  useCategories()
  const { author, place } = checkin
  return (
    <div className="checkin-head">
      <CategoryGlyph category={place.category} />
      <div className="checkin-lines">
        <div className="checkin-who">
          <h3 id={titleId} className="checkin-place">
            <span className="visually-hidden">{t.checkin.personAt(nameOf(author))}</span>
            <PlaceLink checkin={checkin} />
          </h3>
          <When checkin={checkin} />
        </div>
        <p className="checkin-names">
          <Facts checkin={checkin} facts={[categoryLook(place.category).label, townOf(place.address)]} />
          <Companions people={checkin.with} pending={checkin.withPending} />
        </p>
      </div>
    </div>
  )
}

export function PersonLink({ person }: { readonly person: ProfileViewBasic }) {
  return (
    <Link
      href={personPath(actorOf(person))}
      className="person-link"
      {...previewing({ kind: 'person', actor: actorOf(person) })}
    >
      <bdi>{nameOf(person)}</bdi>
    </Link>
  )
}

interface PersonPictureProps {
  readonly person: ProfileViewBasic
  readonly category?: string | undefined
}

/** Pressed by whoever points; whoever tabs or listens has the name beside it. */
function PersonPicture({ person, ...badge }: PersonPictureProps) {
  return (
    <Link
      href={personPath(actorOf(person))}
      className="checkin-avatar"
      tabIndex={-1}
      aria-hidden="true"
      {...previewing({ kind: 'person', actor: actorOf(person) })}
    >
      <Avatar person={person} />
      {'category' in badge && <CategoryGlyph category={badge.category} size="badge" />}
    </Link>
  )
}

function PlaceLink({ checkin }: { readonly checkin: CheckinView }) {
  const { place, uri } = checkin
  return (
    <Link
      href={place.id === undefined ? (checkinPath(uri) ?? livePath) : placePath(place.id)}
      {...previewing(place.id === undefined ? undefined : { kind: 'place', id: place.id })}
    >
      <bdi>{place.name}</bdi>
    </Link>
  )
}

function When({ checkin }: { readonly checkin: CheckinView }) {
  return (
    <Link href={checkinPath(checkin.uri) ?? livePath} className="checkin-when">
      <TimeAgo at={checkin.sortAt} />
    </Link>
  )
}

const COMPANIONS_SHOWN = 2

interface CompanionsProps {
  readonly people: readonly ProfileViewBasic[] | undefined
  /** Those who have not said yet that they were there. */
  readonly pending: readonly string[] | undefined
}

function Companions({ people = [], pending = [] }: CompanionsProps) {
  if (people.length === 0) return null
  // "and 1 other" would be longer than the name that it hides.
  const shown = people.length === COMPANIONS_SHOWN + 1 ? people : people.slice(0, COMPANIONS_SHOWN)
  const rest = people.length - shown.length
  const names = shown.map((person) => (
    <span key={person.did}>
      <PersonLink person={person} />
      {pending.includes(person.did) && ` ${t.checkin.notConfirmed}`}
    </span>
  ))
  const all = rest > 0 ? [...names, t.checkin.others(rest)] : names
  return <span className="companions">{t.checkin.with(<Listed parts={all} />)}</span>
}

/** Two hours: within that, the visit and the pressing of the button are the same moment to anyone who reads. */
const SAME_VISIT_MS = 2 * 60 * 60_000

function Facts({ checkin, facts }: { readonly checkin: CheckinView; readonly facts: readonly string[] }) {
  const { source, visitedAt, createdAt, sortAt } = checkin
  const isBackdated =
    visitedAt !== undefined && Math.abs(Date.parse(visitedAt) - Date.parse(createdAt ?? sortAt)) > SAME_VISIT_MS
  const via = sourceName(source)
  const known = facts.filter((fact) => fact !== '' && fact !== t.plainPlace)
  if (known.length === 0 && !isBackdated && via === undefined) return null
  return (
    <span className="checkin-where">
      {known.map((fact) => (
        <span key={fact} className="fact">
          <bdi>{fact}</bdi>
        </span>
      ))}
      {isBackdated && <span className="fact">{t.checkin.told(<TimeAgo at={createdAt ?? sortAt} />)}</span>}
      {via !== undefined && <span className="fact via">{t.checkin.via(via)}</span>}
    </span>
  )
}

import { MessageCircle, Share2 } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { Link } from 'wouter'
import { checkinPath, livePath, personPath, placePath } from '../paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { actorOf, nameOf, sourceName, townOf } from '../ui/names.ts'
import { compact } from '../ui/numbers.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { timeInFull } from '../ui/time.ts'
import type { CheckinView, ProfileViewBasic } from '../views.ts'
import { LikeButton } from './like-button.tsx'
import { Photos } from './photos.tsx'
import { RichText } from './rich-text.tsx'
import { share } from './share.ts'

interface CheckinCardProps {
  readonly checkin: CheckinView
  /** On its own page the words are larger and the place is the page's heading. */
  readonly isPage?: boolean
  /** On a person's or a place's own page, what the page says already is left out. */
  readonly without?: 'place' | 'author'
  readonly actions?: ReactNode
  readonly onPoint?: (uri: string | undefined) => void
}

/** One check-in. The place is the headline, the person says it, the rest follows. */
export function CheckinCard({ checkin, isPage = false, without, actions, onPoint }: CheckinCardProps) {
  const titleId = useId()
  const { author, place, text, facets, photos } = checkin
  const path = checkinPath(checkin.uri) ?? livePath
  const Heading = isPage ? 'h1' : 'h3'
  return (
    <article
      className={isPage ? 'checkin checkin-page' : 'checkin'}
      aria-labelledby={titleId}
      onPointerEnter={onPoint && (() => onPoint(checkin.uri))}
      onPointerLeave={onPoint && (() => onPoint(undefined))}
    >
      <div className="checkin-head">
        <Link href={personPath(actorOf(author))} className="checkin-avatar" tabIndex={-1} aria-hidden="true">
          <Avatar person={author} />
          <CategoryGlyph category={place.category} size="badge" />
        </Link>
        <div className="checkin-lines">
          <p className="checkin-who">
            <span className="checkin-names">
              <PersonLink person={author} />
              <Companions people={checkin.with} />
            </span>
            <Link href={path} className="checkin-when">
              <TimeAgo at={checkin.sortAt} />
            </Link>
          </p>
          <Heading id={titleId} className="checkin-place">
            <span className="visually-hidden">{nameOf(author)} at </span>
            {without === 'place' ? <Link href={path}>{place.name}</Link> : <PlaceLink place={place} fallback={path} />}
          </Heading>
          <Where checkin={checkin} />
        </div>
      </div>
      {text !== undefined && text !== '' && <RichText text={text} facets={facets} />}
      <Photos photos={photos} at={place.name} isLarge={isPage} />
      <div className="checkin-actions">
        <LikeButton checkin={checkin} />
        {isPage ? null : (
          <Link
            href={path}
            className="action"
            aria-label={checkin.commentCount === 0 ? 'Comments' : `Comments ${compact(checkin.commentCount)}`}
          >
            <MessageCircle size={19} strokeWidth={1.9} aria-hidden="true" />
            {checkin.commentCount > 0 && <span>{compact(checkin.commentCount)}</span>}
          </Link>
        )}
        <button
          type="button"
          className="action"
          aria-label="Share"
          onClick={() => void share(path, `${nameOf(author)} at ${place.name}`)}
        >
          <Share2 size={18} strokeWidth={1.9} aria-hidden="true" />
          {isPage && <span>Share</span>}
        </button>
        {actions}
      </div>
    </article>
  )
}

export function PersonLink({ person }: { readonly person: ProfileViewBasic }) {
  return (
    <Link href={personPath(actorOf(person))} className="person-link">
      <bdi>{nameOf(person)}</bdi>
    </Link>
  )
}

function PlaceLink({ place, fallback }: { readonly place: CheckinView['place']; readonly fallback: string }) {
  return (
    <Link href={place.id === undefined ? fallback : placePath(place.id)}>
      <bdi>{place.name}</bdi>
    </Link>
  )
}

const COMPANIONS_SHOWN = 2

function Companions({ people = [] }: { readonly people: readonly ProfileViewBasic[] | undefined }) {
  if (people.length === 0) return null
  const shown = people.slice(0, people.length === COMPANIONS_SHOWN + 1 ? COMPANIONS_SHOWN + 1 : COMPANIONS_SHOWN)
  const rest = people.length - shown.length
  return (
    <span className="companions">
      {' with '}
      {shown.map((person, index) => (
        <span key={person.did}>
          {index === 0 ? '' : rest === 0 && index === shown.length - 1 ? ' and ' : ', '}
          <PersonLink person={person} />
        </span>
      ))}
      {rest > 0 && ` and ${rest} others`}
    </span>
  )
}

/** Two hours: within that, the visit and the pressing of the button are the same moment to anyone who reads. */
const SAME_VISIT_MS = 2 * 60 * 60_000

function Where({ checkin }: { readonly checkin: CheckinView }) {
  const { place, source, visitedAt, createdAt, sortAt } = checkin
  const parts = [categoryLook(place.category).label, townOf(place.address)]
  const isBackdated =
    visitedAt !== undefined && Math.abs(Date.parse(visitedAt) - Date.parse(createdAt ?? sortAt)) > SAME_VISIT_MS
  const via = sourceName(source)
  return (
    <p className="checkin-where">
      {parts
        .filter((part) => part !== '' && part !== 'Place')
        .map((part) => (
          <bdi key={part}>{part}</bdi>
        ))}
      {isBackdated && (
        <span title={timeInFull(visitedAt)}>
          visited <TimeAgo at={visitedAt} />
        </span>
      )}
      {via !== undefined && <span className="via">via {via}</span>}
    </p>
  )
}

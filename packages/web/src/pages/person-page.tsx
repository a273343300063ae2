import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { ApiError, ask, call } from '../api.ts'
import { FeedList } from '../feed/feed-list.tsx'
import { useFeed } from '../feed/queries.ts'
import { SearchInThese } from '../feed/search-in-these.tsx'
import { t } from '../language/pages.ts'
import { Lifelog } from '../lifelog/lifelog.tsx'
import { SearchHistory } from '../lifelog/search-history.tsx'
import { daysOf } from '../map/lifelog-map.tsx'
import { WaitingCheckins } from '../outbox/waiting.tsx'
import { checkInPath, personPath, signInPath } from '../paths.ts'
import { ReportButton } from '../report/report-button.tsx'
import { BlockButton, BlockedPerson } from './block.tsx'
import { personAddress } from './person-address.ts'
import { OnThisDay, PersonMore, PersonStreak } from './person-more.tsx'
import { useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { useTitle } from '../ui/media.ts'
import { actorOf, handleOf, nameOf } from '../ui/names.ts'
import { compact } from '../ui/numbers.ts'
import { Empty, Failure, PageSkeleton } from '../ui/states.tsx'
import { monthOf } from '../ui/dates.ts'
import { useAct } from '../ui/use-act.ts'
import { useAddress } from '../ui/use-address.ts'
import type { CheckinView, ProfileView } from '../views.ts'
import { Stats } from '../ui/stats.tsx'

export function PersonPage({ actor }: { readonly actor: string }) {
  const query = useQuery({
    queryKey: ['person', actor],
    queryFn: ({ signal }) => ask('app.waypost.actor.getProfile', { actor }, signal),
  })
  const person = query.data
  useTitle(person === undefined ? t.person.page : nameOf(person))
  if (query.isPending) return <PageSkeleton label={t.person.loading} />
  if (person === undefined) {
    const isBlocked = query.error instanceof ApiError && query.error.error === 'BlockedActor'
    if (isBlocked) return <BlockedPerson actor={actor} />
    const isUnknown = query.error instanceof ApiError && query.error.error === 'ActorNotFound'
    return (
      <div className="page">
        {isUnknown ? (
          <Empty title={t.person.unknown}>
            <p>{t.person.unknownWhy(<bdi>{actor}</bdi>)}</p>
          </Empty>
        ) : (
          <Failure fault={query.error} onRetry={() => void query.refetch()} />
        )}
      </div>
    )
  }
  return <Person person={person} actor={actor} />
}

function Person({ person, actor }: { readonly person: ProfileView; readonly actor: string }) {
  const session = useSession()
  const [{ year }, setAddress] = useAddress(personAddress)
  const { query, items } = useFeed(
    year === undefined
      ? { kind: 'actor', actor: person.did }
      : { kind: 'found', search: { q: '', person: person.did, ...daysOf(year) } },
  )
  const isSelf = session.actor?.did === person.did
  const stats: readonly (readonly [string, number | undefined])[] = [
    [t.person.checkins, person.checkinCount],
    [t.person.places, person.placeCount],
    [t.person.countries, person.countryCount],
    [t.person.photos, person.photoCount],
  ]
  return (
    <div className="page person">
      <header className="person-head">
        <Avatar person={person} size="l" />
        <div className="person-lines">
          <h1>
            <bdi>{nameOf(person)}</bdi>
          </h1>
          <p className="person-handle">
            <bdi>{handleOf(person)}</bdi>
            {person.viewer?.followedBy !== undefined && <span className="badge">{t.person.followsYou}</span>}
          </p>
          <p className="person-graph">
            <span>{t.person.followers(person.followerCount, <Short count={person.followerCount} />)}</span>
            <span>{t.person.following(person.followCount, <Short count={person.followCount} />)}</span>
          </p>
        </div>
        {!isSelf && <FollowButton person={person} actor={actor} />}
      </header>
      {person.description !== undefined && person.description !== '' && (
        <p className="person-about" dir="auto">
          {person.description}
        </p>
      )}
      <Stats stats={stats} />
      <PersonStreak person={person} />
      <Lifelog
        person={person}
        items={items}
        isLoaded={!query.isPending}
        year={year}
        onYear={(next) => setAddress({ year: next })}
      />
      {isSelf && <OnThisDay person={person} />}
      <PersonMore person={person} />
      <div className="section-head">
        <h2 className="section-title">{year === undefined ? t.person.checkins : t.person.checkinsOf(year)}</h2>
        {person.checkinCount > 0 && <SearchInThese preset={{ person: actorOf(person), ...daysOf(year) }} />}
      </div>
      {isSelf && person.checkinCount > 0 && <SearchHistory person={actorOf(person)} />}
      {isSelf && <WaitingCheckins />}
      <FeedList
        items={items}
        query={query}
        without="author"
        divider={monthDivider}
        empty={
          <Empty
            title={isSelf ? t.person.firstGoesHere : t.place.noCheckins}
            action={
              isSelf && (
                <Link href={checkInPath} className="button button-sun">
                  {t.shell.checkIn}
                </Link>
              )
            }
          />
        }
      />
      {session.actor !== undefined && !isSelf && (
        <footer className="person-foot">
          <BlockButton person={person} />
          <ReportButton subject={{ kind: 'person', person }} className="button button-quiet" />
        </footer>
      )}
    </div>
  )
}

function Short({ count }: { readonly count: number }) {
  return <strong>{compact(count)}</strong>
}

function monthDivider(item: CheckinView, before: CheckinView | undefined) {
  const month = monthOf(item.sortAt)
  if (before !== undefined && monthOf(before.sortAt) === month) return null
  return <p className="divider">{month}</p>
}

function FollowButton({ person, actor }: { readonly person: ProfileView; readonly actor: string }) {
  const session = useSession()
  const { act } = useAct()
  const [wanted, setWanted] = useState<boolean>()
  const isFollowing = wanted ?? person.viewer?.following !== undefined

  const toggle = async () => {
    if (session.status === 'signed-out') return navigate(signInPath(personPath(actor)))
    setWanted(!isFollowing)
    const name = isFollowing ? 'app.waypost.graph.unfollow' : 'app.waypost.graph.follow'
    if (!(await act(() => call(name, { subject: person.did }), [['person']]))) setWanted(undefined)
  }

  return (
    <button
      type="button"
      className={isFollowing ? 'button button-quiet' : 'button button-main'}
      aria-pressed={isFollowing}
      onClick={() => void toggle()}
    >
      {isFollowing ? t.actions.following : t.actions.follow}
    </button>
  )
}

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { ApiError, ask, call } from '../api.ts'
import { FeedList } from '../feed/feed-list.tsx'
import { useFeed } from '../feed/queries.ts'
import { SearchInThese } from '../feed/search-in-these.tsx'
import { FeedMap } from '../map/feed-map.tsx'
import { checkInPath, personPath, signInPath } from '../paths.ts'
import { BlockButton, BlockedPerson } from './block.tsx'
import { OnThisDay, PersonFigures } from './person-more.tsx'
import { useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { useTitle } from '../ui/media.ts'
import { actorOf, handleOf, nameOf } from '../ui/names.ts'
import { compact } from '../ui/numbers.ts'
import { Empty, Failure, PageSkeleton } from '../ui/states.tsx'
import { monthOf } from '../ui/time.ts'
import { useAct } from '../ui/use-act.ts'
import type { CheckinView, ProfileView } from '../views.ts'
import { Stats } from '../ui/stats.tsx'

export function PersonPage({ actor }: { readonly actor: string }) {
  const query = useQuery({
    queryKey: ['person', actor],
    queryFn: ({ signal }) => ask('app.waypost.actor.getProfile', { actor }, signal),
  })
  const person = query.data
  useTitle(person === undefined ? 'Person' : nameOf(person))
  if (query.isPending) return <PageSkeleton label="Loading the person" />
  if (person === undefined) {
    const isBlocked = query.error instanceof ApiError && query.error.error === 'BlockedActor'
    if (isBlocked) return <BlockedPerson actor={actor} />
    const isUnknown = query.error instanceof ApiError && query.error.error === 'ActorNotFound'
    return (
      <div className="page">
        {isUnknown ? (
          <Empty title="Nobody here by that name">
            <p>
              <bdi>{actor}</bdi> has not checked in on any server that this one follows.
            </p>
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
  const { query, items } = useFeed({ kind: 'actor', actor: person.did })
  const isSelf = session.actor?.did === person.did
  const stats: readonly (readonly [string, number | undefined])[] = [
    ['Check-ins', person.checkinCount],
    ['Places', person.placeCount],
    ['Countries', person.countryCount],
    ['Photos', person.photoCount],
  ]
  return (
    <div className="page person">
      <header className="person-head">
        <Avatar person={person} size="l" />
        <div className="person-lines">
          <h1 dir="auto">{nameOf(person)}</h1>
          <p className="person-handle">
            {handleOf(person)}
            {person.viewer?.followedBy !== undefined && <span className="badge">Follows you</span>}
          </p>
          <p className="person-graph">
            <span>
              <strong>{compact(person.followerCount)}</strong> {person.followerCount === 1 ? 'follower' : 'followers'}
            </span>
            <span>
              <strong>{compact(person.followCount)}</strong> following
            </span>
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
      <PersonFigures person={person} />
      {isSelf && <OnThisDay person={person} />}
      <FeedMap
        label={`Map of ${nameOf(person)}’s check-ins`}
        actor={person.did}
        items={items}
        isLoaded={!query.isPending}
        face="place"
      />
      <div className="section-head">
        <h2 className="section-title">Check-ins</h2>
        {person.checkinCount > 0 && <SearchInThese preset={{ person: actorOf(person) }} />}
      </div>
      <FeedList
        items={items}
        query={query}
        without="author"
        divider={monthDivider}
        empty={
          <Empty
            title={isSelf ? 'Your first check-in goes here' : 'No check-ins yet'}
            action={
              isSelf && (
                <Link href={checkInPath} className="button button-sun">
                  Check in
                </Link>
              )
            }
          />
        }
      />
      {session.actor !== undefined && !isSelf && (
        <footer className="person-foot">
          <BlockButton person={person} />
        </footer>
      )}
    </div>
  )
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
      {isFollowing ? 'Following' : 'Follow'}
    </button>
  )
}

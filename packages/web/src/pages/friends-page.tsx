import { Link } from 'wouter'
import { Board } from '../feed/board.tsx'
import { FeedList } from '../feed/feed-list.tsx'
import { FriendsLatest } from '../feed/friends-latest.tsx'
import { useFeed } from '../feed/queries.ts'
import { t } from '../language/pages.ts'
import { friendsPath, searchPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { SignInInvite } from '../session/sign-in-invite.tsx'
import { useMedia, useTitle, WIDE } from '../ui/media.ts'
import { Segments } from '../ui/segments.tsx'
import { Empty, PageSkeleton } from '../ui/states.tsx'
import { useNow } from '../ui/time-ago.tsx'
import { dayOf } from '../ui/dates.ts'
import { DAYS_BEGIN_MS } from '../ui/time.ts'
import { useAddress } from '../ui/use-address.ts'
import type { CheckinView } from '../views.ts'
import { friendsAddress } from './friends-address.ts'

/** Those whom one follows: what they did, where each was last, and this week's points. */
export function FriendsPage() {
  useTitle(t.shell.friends)
  const { status } = useSession()
  const isWide = useMedia(WIDE)
  const [{ view }, setAddress] = useAddress(friendsAddress)
  if (status === 'unknown') return <PageSkeleton label={t.friends.loading} />
  if (status === 'signed-out') return <SignInForFriends />
  return (
    <div className="page friends">
      <header className="friends-head">
        <h1>{t.shell.friends}</h1>
        {!isWide && (
          <Segments
            label={t.friends.which}
            offered={[
              ['feed', t.friends.feed],
              ['latest', t.friends.latest],
              ['board', t.board.heading],
            ]}
            chosen={view}
            onChoose={(next) => setAddress({ view: next })}
          />
        )}
      </header>
      {(isWide || view === 'feed') && <FriendsFeed />}
      {(isWide || view !== 'feed') && (
        <div className="friends-side">
          {(isWide || view === 'board') && <Board />}
          {(isWide || view === 'latest') && (
            <FriendsLatest empty={isWide ? <p className="quiet">{t.friends.nobody}</p> : <NoFriends />} />
          )}
        </div>
      )}
    </div>
  )
}

function FriendsFeed() {
  const { query, items } = useFeed({ kind: 'timeline' })
  const now = useNow(DAYS_BEGIN_MS)
  const dividerOf = (item: CheckinView, before: CheckinView | undefined) => {
    const day = dayOf(item.sortAt, now)
    if (before !== undefined && dayOf(before.sortAt, now) === day) return null
    return <p className="divider">{day}</p>
  }
  return (
    <section className="friends-feed" aria-label={t.friends.did}>
      <h2 className="visually-hidden">{t.person.checkins}</h2>
      <FeedList items={items} query={query} divider={dividerOf} empty={<NoFriends />} />
    </section>
  )
}

function NoFriends() {
  return (
    <Empty
      title={t.friends.empty}
      action={
        <Link href={searchPath} className="button button-main">
          {t.friends.findPeople}
        </Link>
      }
    >
      <p>{t.friends.emptyWhy}</p>
    </Empty>
  )
}

function SignInForFriends() {
  return (
    <div className="page">
      <SignInInvite title={t.friends.signIn} from={friendsPath}>
        <p>{t.friends.signInWhy}</p>
      </SignInInvite>
    </div>
  )
}

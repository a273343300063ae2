import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link } from 'wouter'
import { ask, call } from '../api.ts'
import { checkinPath, notificationsPath, personPath, placePath, signInPath } from '../paths.ts'
import { PushSwitch } from '../push/push-switch.tsx'
import { useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { useTitle } from '../ui/media.ts'
import { actorOf, nameOf } from '../ui/names.ts'
import { Empty, Failure, FeedSkeleton } from '../ui/states.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useAct } from '../ui/use-act.ts'
import { ShowMore } from '../ui/show-more.tsx'
import type { NotificationView } from '../views.ts'

/** What concerns the person who is signed in. Looking at it is having seen it. */
export function NotificationsPage() {
  useTitle('Notifications')
  const { status } = useSession()
  const queryClient = useQueryClient()
  const query = useInfiniteQuery({
    queryKey: ['notifications'],
    queryFn: ({ pageParam, signal }) =>
      ask('app.waypost.notification.getNotifications', { cursor: pageParam, limit: 30 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    enabled: status === 'signed-in',
  })
  const all = query.data?.pages.flatMap((page) => page.notifications) ?? []
  const newest = all[0]
  useEffect(() => {
    if (newest === undefined || newest.isSeen) return
    call('app.waypost.notification.updateSeen', { seenAt: newest.sortAt })
      .then(() => queryClient.invalidateQueries({ queryKey: ['unseen'] }))
      .catch(() => undefined)
  }, [newest, queryClient])

  if (status === 'signed-out') {
    return (
      <div className="page">
        <Empty
          title="Notifications are yours alone"
          action={
            <Link href={signInPath(notificationsPath)} className="button button-main">
              Sign in
            </Link>
          }
        >
          <p>Likes, comments, crowns and friends nearby are told here.</p>
        </Empty>
      </div>
    )
  }
  return (
    <div className="page">
      <h1 className="section-title">Notifications</h1>
      <PushSwitch />
      {query.isPending && <FeedSkeleton />}
      {query.isError && <Failure fault={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && all.length === 0 && (
        <Empty title="Nothing yet">
          <p>When somebody likes a check-in of yours, follows you or takes a crown from you, it is told here.</p>
        </Empty>
      )}
      <ol role="list" className="notices">
        {all.map((notice) => (
          <li key={notice.key} className="notice" data-unseen={!notice.isSeen || undefined}>
            <Link href={personPath(actorOf(notice.actor))} tabIndex={-1} aria-hidden="true">
              <Avatar person={notice.actor} size="s" />
            </Link>
            <div className="notice-body">
              <p>
                <Link href={personPath(actorOf(notice.actor))} className="notice-who">
                  {nameOf(notice.actor)}
                </Link>{' '}
                <Told notice={notice} />
              </p>
              {notice.comment !== undefined && (
                <p className="quiet" dir="auto">
                  {notice.comment.text}
                </p>
              )}
              <p className="quiet">
                <TimeAgo at={notice.sortAt} />
              </p>
              {notice.kind === 'tag' && notice.isPending === true && <Agree notice={notice} />}
            </div>
          </li>
        ))}
      </ol>
      <ShowMore query={query} />
    </div>
  )
}

function Told({ notice }: { readonly notice: NotificationView }) {
  const at = notice.checkin?.place.name ?? notice.place?.name ?? 'a place'
  const path =
    (notice.checkin && checkinPath(notice.checkin.uri)) ??
    (notice.place?.id === undefined ? undefined : placePath(notice.place.id))
  const where = path === undefined ? <bdi>{at}</bdi> : <Link href={path}>{at}</Link>
  switch (notice.kind) {
    case 'like':
      return <>likes your check-in at {where}</>
    case 'comment':
      return <>commented on your check-in at {where}</>
    case 'reply':
      return <>answered you at {where}</>
    case 'follow':
      return <>follows you</>
    case 'tag':
      return <>says that you were at {where} together</>
    case 'tag-accepted':
      return <>agrees: you were at {where} together</>
    case 'mayor-won':
      return <>lost the crown of {where} to you</>
    case 'mayor-lost':
      return <>took the crown of {where} from you</>
    case 'friend-here':
      return <>is at {where} too</>
    default:
      return <>did something at {where}</>
  }
}

/** Whoever is named says whether they were there. */
function Agree({ notice }: { readonly notice: NotificationView }) {
  const { isBusy, act } = useAct()
  if (notice.checkin === undefined) return null
  const { uri, cid } = notice.checkin
  const answer = (send: () => Promise<unknown>) => act(send, [['notifications']])
  return (
    <div className="notice-answer">
      <button
        type="button"
        className="button button-main"
        disabled={isBusy}
        onClick={() => void answer(() => call('app.waypost.companion.accept', { subject: { uri, cid } }))}
      >
        I was there
      </button>
      <button
        type="button"
        className="button button-quiet"
        disabled={isBusy}
        onClick={() => void answer(() => call('app.waypost.companion.deny', { subject: uri }))}
      >
        Not me
      </button>
      <span className="quiet">Until you agree, only the two of you see it.</span>
    </div>
  )
}

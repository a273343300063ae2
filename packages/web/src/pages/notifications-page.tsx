import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link } from 'wouter'
import { ask, call } from '../api.ts'
import { t } from '../language/pages.ts'
import { checkinPath, notificationsPath, personPath, placePath } from '../paths.ts'
import { PushSwitch } from '../push/push-switch.tsx'
import { useSession } from '../session/session.tsx'
import { SignInInvite } from '../session/sign-in-invite.tsx'
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
  useTitle(t.shell.notifications)
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
        <SignInInvite title={t.notices.signedOut} from={notificationsPath}>
          <p>{t.notices.signedOutWhy}</p>
        </SignInInvite>
      </div>
    )
  }
  return (
    <div className="page">
      <h1 className="section-title">{t.shell.notifications}</h1>
      <PushSwitch />
      {query.isPending && <FeedSkeleton />}
      {query.isError && <Failure fault={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && all.length === 0 && (
        <Empty title={t.notices.empty}>
          <p>{t.notices.emptyWhy}</p>
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
  const at = notice.checkin?.place.name ?? notice.place?.name ?? t.notices.aPlace
  const path =
    (notice.checkin && checkinPath(notice.checkin.uri)) ??
    (notice.place?.id === undefined ? undefined : placePath(notice.place.id))
  const where = path === undefined ? <bdi>{at}</bdi> : <Link href={path}>{at}</Link>
  const who = (
    <Link href={personPath(actorOf(notice.actor))} className="notice-who">
      {nameOf(notice.actor)}
    </Link>
  )
  const { told } = t.notices
  const tell = isTold(notice.kind) ? told[notice.kind] : told.unknown
  return tell(who, where)
}

/** A newer server may tell what this client has no words for. */
function isTold(kind: string): kind is keyof typeof t.notices.told {
  return Object.hasOwn(t.notices.told, kind)
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
        {t.notices.iWasThere}
      </button>
      <button
        type="button"
        className="button button-quiet"
        disabled={isBusy}
        onClick={() => void answer(() => call('app.waypost.companion.deny', { subject: uri }))}
      >
        {t.notices.notMe}
      </button>
      <span className="quiet">{t.notices.untilYouAgree}</span>
    </div>
  )
}

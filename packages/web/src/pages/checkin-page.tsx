import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide'
import { useState } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { ask, call } from '../api.ts'
import { CheckinCard } from '../feed/checkin-card.tsx'
import { Comments } from '../feed/comments.tsx'
import { forgetCheckin } from '../feed/queries.ts'
import { t } from '../language/pages.ts'
import { useLiveStream } from '../live/use-live.tsx'
import { LocatorMap } from '../map/locator-map.tsx'
import { readGeo } from '../map/mercator.ts'
import { checkinUri, livePath } from '../paths.ts'
import { ReportButton } from '../report/report-button.tsx'
import { useSession } from '../session/session.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { useTitle } from '../ui/media.ts'
import { nameOf } from '../ui/names.ts'
import { Empty, Failure, FeedSkeleton } from '../ui/states.tsx'
import { say } from '../ui/toast.tsx'
import { useAct } from '../ui/use-act.ts'
import type { CheckinView } from '../views.ts'

interface CheckinPageProps {
  readonly did: string
  readonly collection: string
  readonly rkey: string
}

export function CheckinPage({ did, collection, rkey }: CheckinPageProps) {
  const uri = checkinUri({ did, collection, rkey })
  const query = useInfiniteQuery({
    queryKey: ['checkin', uri],
    queryFn: ({ pageParam, signal }) =>
      ask('app.waypost.feed.getCheckin', { uri, cursor: pageParam, limit: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
  })
  const checkin = query.data?.pages[0]?.checkin
  const { actor } = useSession()
  useTitle(checkin === undefined ? t.checkin.page : t.checkin.personAt(nameOf(checkin.author)) + checkin.place.name)

  if (query.isPending) {
    return (
      <div className="page">
        <FeedSkeleton count={1} />
      </div>
    )
  }
  if (checkin === undefined) {
    const isGone = query.error !== null && 'error' in query.error && query.error.error === 'NotFound'
    return (
      <div className="page">
        {isGone ? (
          <Empty title={t.checkin.gone}>
            <p>{t.checkin.goneWhy}</p>
          </Empty>
        ) : (
          <Failure fault={query.error} onRetry={() => void query.refetch()} />
        )}
      </div>
    )
  }
  const geo = readGeo(checkin.place.geo)
  return (
    <div className="page">
      <CheckinCard
        checkin={checkin}
        isPage
        actions={
          actor?.did === did ? (
            <DeleteButton checkin={checkin} />
          ) : (
            <ReportButton subject={{ kind: 'checkin', checkin }} className="action" />
          )
        }
      />
      {geo !== undefined && (
        <LocatorMap at={geo} label={t.place.where(checkin.place.name)} category={checkin.place.category} />
      )}
      <Comments checkin={checkin} query={query} />
    </div>
  )
}

function DeleteButton({ checkin }: { readonly checkin: CheckinView }) {
  const [isAsking, setAsking] = useState(false)
  const { isBusy, act } = useAct()
  const queryClient = useQueryClient()
  const stream = useLiveStream()

  const [alsoPost, setAlsoPost] = useState(true)
  const { uri } = checkin
  const { data: post } = useQuery({
    queryKey: ['post', uri],
    queryFn: ({ signal }) => ask('app.waypost.feed.getPost', { uri }, signal),
    enabled: isAsking,
  })
  const isPosted = post?.exists === true

  const remove = async () => {
    const deletion = async () => {
      if (isPosted && post.isAllowed && alsoPost) await call('app.waypost.feed.deletePost', { uri })
      await call('app.waypost.feed.deleteCheckin', { uri })
    }
    if (!(await act(deletion))) return
    stream.tell({ type: 'deleted', uri: checkin.uri })
    navigate(livePath)
    forgetCheckin(queryClient, checkin.uri)
    for (const key of ['person', 'here']) void queryClient.invalidateQueries({ queryKey: [key] })
    say(t.checkin.deleted)
  }

  return (
    <>
      <button type="button" className="action action-danger" onClick={() => setAsking(true)}>
        <Icon of={Trash2} size={18} strokeWidth={1.9} />
        <span>{t.actions.delete}</span>
      </button>
      {isAsking && (
        <Dialog title={t.checkin.deleteAsk} kind="alert" onClose={() => setAsking(false)}>
          <p className="dialog-text">{t.checkin.deleteWhat}</p>
          {isPosted && post.isAllowed && (
            <label className="choice dialog-choice">
              <input type="checkbox" checked={alsoPost} onChange={(event) => setAlsoPost(event.target.checked)} />
              {t.crossPost.deleteToo}
            </label>
          )}
          {isPosted && !post.isAllowed && <p className="dialog-text">{t.crossPost.stays}</p>}
          <div className="dialog-actions">
            <button type="button" className="button button-quiet" onClick={() => setAsking(false)}>
              {t.actions.keepIt}
            </button>
            <button type="button" className="button button-danger" disabled={isBusy} onClick={() => void remove()}>
              {isBusy ? t.actions.deleting : t.checkin.deleteIt}
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}

import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { ask, call } from '../api.ts'
import { CheckinCard } from '../feed/checkin-card.tsx'
import { Comments } from '../feed/comments.tsx'
import { forgetCheckin } from '../feed/queries.ts'
import { useLiveStream } from '../live/use-live.tsx'
import { LocatorMap } from '../map/locator-map.tsx'
import { readGeo } from '../map/mercator.ts'
import { checkinUri, livePath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Dialog } from '../ui/dialog.tsx'
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
  useTitle(checkin === undefined ? 'Check-in' : `${nameOf(checkin.author)} at ${checkin.place.name}`)

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
          <Empty title="This check-in is not here">
            <p>Its author may have deleted it, or the link is not right.</p>
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
      <CheckinCard checkin={checkin} isPage actions={actor?.did === did && <DeleteButton checkin={checkin} />} />
      {geo !== undefined && (
        <LocatorMap at={geo} label={`Where ${checkin.place.name} is`} category={checkin.place.category} />
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

  const remove = async () => {
    if (!(await act(() => call('app.waypost.feed.deleteCheckin', { uri: checkin.uri })))) return
    stream.tell({ type: 'deleted', uri: checkin.uri })
    navigate(livePath)
    forgetCheckin(queryClient, checkin.uri)
    void queryClient.invalidateQueries({ queryKey: ['person'] })
    say('Check-in deleted')
  }

  return (
    <>
      <button type="button" className="action action-danger" onClick={() => setAsking(true)}>
        <Trash2 size={18} strokeWidth={1.9} aria-hidden="true" />
        <span>Delete</span>
      </button>
      {isAsking && (
        <Dialog title="Delete this check-in?" kind="alert" onClose={() => setAsking(false)}>
          <p className="dialog-text">
            It is removed from your repository, with its photos, and from every feed and map. This cannot be undone.
          </p>
          <div className="dialog-actions">
            <button type="button" className="button button-quiet" onClick={() => setAsking(false)}>
              Keep it
            </button>
            <button type="button" className="button button-danger" disabled={isBusy} onClick={() => void remove()}>
              {isBusy ? 'Deleting…' : 'Delete check-in'}
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}

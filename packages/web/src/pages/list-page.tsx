import { useInfiniteQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { ApiError, ask, call } from '../api.ts'
import { listPath, listsPath, livePath, personPath, signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useTitle } from '../ui/media.ts'
import { actorOf, nameOf } from '../ui/names.ts'
import { counted } from '../ui/numbers.ts'
import { Empty, Failure, PageSkeleton } from '../ui/states.tsx'
import { say } from '../ui/toast.tsx'
import { useAct } from '../ui/use-act.ts'
import { ShowMore } from '../ui/show-more.tsx'
import type { ListView } from '../views.ts'
import { SavedRows } from './saved-rows.tsx'

/** A list of places, and whose it is. */
export function ListPage({ did, rkey }: { readonly did: string; readonly rkey: string }) {
  const uri = `at://${did}/app.waypost.list/${rkey}`
  const { actor } = useSession()
  const query = useInfiniteQuery({
    queryKey: ['list', uri],
    queryFn: ({ pageParam, signal }) =>
      ask('app.waypost.list.getList', { uri: uri as `at://${string}`, cursor: pageParam, limit: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
  })
  const list = query.data?.pages[0]?.list
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  const isOwn = actor?.did === did
  useTitle(list?.name ?? 'List')
  if (query.isPending) return <PageSkeleton label="Loading the list" />
  if (list === undefined) {
    const isUnknown = query.error instanceof ApiError && query.error.error === 'NotFound'
    return (
      <div className="page">
        {isUnknown ? (
          <Empty title="No such list">
            <p>It may have been deleted.</p>
          </Empty>
        ) : (
          <Failure fault={query.error} onRetry={() => void query.refetch()} />
        )}
      </div>
    )
  }
  return (
    <div className="page">
      <header className="list-head">
        <h1 dir="auto">{list.name}</h1>
        <p className="quiet">
          By <Link href={personPath(actorOf(list.author))}>{nameOf(list.author)}</Link> ·{' '}
          {counted(list.placeCount, 'place')} · {counted(list.followerCount, 'follower')}
        </p>
        {list.description !== undefined && <p dir="auto">{list.description}</p>}
        {isOwn ? <DeleteList list={list} /> : <FollowList list={list} />}
      </header>
      {items.length === 0 && (
        <Empty title="No places yet">
          <p>Places are saved from their own pages.</p>
        </Empty>
      )}
      <SavedRows items={items} isOwn={isOwn} list={uri} />
      <ShowMore query={query} />
    </div>
  )
}

function FollowList({ list }: { readonly list: ListView }) {
  const { status } = useSession()
  const { isBusy, act } = useAct()
  const isFollowing = list.following !== undefined
  const toggle = () => {
    if (status === 'signed-out') return navigate(signInPath(listPath(list.uri) ?? livePath))
    const name = isFollowing ? 'app.waypost.list.unfollow' : 'app.waypost.list.follow'
    void act(() => call(name, { subject: list.uri }), [['list', list.uri], ['lists']])
  }
  return (
    <button
      type="button"
      className={isFollowing ? 'button button-quiet' : 'button button-main'}
      aria-pressed={isFollowing}
      disabled={isBusy}
      onClick={toggle}
    >
      {isFollowing ? 'Following' : 'Follow list'}
    </button>
  )
}

function DeleteList({ list }: { readonly list: ListView }) {
  const [isAsking, setAsking] = useState(false)
  const { isBusy, act } = useAct()
  const remove = async () => {
    if (!(await act(() => call('app.waypost.list.delete', { uri: list.uri }), [['lists'], ['place']]))) return
    navigate(listsPath)
    say('List deleted')
  }
  return (
    <>
      <button type="button" className="button button-quiet" onClick={() => setAsking(true)}>
        <Trash2 size={17} aria-hidden="true" />
        Delete list
      </button>
      {isAsking && (
        <Dialog title="Delete this list?" kind="alert" onClose={() => setAsking(false)}>
          <p className="dialog-text">It goes from here and from those who follow it. The places themselves stay.</p>
          <div className="dialog-actions">
            <button type="button" className="button button-quiet" onClick={() => setAsking(false)}>
              Keep it
            </button>
            <button type="button" className="button button-danger" disabled={isBusy} onClick={() => void remove()}>
              {isBusy ? 'Deleting…' : 'Delete for good'}
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}

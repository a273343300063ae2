import { useInfiniteQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide'
import { useState } from 'react'
import { Link } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { ApiError, ask, call } from '../api.ts'
import { t } from '../language/pages.ts'
import { listPath, listsPath, livePath, personPath, signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { useTitle } from '../ui/media.ts'
import { actorOf, nameOf } from '../ui/names.ts'
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
  useTitle(list?.name ?? t.lists.list)
  if (query.isPending) return <PageSkeleton label={t.lists.loading} />
  if (list === undefined) {
    const isUnknown = query.error instanceof ApiError && query.error.error === 'NotFound'
    return (
      <div className="page">
        {isUnknown ? (
          <Empty title={t.lists.unknown}>
            <p>{t.lists.unknownWhy}</p>
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
        <h1>
          <bdi>{list.name}</bdi>
        </h1>
        <p className="quiet">
          {t.lists.by(<Link href={personPath(actorOf(list.author))}>{nameOf(list.author)}</Link>)} ·{' '}
          {t.counts.places(list.placeCount)} · {t.counts.followers(list.followerCount)}
        </p>
        {list.description !== undefined && <p dir="auto">{list.description}</p>}
        {isOwn ? <DeleteList list={list} /> : <FollowList list={list} />}
      </header>
      {items.length === 0 && (
        <Empty title={t.lists.empty}>
          <p>{t.lists.emptyWhy}</p>
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
      {isFollowing ? t.actions.following : t.lists.follow}
    </button>
  )
}

function DeleteList({ list }: { readonly list: ListView }) {
  const [isAsking, setAsking] = useState(false)
  const { isBusy, act } = useAct()
  const remove = async () => {
    if (!(await act(() => call('app.waypost.list.delete', { uri: list.uri }), [['lists'], ['place']]))) return
    navigate(listsPath)
    say(t.lists.deleted)
  }
  return (
    <>
      <button type="button" className="button button-quiet" onClick={() => setAsking(true)}>
        <Icon of={Trash2} size={17} />
        {t.lists.delete}
      </button>
      {isAsking && (
        <Dialog title={t.lists.deleteAsk} kind="alert" onClose={() => setAsking(false)}>
          <p className="dialog-text">{t.lists.deleteWhat}</p>
          <div className="dialog-actions">
            <button type="button" className="button button-quiet" onClick={() => setAsking(false)}>
              {t.actions.keepIt}
            </button>
            <button type="button" className="button button-danger" disabled={isBusy} onClick={() => void remove()}>
              {isBusy ? t.actions.deleting : t.lists.deleteIt}
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}

import { type InfiniteData, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query'
import { List } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { listPath, livePath, listsPath, signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { useTitle } from '../ui/media.ts'
import { nameOf } from '../ui/names.ts'
import { counted } from '../ui/numbers.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { Empty, Failure, FeedSkeleton } from '../ui/states.tsx'
import { ShowMore } from '../ui/show-more.tsx'
import type { ListView, SavedView } from '../views.ts'
import { NewList } from './new-list.tsx'
import { SavedRows } from './saved-rows.tsx'

type Kind = 'own' | 'followed' | 'saved'

const LABELS: Readonly<Record<Kind, string>> = { own: 'Yours', followed: 'Followed', saved: 'Saved places' }

/** The lists of whoever is signed in, those that they follow, and what they saved just so. */
export function ListsPage() {
  useTitle('Lists')
  const { status, actor } = useSession()
  const [kind, setKind] = useState<Kind>('own')
  if (status === 'signed-out') {
    return (
      <div className="page">
        <Empty
          title="Keep places for later"
          action={
            <Link href={signInPath(listsPath)} className="button button-main">
              Sign in
            </Link>
          }
        >
          <p>Save places, gather them in lists, and follow the lists of others.</p>
        </Empty>
      </div>
    )
  }
  return (
    <div className="page">
      <h1 className="section-title">Lists</h1>
      <div className="segments segments-words search-kind" role="group" aria-label="Which lists">
        {(['own', 'followed', 'saved'] as const).map((each) => (
          <button key={each} type="button" aria-pressed={each === kind} onClick={() => setKind(each)}>
            {LABELS[each]}
          </button>
        ))}
      </div>
      {actor === undefined && <FeedSkeleton count={2} />}
      {actor !== undefined && kind === 'saved' && <Saved did={actor.did} />}
      {actor !== undefined && kind !== 'saved' && <Lists key={kind} did={actor.did} isFollowed={kind === 'followed'} />}
      {actor !== undefined && kind === 'own' && <NewList label="Create" />}
    </div>
  )
}

function Lists({ did, isFollowed }: { readonly did: string; readonly isFollowed: boolean }) {
  const query = useInfiniteQuery({
    queryKey: ['lists', did, { isFollowed }],
    queryFn: ({ pageParam, signal }) =>
      ask('app.waypost.list.getLists', { actor: did, followed: isFollowed, cursor: pageParam, limit: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
  })
  const lists = query.data?.pages.flatMap((page) => page.lists) ?? []
  return (
    <Paged
      query={query}
      isEmpty={lists.length === 0}
      empty={
        isFollowed ? (
          <Empty title="You follow no list yet">
            <p>Lists are on their authors’ pages: open one, and follow it from there.</p>
          </Empty>
        ) : (
          <Empty title="No list yet">
            <p>Name one below, or save a place from its own page.</p>
          </Empty>
        )
      }
    >
      <ul role="list" className="rows">
        {lists.map((list) => (
          <li key={list.uri}>
            <ListRow list={list} isFollowed={isFollowed} />
          </li>
        ))}
      </ul>
    </Paged>
  )
}

function ListRow({ list, isFollowed }: { readonly list: ListView; readonly isFollowed: boolean }) {
  const { uri, name, author, placeCount, followerCount } = list
  const by = isFollowed ? `By ${nameOf(author)}` : counted(followerCount, 'follower')
  return (
    <Link href={listPath(uri) ?? livePath} className="row">
      <span className="save-mark">
        <List size={18} aria-hidden="true" />
      </span>
      <RowLines title={name} note={`${counted(placeCount, 'place')} · ${by}`} />
    </Link>
  )
}

function Saved({ did }: { readonly did: string }) {
  const query = useInfiniteQuery({
    queryKey: ['saved', did],
    queryFn: ({ pageParam, signal }) =>
      ask('app.waypost.list.getSaved', { actor: did, cursor: pageParam, limit: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
  })
  const items: readonly SavedView[] = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Paged
      query={query}
      isEmpty={items.length === 0}
      empty={
        <Empty title="Nothing saved yet">
          <p>Open a place and save it: it is kept here.</p>
        </Empty>
      }
    >
      <SavedRows items={items} isOwn list={undefined} />
    </Paged>
  )
}

interface PagedProps {
  readonly query: UseInfiniteQueryResult<InfiniteData<unknown>>
  readonly isEmpty: boolean
  readonly empty: ReactNode
  readonly children: ReactNode
}

/** Rows in all their states. */
function Paged({ query, isEmpty, empty, children }: PagedProps) {
  if (query.isPending) return <FeedSkeleton count={3} />
  if (isEmpty && !query.isError) return empty
  return (
    <>
      {children}
      {query.isError && <Failure fault={query.error} onRetry={() => void query.refetch()} />}
      <ShowMore query={query} />
    </>
  )
}

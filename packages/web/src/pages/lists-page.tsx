import { type InfiniteData, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query'
import { List } from 'lucide'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { t } from '../language/pages.ts'
import { listPath, livePath, listsPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { SignInInvite } from '../session/sign-in-invite.tsx'
import { Icon } from '../ui/icon.tsx'
import { useTitle } from '../ui/media.ts'
import { nameOf } from '../ui/names.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { Segments } from '../ui/segments.tsx'
import { Empty, Failure, FeedSkeleton } from '../ui/states.tsx'
import { ShowMore } from '../ui/show-more.tsx'
import type { ListView, SavedView } from '../views.ts'
import { NewList } from './new-list.tsx'
import { SavedRows } from './saved-rows.tsx'

type Kind = 'own' | 'followed' | 'saved'

/** The lists of whoever is signed in, those that they follow, and what they saved just so. */
export function ListsPage() {
  useTitle(t.lists.page)
  const { status, actor } = useSession()
  const [kind, setKind] = useState<Kind>('own')
  if (status === 'signed-out') {
    return (
      <div className="page">
        <SignInInvite title={t.lists.keepForLater} from={listsPath}>
          <p>{t.lists.keepForLaterWhy}</p>
        </SignInInvite>
      </div>
    )
  }
  return (
    <div className="page">
      <h1 className="section-title">{t.lists.page}</h1>
      <Segments
        className="search-kind"
        label={t.lists.which}
        offered={(['own', 'followed', 'saved'] as const).map((each) => [each, t.lists.kinds[each]])}
        chosen={kind}
        onChoose={setKind}
      />
      {actor === undefined && <FeedSkeleton count={2} />}
      {actor !== undefined && kind === 'saved' && <Saved did={actor.did} />}
      {actor !== undefined && kind !== 'saved' && <Lists key={kind} did={actor.did} isFollowed={kind === 'followed'} />}
      {actor !== undefined && kind === 'own' && <NewList label={t.lists.create} />}
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
          <Empty title={t.lists.noneFollowed}>
            <p>{t.lists.noneFollowedWhy}</p>
          </Empty>
        ) : (
          <Empty title={t.lists.none}>
            <p>{t.lists.noneWhy}</p>
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
  const by = isFollowed ? t.lists.byName(nameOf(author)) : t.counts.followers(followerCount)
  return (
    <Link href={listPath(uri) ?? livePath} className="row">
      <span className="save-mark">
        <Icon of={List} size={18} />
      </span>
      <RowLines title={name} note={`${t.counts.places(placeCount)} · ${by}`} />
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
        <Empty title={t.lists.nothingSaved}>
          <p>{t.lists.nothingSavedWhy}</p>
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

import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ApiError, ask, call } from '../api.ts'
import { personPath, placePath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { useTitle } from '../ui/media.ts'
import { actorOf, nameOf } from '../ui/names.ts'
import { counted } from '../ui/numbers.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { Empty, Failure, PageSkeleton } from '../ui/states.tsx'
import { useAct } from '../ui/use-act.ts'

/** A list of places, and whose it is. */
export function ListPage({ did, rkey }: { readonly did: string; readonly rkey: string }) {
  const uri = `at://${did}/app.waypost.list/${rkey}`
  const { actor } = useSession()
  const { isBusy, act } = useAct()
  const query = useInfiniteQuery({
    queryKey: ['list', uri],
    queryFn: ({ pageParam, signal }) =>
      ask('app.waypost.list.getList', { uri: uri as `at://${string}`, cursor: pageParam, limit: 50 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
  })
  const list = query.data?.pages[0]?.list
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
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
  const toggle = () =>
    act(
      () =>
        call(list.following === undefined ? 'app.waypost.list.follow' : 'app.waypost.list.unfollow', { subject: uri }),
      [['list', uri]],
    )
  return (
    <div className="page">
      <header className="list-head">
        <h1 dir="auto">{list.name}</h1>
        <p className="quiet">
          By <Link href={personPath(actorOf(list.author))}>{nameOf(list.author)}</Link> ·{' '}
          {counted(list.placeCount, 'place')} · {counted(list.followerCount, 'follower')}
        </p>
        {list.description !== undefined && <p dir="auto">{list.description}</p>}
        {actor !== undefined && actor.did !== list.author.did && (
          <button
            type="button"
            className={list.following === undefined ? 'button button-main' : 'button button-quiet'}
            aria-pressed={list.following !== undefined}
            disabled={isBusy}
            onClick={() => void toggle()}
          >
            {list.following === undefined ? 'Follow list' : 'Following'}
          </button>
        )}
      </header>
      {items.length === 0 && (
        <Empty title="No places yet">
          <p>Places are saved from their own pages.</p>
        </Empty>
      )}
      <ul role="list" className="rows">
        {items.map(({ uri: item, place, note }) => (
          <li key={item}>
            <Link href={placePath(place.id)} className="row">
              <CategoryGlyph category={place.category} />
              <RowLines title={place.name} note={note ?? categoryLook(place.category).label} />
            </Link>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <button type="button" className="button button-quiet" onClick={() => void query.fetchNextPage()}>
          Show more
        </button>
      )}
    </div>
  )
}

import { type ReactNode, useEffect, useRef } from 'react'
import type { CheckinView } from '../views.ts'
import { Failure, FeedSkeleton } from '../ui/states.tsx'
import { CheckinCard } from './checkin-card.tsx'

interface FeedListProps {
  readonly items: readonly CheckinView[]
  readonly query: {
    readonly isPending: boolean
    readonly error: unknown
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly fetchNextPage: () => unknown
    readonly refetch: () => unknown
  }
  readonly empty: ReactNode
  readonly without?: 'place' | 'author'
  readonly onPoint?: (uri: string | undefined) => void
  /** Drawn before an item, where it begins a new group. */
  readonly divider?: (item: CheckinView, before: CheckinView | undefined) => ReactNode
}

/** A list of check-ins in all its states. The next page loads before one gets there, or by the button. */
export function FeedList({ items, query, empty, without, onPoint, divider }: FeedListProps) {
  if (query.isPending && items.length === 0) return <FeedSkeleton />
  if (query.error !== null && items.length === 0) {
    return <Failure fault={query.error} onRetry={() => void query.refetch()} />
  }
  if (items.length === 0) return empty
  return (
    <>
      <ol className="feed" role="list">
        {items.map((item, index) => (
          <li key={item.uri}>
            {divider?.(item, items[index - 1])}
            <CheckinCard checkin={item} without={without} onPoint={onPoint} />
          </li>
        ))}
      </ol>
      {query.error !== null && <Failure fault={query.error} onRetry={() => void query.fetchNextPage()} />}
      {query.hasNextPage && query.error === null && (
        <More isLoading={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
      )}
    </>
  )
}

function More({ isLoading, onMore }: { readonly isLoading: boolean; readonly onMore: () => void }) {
  const ref = useRef<HTMLDivElement>(null)
  const more = useRef(onMore)
  useEffect(() => {
    more.current = onMore
  })
  useEffect(() => {
    const end = ref.current
    if (end === null || isLoading) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) more.current()
      },
      { rootMargin: '800px' },
    )
    observer.observe(end)
    return () => observer.disconnect()
  }, [isLoading])
  return (
    <div ref={ref} className="more">
      <button type="button" className="button button-quiet" disabled={isLoading} onClick={onMore}>
        {isLoading ? 'Loading…' : 'Show more'}
      </button>
    </div>
  )
}

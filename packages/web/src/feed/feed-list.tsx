import { type CSSProperties, type ReactNode, type Ref, useDeferredValue, useEffect, useRef } from 'react'
import { t } from '../language/language.ts'
import type { CheckinView } from '../views.ts'
import { Failure, FeedSkeleton } from '../ui/states.tsx'
import { CheckinCard } from './checkin-card.tsx'
import { useWindow } from './use-window.ts'
import { roomFor } from './window.ts'

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
export function FeedList({ items: given, query, empty, without, onPoint, divider }: FeedListProps) {
  // An answer is drawn at once otherwise, however long that takes: a phone stays free for a finger meanwhile.
  const items = useDeferredValue(given)
  if (items.length === 0 && (query.isPending || given.length > 0)) return <FeedSkeleton />
  if (query.error !== null && items.length === 0) {
    return <Failure fault={query.error} onRetry={() => void query.refetch()} />
  }
  if (items.length === 0) return empty
  return <Items items={items} query={query} without={without} onPoint={onPoint} divider={divider} />
}

/** Photos that are on the screen from the start don't wait until they are scrolled to. */
const SOON_ITEMS = 2

function Items({ items, query, without, onPoint, divider }: Omit<FeedListProps, 'empty'>) {
  const { window, heights, refs } = useWindow(items, without ?? 'whole')
  const { from, to } = window
  return (
    <>
      <div className="feed">
        {from > 0 && <Room ref={refs.above} items={items.slice(0, from)} heights={heights} />}
        <ol ref={refs.list} role="list">
          {items.slice(from, to).map((item, index) => (
            <li key={item.uri} className={from + index === items.length - 1 ? 'feed-last' : undefined}>
              {divider?.(item, items[from + index - 1])}
              <CheckinCard checkin={item} without={without} onPoint={onPoint} isSoon={from + index < SOON_ITEMS} />
            </li>
          ))}
        </ol>
        {to < items.length && <Room ref={refs.below} items={items.slice(to)} heights={heights} />}
      </div>
      {query.error !== null && <Failure fault={query.error} onRetry={() => void query.fetchNextPage()} />}
      {query.hasNextPage && query.error === null && (
        <More isLoading={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
      )}
    </>
  )
}

interface RoomProps {
  readonly ref: Ref<HTMLDivElement>
  readonly items: readonly CheckinView[]
  readonly heights: ReadonlyMap<string, number>
}

/** Stands for items that are far from the screen. */
function Room({ ref, items, heights }: RoomProps) {
  const { known, unknown, pictures } = roomFor(items, heights)
  const style = { '--known': `${known}px`, '--unknown': unknown, '--pictures': pictures } as CSSProperties
  return <div ref={ref} className="feed-room" data-items={items.length} style={style} />
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
        {isLoading ? t.actions.loading : t.actions.showMore}
      </button>
    </div>
  )
}

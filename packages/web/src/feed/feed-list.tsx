import {
  type CSSProperties,
  type ReactNode,
  startTransition,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { t } from '../language/language.ts'
import type { CheckinView } from '../views.ts'
import { Failure, FeedSkeleton } from '../ui/states.tsx'
import { blocksOf, pictureOf } from './blocks.ts'
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

/** As many as fill a screen come first, then ever more at a time, with whatever else there is to do between. */
const FIRST_ITEMS = 4
const MORE_ITEMS = 8
/** Photos that are on the screen from the start don't wait until they are scrolled to. */
const SOON_ITEMS = 2

function Items({ items, query, without, onPoint, divider }: Omit<FeedListProps, 'empty'>) {
  const [count, setCount] = useState(FIRST_ITEMS)
  useEffect(() => {
    if (count < items.length) startTransition(() => setCount(count + Math.max(count, MORE_ITEMS)))
  }, [count, items.length])
  const shown = useMemo(() => items.slice(0, count), [items, count])
  const blocks = useMemo(() => blocksOf(shown), [shown])
  const soon = shown.slice(0, SOON_ITEMS)
  const isAllShown = shown.length === items.length
  return (
    <>
      <div className="feed">
        {blocks.map(({ key, items: own, pictures }, at) => (
          <ol key={key} role="list" style={roomFor(pictures, own.length)}>
            {own.map((item, index) => (
              <li key={item.uri} style={roomFor(pictureOf(item), 1)}>
                {divider?.(item, own[index - 1] ?? blocks[at - 1]?.items.at(-1))}
                <CheckinCard checkin={item} without={without} onPoint={onPoint} isSoon={soon.includes(item)} />
              </li>
            ))}
          </ol>
        ))}
      </div>
      {query.error !== null && <Failure fault={query.error} onRetry={() => void query.fetchNextPage()} />}
      {query.hasNextPage && query.error === null && isAllShown && (
        <More isLoading={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
      )}
    </>
  )
}

function roomFor(pictures: number, items: number) {
  return { '--items': items, '--pictures': pictures } as CSSProperties
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

import { type InfiniteData, keepPreviousData, type QueryClient, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ask } from '../api.ts'
import type { CellView, CheckinView } from '../views.ts'
import type { Filters } from './filters.tsx'

/** The feeds that the server has; each is a list of pages under a cursor. */
export type FeedSource =
  | { readonly kind: 'global'; readonly filters?: Filters }
  | { readonly kind: 'friends' }
  | { readonly kind: 'found'; readonly search: CheckinSearch }
  | { readonly kind: 'timeline' }
  | { readonly kind: 'place'; readonly place: string; readonly photos?: boolean }
  | { readonly kind: 'actor'; readonly actor: string }
  | { readonly kind: 'map'; readonly area: Area; readonly zoom: number; readonly actor?: string }

/** What a search over check-ins asks for; all that is given must hold. */
export interface CheckinSearch {
  readonly q: string
  /** A handle or a DID. */
  readonly person?: string | undefined
  /** A place's id. */
  readonly place?: string | undefined
  /** Days where the person is, such as `2024-05-01`; both are part of it. */
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly area?: Area | undefined
  readonly near?: Filters['near']
}

/** Whether there is anything to search by: days alone are not. */
export function isAsking({ q, person, place, area, near }: CheckinSearch): boolean {
  return q !== '' || [person, place, area, near].some((each) => each !== undefined)
}

/** A box in decimal degrees; west > east crosses the antimeridian. */
export interface Area {
  readonly north: string
  readonly south: string
  readonly east: string
  readonly west: string
}

interface FeedPage {
  readonly feed: readonly CheckinView[]
  /** Of a map, with its first page: how many are where. */
  readonly cells?: readonly CellView[]
  readonly cursor?: string | undefined
}

const PAGE_SIZE = 30
/** What is near: a town and what surrounds it. */
const NEAR_METRES = 15_000

const NO_CELLS: readonly CellView[] = []

export function feedKey(source: FeedSource) {
  return ['feed', source] as const
}

/** Pages of a feed, and all their items. They are not fetched again by themselves: that would move what is being read. */
export function useFeed(source: FeedSource, { enabled = true } = {}) {
  const query = useInfiniteQuery({
    queryKey: feedKey(source),
    queryFn: ({ pageParam, signal }) => askFeed(source, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    staleTime: source.kind === 'global' && source.filters === undefined ? Number.POSITIVE_INFINITY : 30_000,
    enabled,
    // What a map showed stays until what it shows now is there.
    placeholderData: source.kind === 'map' ? keepPreviousData : undefined,
  })
  const { data } = query
  const items = useMemo(() => data?.pages.flatMap((page) => page.feed) ?? [], [data])
  return { query, items, cells: data?.pages[0]?.cells ?? NO_CELLS }
}

/** Takes a check-in out of every feed that is loaded. */
export function forgetCheckin(queryClient: QueryClient, uri: string): void {
  queryClient.setQueriesData<InfiniteData<FeedPage>>({ queryKey: ['feed'] }, (data) =>
    data === undefined
      ? data
      : {
          ...data,
          pages: data.pages.map((page) => ({ ...page, feed: page.feed.filter((item) => item.uri !== uri) })),
        },
  )
  queryClient.removeQueries({ queryKey: ['checkin', uri] })
  // The cells of a map count it still.
  void queryClient.invalidateQueries({ queryKey: ['feed', { kind: 'map' }] })
}

function askFeed(source: FeedSource, cursor: string | undefined, signal: AbortSignal): Promise<FeedPage> {
  const page = { cursor, limit: PAGE_SIZE }
  switch (source.kind) {
    case 'global': {
      const { near, ...filters } = source.filters ?? {}
      return ask('app.waypost.feed.getGlobal', { ...page, ...filters, ...around(near) }, signal)
    }
    case 'friends':
      return ask('app.waypost.feed.getFriendsLatest', page, signal)
    case 'found':
      return ask('app.waypost.feed.searchCheckins', { ...page, ...searchParams(source.search) }, signal)
    case 'timeline':
      return ask('app.waypost.feed.getTimeline', page, signal)
    case 'place':
      return ask('app.waypost.feed.getPlace', { ...page, place: source.place, photos: source.photos }, signal)
    case 'actor':
      return ask('app.waypost.feed.getActor', { ...page, actor: source.actor }, signal)
    case 'map':
      return ask('app.waypost.feed.getMap', { ...page, ...source.area, zoom: source.zoom, actor: source.actor }, signal)
  }
}

function around(near: Filters['near']) {
  return near === undefined ? {} : { ...near, radius: NEAR_METRES }
}

function searchParams({ q, person, place, since, until, area, near }: CheckinSearch) {
  return {
    q: q === '' ? undefined : q,
    actor: person,
    place,
    since: since && startOfDay(since, 0),
    until: until && startOfDay(until, 1),
    ...(area ?? around(near)),
  }
}

/** When a day begins where the person is, or one after it, as the API takes times. */
function startOfDay(day: string, daysLater: number): string | undefined {
  const start = new Date(`${day}T00:00`)
  start.setDate(start.getDate() + daysLater)
  return Number.isNaN(start.getTime()) ? undefined : start.toISOString()
}

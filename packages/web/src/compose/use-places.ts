import { keepPreviousData, type QueryClient, useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { cellBounds, cellOf, cellsAround } from '@waypost/places'
import { useMemo } from 'react'
import { ApiError, ask } from '../api.ts'
import { type LngLat, wrapLongitude } from '../map/mercator.ts'
import type { PlaceView } from '../views.ts'
import { keepCell, keptCell, keptPlaces } from './kept-cells.ts'
import { knownPlaces, type KnownPlace, rankAround, similarAround } from './rank-around.ts'

/**
 * Places to check in at. Where somebody is stays on the device: the server is asked for the cells around, each of about
 * a kilometre, and what is near, called like this and gone to often is found here. Only where that is little it is asked
 * by text, and told the middle of a cell. Without a connection the places are those that this device was told of before.
 */
export interface FoundPlaces {
  /** Best first. */
  readonly places: readonly PlaceView[]
  readonly status: 'idle' | 'loading' | 'failed' | 'ready'
  readonly fault: unknown
  /** What is shown answers what was typed before. */
  readonly isOld: boolean
  retry(): void
}

const PLACES_MAX = 50
/** Of a fuller cell the less important places are not fetched. */
const CELL_PAGES_MAX = 4
const KEPT_MS = 5 * 60_000
/** What the lexicon allows for one page. */
const CELL_PLACES_MAX = 500
const NONE: ReadonlyMap<string, number> = new Map()

export function usePlaces(text: string, at: LngLat | undefined): FoundPlaces {
  const cells = useCells(at)
  const visits = useHaunts()
  const here = useMemo(() => rankAround(cells.known, { text, at, visits }), [cells.known, text, at, visits])
  const isAsked = at === undefined ? text !== '' : cells.isSettled && here.isPoor
  const middle = useMiddle(at)
  const elsewhere = useQuery({
    queryKey: ['places', text, middle],
    queryFn: async ({ signal }) => {
      const asked = { ...(text === '' ? {} : { q: text }), ...middle, limit: PLACES_MAX }
      return orKept(
        async () => (await ask('app.waypost.place.search', asked, signal)).places,
        async () => amongKept(text, visits),
      )
    },
    enabled: isAsked,
    placeholderData: keepPreviousData,
  })
  const places = useMemo(() => {
    const found = isAsked ? (elsewhere.data ?? []) : []
    if (at === undefined) return found
    const ids = new Set(cells.known.map(({ place }) => place.id))
    const others = found.filter(({ id }) => !ids.has(id))
    if (others.length === 0) return here.places.slice(0, PLACES_MAX)
    const known = [...cells.known, ...knownPlaces(others, { isFound: true })]
    return rankAround(known, { text, at, visits }).places.slice(0, PLACES_MAX)
  }, [isAsked, elsewhere.data, at, cells.known, here, text, visits])

  const fault = cells.fault ?? (isAsked ? elsewhere.error : null)
  return {
    places,
    status: statusOf({
      isFetching: cells.isFetching || (isAsked && elsewhere.isFetching),
      isFailed: fault !== null,
      isReady: isAsked ? elsewhere.isSuccess : at !== undefined && cells.isSettled,
    }),
    fault,
    isOld: isAsked && elsewhere.isPlaceholderData,
    retry() {
      cells.retry()
      if (isAsked) void elsewhere.refetch()
    },
  }
}

/** Without a connection nothing is fetched and nothing fails: that is `idle`, and told elsewhere. */
function statusOf(state: { isFetching: boolean; isFailed: boolean; isReady: boolean }): FoundPlaces['status'] {
  if (state.isFetching) return 'loading'
  if (state.isFailed) return 'failed'
  return state.isReady ? 'ready' : 'idle'
}

/** The places nearest to a position, as far as the cells around have them. */
export function useNearest(at: LngLat, options: { readonly count: number; readonly isEnabled: boolean }) {
  const { known } = useCells(options.isEnabled ? at : undefined)
  return useMemo(
    () => rankAround(known, { text: '', at, visits: NONE }).places.slice(0, options.count),
    [known, at, options.count],
  )
}

/** Places that may be the one that somebody is about to add. */
export async function findSimilar(client: QueryClient, name: string, at: LngLat): Promise<readonly PlaceView[]> {
  const cells = cellsAt(at).map((cell) => client.fetchQuery(cellQuery(cell)))
  return similarAround((await Promise.all(cells)).flat(), name, at)
}

interface Cells {
  readonly known: readonly KnownPlace[]
  /** Each cell has come, or has failed. */
  readonly isSettled: boolean
  readonly isFetching: boolean
  /** Null where any came. */
  readonly fault: unknown
  retry(): void
}

function useCells(at: LngLat | undefined): Cells {
  return useQueries({ queries: at === undefined ? [] : cellsAt(at).map(cellQuery), combine })
}

function combine(results: UseQueryResult<readonly KnownPlace[]>[]): Cells {
  const failed = results.filter(({ isError }) => isError)
  return {
    known: results.flatMap(({ data }) => data ?? []),
    isFetching: results.some(({ isFetching }) => isFetching),
    isSettled: results.every(({ isPending }) => !isPending),
    fault: failed.length > 0 && failed.length === results.length ? failed[0]!.error : null,
    retry: () => failed.forEach(({ refetch }) => void refetch()),
  }
}

function cellsAt({ lat, lng }: LngLat): readonly string[] {
  return cellsAround(lat, wrapLongitude(lng))
}

function cellQuery(cell: string) {
  return {
    queryKey: ['cell', cell],
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const asked = async () => {
        const places = await allOf(cell, signal)
        void keepCell(cell, places)
        return places
      }
      return knownPlaces(await orKept(asked, () => keptCell(cell)), { isFound: false })
    },
    staleTime: KEPT_MS,
  }
}

/** What the server says, or else, where it cannot be reached, what this device has kept of it. */
async function orKept<Value>(asked: () => Promise<Value>, kept: () => Promise<Value | undefined>): Promise<Value> {
  try {
    return await asked()
  } catch (fault) {
    const isAway = fault instanceof ApiError && fault.status === 0
    const found = isAway ? await kept().catch(() => undefined) : undefined
    if (found === undefined) throw fault
    return found
  }
}

async function amongKept(text: string, visits: ReadonlyMap<string, number>): Promise<readonly PlaceView[]> {
  const known = knownPlaces(await keptPlaces(), { isFound: false })
  return rankAround(known, { text, at: undefined, visits }).places.slice(0, PLACES_MAX)
}

async function allOf(cell: string, signal: AbortSignal): Promise<readonly PlaceView[]> {
  const places: PlaceView[] = []
  let cursor: string | undefined
  for (let page = 0; page < CELL_PAGES_MAX; page++) {
    const answer = await ask('app.waypost.place.getByCell', { cell, cursor, limit: CELL_PLACES_MAX }, signal)
    places.push(...answer.places)
    cursor = answer.cursor
    if (cursor === undefined) break
  }
  return places
}

/** How often the person was where, of the places where they were most: asked without saying where they are. */
function useHaunts(): ReadonlyMap<string, number> {
  const { data } = useQuery({
    queryKey: ['haunts'],
    queryFn: ({ signal }) => ask('app.waypost.place.search', { limit: PLACES_MAX }, signal),
    staleTime: KEPT_MS,
  })
  return useMemo(() => {
    const visited = data?.places.filter(({ viewer }) => (viewer?.checkinCount ?? 0) > 0) ?? []
    return new Map(visited.map(({ id, viewer }) => [id, viewer!.checkinCount!]))
  }, [data])
}

/** The middle of the cell that a position is in: all that the server may know of it. */
function useMiddle(at: LngLat | undefined): { readonly latitude: string; readonly longitude: string } | undefined {
  const cell = at === undefined ? undefined : cellOf(at.lat, wrapLongitude(at.lng))
  return useMemo(() => {
    if (cell === undefined) return undefined
    const { north, south, east, west } = cellBounds(cell)
    return { latitude: ((north + south) / 2).toFixed(4), longitude: ((east + west) / 2).toFixed(4) }
  }, [cell])
}

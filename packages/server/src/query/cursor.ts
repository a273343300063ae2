import { ok, refuse, type Result } from '@waypost/kernel'

/** Where a page of a feed ended: what comes after it has a smaller (sort, id), or a greater one in rising feeds. */
export interface Keyset {
  readonly sort: number
  readonly id: number
}

/** Comes before everything in a falling list. */
export const NEWEST: Keyset = { sort: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER }

export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number
  /** As a page before gave it; absent for the first. */
  readonly cursor?: string | undefined
}

/** A page of ids. No cursor: it was the last one. */
export interface Skeleton {
  readonly ids: readonly number[]
  readonly cursor: string | undefined
}

/** Which list a cursor belongs to: one of another is refused. */
export type FeedTag =
  | 'global'
  | 'timeline'
  | 'actor'
  | 'place'
  | 'nearby'
  | 'comments'
  | 'actors'
  | 'places'
  | 'cell'
  | 'friends'
  | 'found'
  | 'crowns'
  | 'tips'
  | 'lists'
  | 'saved'

/** Raised when the meaning of what is inside changes. */
const CURSOR_VERSION = 1

/** Opaque to clients; base64url. */
export function writeCursor(tag: FeedTag, { sort, id }: Keyset): string {
  return Buffer.from(`${CURSOR_VERSION} ${tag} ${sort} ${id}`).toString('base64url')
}

export function readCursor(tag: FeedTag, cursor: string | undefined): Result<Keyset | undefined, 'InvalidCursor'> {
  if (cursor === undefined) return ok(undefined)
  if (cursor.length > 512 || !/^[A-Za-z0-9_-]+$/.test(cursor)) return refuse('InvalidCursor')
  const parts = /^(\d+) ([a-z]+) (\d{1,16}) (\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (!parts || Number(parts[1]) !== CURSOR_VERSION || parts[2] !== tag) return refuse('InvalidCursor')
  const keyset = { sort: Number(parts[3]), id: Number(parts[4]) }
  return Number.isSafeInteger(keyset.sort) && Number.isSafeInteger(keyset.id) ? ok(keyset) : refuse('InvalidCursor')
}

/** Makes a page of one row more than `limit`, which only tells that there is another page. */
export function skeletonOf(tag: FeedTag, rows: readonly Keyset[], limit: number): Skeleton {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    ids: page.map(({ id }) => id),
    cursor: rows.length > limit && last !== undefined ? writeCursor(tag, last) : undefined,
  }
}

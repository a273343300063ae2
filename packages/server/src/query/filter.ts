import type { Database } from 'better-sqlite3'
import { categoryOf } from '@waypost/lexicon/category-names'
import { boxesOf, type CircleArea } from './area.ts'
import type { Keyset } from './cursor.ts'
import { isWithin } from './nearby.ts'

/** What the global feed may be narrowed down to; all that is given must hold. */
export interface Filter {
  /** A category of the set, and everything below it. */
  readonly category?: string | undefined
  /** Primary subtag of a language of the text. */
  readonly lang?: string | undefined
  /** Only those with photos. */
  readonly photos?: boolean | undefined
  readonly near?: CircleArea | undefined
}

/**
 * A page looks through so many of the newest check-ins; where they hold too few, it ends early, with a cursor. They are
 * read from an index alone: some milliseconds.
 */
const LOOKED_THROUGH_MAX = 20_000

export interface FilterLimits {
  readonly lookedThrough: number
}

export interface FilteredRows {
  readonly rows: readonly Keyset[]
  /** Where the next page goes on when the rows do not tell; undefined where there is nothing more. */
  readonly next: Keyset | undefined
}

/** A category and what is below it, as a condition on a column. */
export function isInCategory(column: string): string {
  return `(${column} = :category or (${column} > :category || '.' and ${column} < :category || '/'))`
}

/** Newest first, before a keyset. Everything that is asked is in the index by time. */
export function prepareFiltered(
  db: Database,
  { lookedThrough }: FilterLimits = { lookedThrough: LOOKED_THROUGH_MAX },
): (filter: Filter, asked: Keyset & { readonly limit: number }) => FilteredRows {
  const before = 'hidden = 0 and live = 1 and (sort, id) < (:sort, :id)'
  const reach = db.prepare<Keyset & { count: number }, Keyset>(
    `select sort, id from checkin where ${before} order by sort desc, id desc limit 1 offset :count`,
  )
  const statements = new Map<string, ReturnType<typeof prepare>>()
  function prepare(conditions: readonly string[]) {
    return db.prepare<Record<string, unknown>, Keyset>(
      `select sort, id from checkin where ${[before, '(sort, id) > (:endSort, :endId)', ...conditions].join(' and ')}
       order by sort desc, id desc limit :limit`,
    )
  }
  return (filter, asked) => {
    const conditions = [
      ...(filter.category === undefined ? [] : [isInCategory('category')]),
      ...(filter.lang === undefined ? [] : ["instr(langs, '[' || :lang || ']') > 0"]),
      ...(filter.photos === true ? ['photos > 0'] : []),
      ...(filter.near === undefined ? [] : [isWithin('lat', 'lon')]),
    ]
    const key = conditions.join()
    const look = statements.get(key) ?? prepare(conditions)
    statements.set(key, look)
    const end = reach.get({ sort: asked.sort, id: asked.id, count: lookedThrough })
    const circle = filter.near
    const boxes = circle === undefined ? [{}] : boxesOf(circle)
    const rows = boxes
      .flatMap((box) =>
        look.all({
          ...asked,
          endSort: end?.sort ?? -1,
          endId: end?.id ?? -1,
          ...(filter.category !== undefined && { category: filter.category }),
          ...(filter.lang !== undefined && { lang: filter.lang }),
          ...(circle && { ...box, lat: circle.lat, lon: circle.lon, radius: circle.radius }),
        }),
      )
      .sort((a, b) => b.sort - a.sort || b.id - a.id)
      .slice(0, asked.limit)
    // The one that was looked at last is the first of what was not: a page goes on before the one after it.
    return { rows, next: end && { sort: end.sort, id: end.id + 1 } }
  }
}

export interface FilterParams {
  readonly category?: string | undefined
  readonly lang?: string | undefined
  readonly photos?: boolean | undefined
}

/** Undefined where a category or a language is none. */
export function readFilter({ category, lang, photos }: FilterParams): Omit<Filter, 'near'> | undefined {
  const known = category === undefined ? undefined : categoryOf(category)
  const primary = lang === undefined ? undefined : /^[A-Za-z]{2,3}(?=-|$)/.exec(lang)?.[0].toLowerCase()
  if ((category !== undefined && known === undefined) || (lang !== undefined && primary === undefined)) return undefined
  return { category: known, lang: primary, photos }
}

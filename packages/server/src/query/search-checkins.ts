import type { Database } from 'better-sqlite3'
import { matchText } from '#project/words.ts'
import { boxesOf, type Area } from './area.ts'
import type { Keyset } from './cursor.ts'
import { isInCategory } from './filter.ts'
import { isWithin } from './nearby.ts'

/** What check-ins are searched by; all that is given must hold, and one of the first four must be given. */
export interface CheckinSearch {
  /** Words of the check-in or of its place's name, the last one by its beginning. */
  readonly text?: string | undefined
  readonly person?: number | undefined
  /** Ids of places, as people name them. */
  readonly places?: readonly string[] | undefined
  readonly area?: Area | undefined
  readonly category?: string | undefined
  /** Milliseconds since 1970; `until` not included. */
  readonly since?: number | undefined
  readonly until?: number | undefined
}

/** Of what a text or an area holds, so many of those that came last are sorted; a search with more is narrowed down. */
const CANDIDATES_MAX = 20_000
/** A text names no more places than so many, the busiest of them. */
const PLACES_MAX = 500

/** Newest first, before a keyset; history and imports too. */
export function prepareSearchCheckins(
  db: Database,
): (search: CheckinSearch, asked: Keyset & { readonly limit: number }) => readonly Keyset[] {
  const statements = new Map<string, ReturnType<typeof prepare>>()
  function prepare(conditions: readonly string[]) {
    return db.prepare<Record<string, unknown>, Keyset>(
      `select sort, id from checkin where ${['hidden = 0', ...conditions, '(sort, id) < (:sort, :id)'].join(' and ')}
       order by sort desc, id desc limit :limit`,
    )
  }
  return (search, asked) => {
    const match = search.text === undefined ? undefined : matchText(search.text)
    if (search.text !== undefined && match === undefined) return []
    const conditions = [
      ...(search.person === undefined ? [] : ['person = :person']),
      ...(search.places === undefined
        ? []
        : ['place in (select id from place where key in (select value from json_each(:places)))']),
      ...(search.since === undefined ? [] : ['sort >= :since']),
      ...(search.until === undefined ? [] : ['sort < :until']),
      ...(search.category === undefined ? [] : [isInCategory('category')]),
      ...(match === undefined ? [] : [TEXT]),
      ...(search.area === undefined
        ? []
        : [search.person === undefined && match === undefined ? AREA : '1', isWithin('lat', 'lon')]),
    ]
    const key = conditions.join()
    const look = statements.get(key) ?? prepare(conditions)
    statements.set(key, look)
    const { area } = search
    const circle = area?.kind === 'circle' ? area : { lat: 0, lon: 0, radius: -1 }
    const given = {
      ...asked,
      ...(search.person !== undefined && { person: search.person }),
      ...(search.places !== undefined && { places: JSON.stringify(search.places) }),
      ...(search.since !== undefined && { since: search.since }),
      ...(search.until !== undefined && { until: search.until }),
      ...(search.category !== undefined && { category: search.category }),
      ...(match !== undefined && { match, named: matchText(search.text ?? '', 'each') }),
    }
    return (area === undefined ? [{}] : boxesOf(area).map((box) => ({ ...box, ...point(circle) })))
      .flatMap((box) => look.all({ ...given, ...box }))
      .sort((a, b) => b.sort - a.sort || b.id - a.id)
      .slice(0, asked.limit)
  }
}

function point({ lat, lon, radius }: { lat: number; lon: number; radius: number }) {
  return { lat, lon, radius }
}

const TEXT = `id in (
  select * from (select rowid from checkin_text where checkin_text match :match order by rowid desc limit ${CANDIDATES_MAX})
  union all select * from (select id from checkin where hidden = 0 and place in (
    select id from place where id in (select rowid from place_text where place_text match :named)
    order by checkin_count desc limit ${PLACES_MAX}) order by id desc limit ${CANDIDATES_MAX}))`

const AREA = `id in (
  select * from (select checkin.id from place_anchor anchor join checkin on checkin.place = anchor.id and stray = 0
    and checkin.hidden = 0 where anchor.north >= :south and anchor.south <= :north and anchor.east >= :west
    and anchor.west <= :east order by checkin.id desc limit ${CANDIDATES_MAX})
  union all select * from (select id from checkin_area where north >= :south and south <= :north and east >= :west
    and west <= :east order by id desc limit ${CANDIDATES_MAX}))`

import type { Database } from 'better-sqlite3'
import { boxesOf, type Area, type PlainBox } from './area.ts'
import type { Keyset } from './cursor.ts'

export interface NearbyLimits {
  /** An area with no more places is asked for the newest check-in of each. */
  readonly placesFew: number
  /** For a larger one so many of the newest check-ins of all are read first; past the last, it is asked all the same. */
  readonly newestFirst: number
  readonly newestLast: number
}

const LIMITS: NearbyLimits = { placesFew: 200, newestFirst: 500, newestLast: 32_000 }
const NEWEST_GROWTH = 8

const HOUR_MS = 3_600_000
/** How much further back each look at the strays of an area goes than the one before. */
const LOOK_GROWTH = 4

export interface NearbyAsked extends Keyset {
  readonly limit: number
}

type Where = PlainBox & { readonly lat: number; readonly lon: number; readonly radius: number }

/** A place with the sort time of its newest check-in before the keyset; null where there is none. */
interface Head {
  readonly place: number
  readonly newest: number | null
}

/**
 * The newest check-ins of an area before a keyset, newest first. Most stand exactly where their place was first said to
 * be: of these the places are looked for, and then the check-ins of the places with the newest. The others, strays,
 * have an index of their own. A large area is first looked for in the newest check-ins of all.
 */
export function prepareNearby(db: Database, limits = LIMITS): (area: Area, asked: NearbyAsked) => readonly Keyset[] {
  const newest = prepareNewest(db, limits)
  const places = preparePlaces(db)
  const strays = prepareStrays(db)
  return (area, asked) => {
    const { lat, lon, radius } = area.kind === 'circle' ? area : { lat: 0, lon: 0, radius: -1 }
    const wheres = boxesOf(area).map((box) => ({ ...box, lat, lon, radius }))
    const few = places.heads(wheres, asked, limits.placesFew + 1)
    const isAll = few.length <= limits.placesFew
    const found = isAll ? undefined : newest(wheres, asked)
    if (found !== undefined) return found
    const placed = places.newest(isAll ? few : places.heads(wheres, asked, -1), asked)
    const oldest = placed.length < asked.limit ? 0 : placed.at(-1)!.sort
    return merged([placed, strays(wheres, asked, oldest)], asked.limit)
  }
}

function merged(lists: readonly (readonly Keyset[])[], limit: number): readonly Keyset[] {
  const [first = [], ...others] = lists.filter(({ length }) => length > 0)
  if (others.length === 0) return first.slice(0, limit)
  return [first, ...others]
    .flat()
    .sort((a, b) => b.sort - a.sort || b.id - a.id)
    .slice(0, limit)
}

/** Distance: haversine in metres. */
export function isWithin(lat: string, lon: string): string {
  return `${lat} between :south and :north and ${lon} between :west and :east
    and (:radius < 0 or 12742017.6 * asin(min(1, sqrt(
      pow(sin(radians(${lat} - :lat) / 2), 2)
      + cos(radians(:lat)) * cos(radians(${lat})) * pow(sin(radians(${lon} - :lon) / 2), 2)
    ))) <= :radius)`
}

/** Answers only where it finds enough, or all that there is. */
function prepareNewest(db: Database, { newestFirst, newestLast }: NearbyLimits) {
  const before = 'hidden = 0 and (sort, id) < (:sort, :id)'
  const reach = db.prepare<Keyset & { count: number }, { sort: number }>(
    `select sort from checkin where ${before} order by sort desc, id desc limit 1 offset :count`,
  )
  const look = db.prepare<NearbyAsked & Where & { from: number }, Keyset>(
    `select sort, id from checkin where ${before} and sort >= :from and ${isWithin('checkin.lat', 'checkin.lon')}
     order by sort desc, id desc limit :limit`,
  )
  return (wheres: readonly Where[], asked: NearbyAsked): readonly Keyset[] | undefined => {
    for (let count = newestFirst; count <= newestLast; count *= NEWEST_GROWTH) {
      const from = reach.get({ sort: asked.sort, id: asked.id, count })?.sort
      const found = merged(
        wheres.map((where) => look.all({ ...asked, ...where, from: from ?? 0 })),
        asked.limit,
      )
      if (found.length === asked.limit || from === undefined) return found
    }
    return undefined
  }
}

function preparePlaces(db: Database) {
  const before = 'place = :place and stray = 0 and hidden = 0 and (sort, id) < (:sort, :id) order by sort desc, id desc'
  // The index rounds outwards to 32-bit floats; the row has the exact point.
  const heads = db.prepare<NearbyAsked & Where, Head>(
    `select place.id as place, (select sort from checkin where ${before.replace(':place', 'place.id')} limit 1) as newest
     from place_anchor anchor join place on place.id = anchor.id
     where anchor.north >= :south and anchor.south <= :north and anchor.east >= :west and anchor.west <= :east
       and ${isWithin('anchor_lat', 'anchor_lon')} limit :limit`,
  )
  const ofPlace = db.prepare<NearbyAsked & { place: number }, Keyset>(
    `select sort, id from checkin where ${before} limit :limit`,
  )
  return {
    /** Up to `limit` places; all of them for -1. */
    heads: (wheres: readonly Where[], { sort, id }: Keyset, limit: number): readonly Head[] =>
      wheres.flatMap((where) => heads.all({ ...where, sort, id, limit })),
    newest(all: readonly Head[], asked: NearbyAsked): readonly Keyset[] {
      let found: readonly Keyset[] = []
      for (const { place, newest } of all.toSorted((a, b) => (b.newest ?? -1) - (a.newest ?? -1))) {
        if (newest === null || (found.length === asked.limit && newest < found.at(-1)!.sort)) break
        found = merged([found, ofPlace.all({ ...asked, place })], asked.limit)
      }
      return found
    },
  }
}

/**
 * The index of strays knows no order in time, so it is asked for windows of time that grow backwards: a busy area is
 * answered by its last hours, a quiet one by ten questions that find little.
 */
function prepareStrays(db: Database) {
  const newest = db.prepare<[], { sort: number | null }>('select max(sort) as sort from checkin where hidden = 0')
  const look = db.prepare<NearbyAsked & Where & { from: number; until: number }, Keyset>(
    `select checkin.sort, checkin.id from checkin_area area join checkin on checkin.id = area.id
     where area.north >= :south and area.south <= :north and area.east >= :west and area.west <= :east
       and area.latest >= :from / 1000.0 and area.earliest <= :until / 1000.0
       and checkin.sort >= :from and checkin.sort <= :until and (checkin.sort, checkin.id) < (:sort, :id)
       and ${isWithin('checkin.lat', 'checkin.lon')}
     order by checkin.sort desc, checkin.id desc limit :limit`,
  )
  return (wheres: readonly Where[], asked: NearbyAsked, oldest: number): readonly Keyset[] => {
    const found: Keyset[] = []
    let until = Math.min(newest.get()?.sort ?? -1, asked.sort)
    for (let span = HOUR_MS; until >= oldest && found.length < asked.limit; span *= LOOK_GROWTH) {
      const from = Math.max(oldest, until - span)
      found.push(
        ...merged(
          wheres.map((where) => look.all({ ...asked, ...where, from, until })),
          asked.limit,
        ),
      )
      until = from - 1
    }
    return found
  }
}

import type { Database } from 'better-sqlite3'
import { ok, type Result } from '@waypost/kernel'
import { boxesOf, type Area, type PlainBox } from './area.ts'
import { readCursor, skeletonOf, type FeedTag, type Keyset, type PageRequest, type Skeleton } from './cursor.ts'

/** Pages of ids, newest first (comments: oldest first), under a keyset. What is hidden is in none of them. */
export interface Feeds {
  globalFeed(page: PageRequest): FeedPage
  /** `person` as of `Persons`. */
  actorFeed(person: number, page: PageRequest): FeedPage
  /** `placeKey`: a place's id. */
  placeFeed(placeKey: string, page: PageRequest): FeedPage
  nearbyFeed(area: Area, page: PageRequest): FeedPage
  /** Ids of comments on a check-in. */
  comments(checkin: number, page: PageRequest): FeedPage
}

export type FeedPage = Result<Skeleton, 'InvalidCursor'>

/** Comes before everything in a falling feed. */
const NEWEST: Keyset = { sort: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER }
/** Comes before everything in a rising one. */
const OLDEST: Keyset = { sort: -1, id: -1 }

export function prepareFeeds(db: Database): Feeds {
  const before = '(sort, id) < (:sort, :id) order by sort desc, id desc limit :limit'
  const global = db.prepare<Asked, Keyset>(`select sort, id from checkin where hidden = 0 and ${before}`)
  const actor = db.prepare<Asked & { person: number }, Keyset>(
    `select sort, id from checkin where person = :person and hidden = 0 and ${before}`,
  )
  const place = db.prepare<Asked & { key: string }, Keyset>(
    `select sort, id from checkin where place = (select id from place where key = :key) and hidden = 0 and ${before}`,
  )
  const comments = db.prepare<Asked & { checkin: number }, Keyset>(
    `select sort, id from comment where subject = :checkin and hidden = 0 and (sort, id) > (:sort, :id)
     order by sort, id limit :limit`,
  )
  const nearby = prepareNearby(db)

  function page(
    tag: FeedTag,
    { limit, cursor }: PageRequest,
    options: { readonly start: Keyset; readonly rows: (asked: Asked) => readonly Keyset[] },
  ): FeedPage {
    const from = readCursor(tag, cursor)
    if (!from.ok) return from
    const rows = options.rows({ ...(from.value ?? options.start), limit: limit + 1 })
    return ok(skeletonOf(tag, rows, limit))
  }

  return {
    globalFeed: (asked) => page('global', asked, { start: NEWEST, rows: (keyset) => global.all(keyset) }),
    actorFeed: (person, asked) =>
      page('actor', asked, { start: NEWEST, rows: (keyset) => actor.all({ ...keyset, person }) }),
    placeFeed: (key, asked) => page('place', asked, { start: NEWEST, rows: (keyset) => place.all({ ...keyset, key }) }),
    nearbyFeed: (area, asked) => page('nearby', asked, { start: NEWEST, rows: (keyset) => nearby(area, keyset) }),
    comments: (checkin, asked) =>
      page('comments', asked, { start: OLDEST, rows: (keyset) => comments.all({ ...keyset, checkin }) }),
  }
}

interface Asked extends Keyset {
  readonly limit: number
}

const HOUR_MS = 3_600_000
/** How much further back each look at an area goes than the one before. */
const LOOK_GROWTH = 4

type WindowAsked = Asked & PlainBox & { from: number; until: number; lat: number; lon: number; radius: number }

/**
 * The newest check-ins of an area. The index knows no order in time, so it is asked for windows of time that grow
 * backwards: a busy area is answered by its last hours, a quiet one by ten questions that find little.
 */
function prepareNearby(db: Database): (area: Area, asked: Asked) => readonly Keyset[] {
  const newest = db.prepare<[], { sort: number | null }>('select max(sort) as sort from checkin where hidden = 0')
  // The index rounds outwards to 32-bit floats; the row has the exact point. Distance: haversine in metres.
  const look = db.prepare<WindowAsked, Keyset>(
    `select checkin.sort, checkin.id from checkin_area area join checkin on checkin.id = area.id
     where area.north >= :south and area.south <= :north and area.east >= :west and area.west <= :east
       and area.latest >= :from / 1000.0 and area.earliest <= :until / 1000.0
       and checkin.lat between :south and :north and checkin.lon between :west and :east
       and checkin.sort >= :from and checkin.sort <= :until and (checkin.sort, checkin.id) < (:sort, :id)
       and (:radius < 0 or 12742017.6 * asin(min(1, sqrt(
         pow(sin(radians(checkin.lat - :lat) / 2), 2)
         + cos(radians(:lat)) * cos(radians(checkin.lat)) * pow(sin(radians(checkin.lon - :lon) / 2), 2)
       ))) <= :radius)
     order by checkin.sort desc, checkin.id desc limit :limit`,
  )
  return (area, asked) => {
    const boxes = boxesOf(area)
    const circle = area.kind === 'circle' ? area : { lat: 0, lon: 0, radius: -1 }
    const found: Keyset[] = []
    let until = Math.min(newest.get()?.sort ?? -1, asked.sort)
    for (let span = HOUR_MS; until >= 0 && found.length < asked.limit; span *= LOOK_GROWTH) {
      const from = Math.max(0, until - span)
      const { lat, lon, radius } = circle
      const rows = boxes.flatMap((box) => look.all({ ...asked, ...box, from, until, lat, lon, radius }))
      if (boxes.length > 1) rows.sort((a, b) => b.sort - a.sort || b.id - a.id)
      found.push(...rows)
      until = from - 1
    }
    return found.slice(0, asked.limit)
  }
}

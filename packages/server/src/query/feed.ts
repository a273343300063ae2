import type { Database } from 'better-sqlite3'
import { ok, refuse, type Result } from '@waypost/kernel'
import type { Area } from './area.ts'
import {
  NEWEST,
  readCursor,
  skeletonOf,
  writeCursor,
  type FeedTag,
  type Keyset,
  type PageRequest,
  type Skeleton,
} from './cursor.ts'
import { prepareFiltered, type Filter, type FilterLimits } from './filter.ts'
import { prepareNearby } from './nearby.ts'
import { prepareSearchCheckins, type CheckinSearch } from './search-checkins.ts'

/** Pages of ids, newest first (comments: oldest first), under a keyset. What is hidden is in none of them. */
export interface Feeds {
  /** Narrowed down by `filter`, a page may be short or empty and still have another after it. */
  globalFeed(page: PageRequest, filter?: Filter): FeedPage
  /** Check-ins of those whom a person follows, and their own, without those between whom a block stands. `person` as of `Persons`. */
  timeline(person: number, page: PageRequest): FeedPage
  /** `person` as of `Persons`. */
  actorFeed(person: number, page: PageRequest): FeedPage
  /** `ids`: all of one place. `photos`: only those with any. */
  placeFeed(ids: readonly string[], page: PageRequest, options?: { readonly photos?: boolean | undefined }): FeedPage
  nearbyFeed(area: Area, page: PageRequest): FeedPage
  /**
   * The newest check-in of each of those whom a person follows, as it was when the first page was asked for: whoever
   * checks in meanwhile keeps their line.
   */
  friendsLatest(person: number, page: PageRequest): FeedPage
  searchCheckins(search: CheckinSearch, page: PageRequest): FeedPage
  /** Ids of comments on a check-in. */
  comments(checkin: number, page: PageRequest): FeedPage
}

export type FeedPage = Result<Skeleton, 'InvalidCursor'>

/** Comes before everything in a rising one. */
const OLDEST: Keyset = { sort: -1, id: -1 }

/** Whose check-ins are in a person's timeline: themselves and those whom they follow, save where a block stands between. */
export const SEEN_AUTHORS = `
  select subject from follow where person = :person and hidden = 0 union select :person
  except select subject from block where person = :person and hidden = 0
  except select person from block where subject = :person and hidden = 0`

export function prepareFeeds(db: Database, limits?: FilterLimits): Feeds {
  const before = '(sort, id) < (:sort, :id) order by sort desc, id desc limit :limit'
  const global = db.prepare<Asked, Keyset>(`select sort, id from checkin where hidden = 0 and live = 1 and ${before}`)
  const actor = db.prepare<Asked & { person: number }, Keyset>(
    `select sort, id from checkin where person = :person and hidden = 0 and ${before}`,
  )
  // Of each person no more than a page: whoever has thousands of check-ins costs no more than whoever has fifty.
  const timeline = db.prepare<Asked & { person: number }, Keyset>(
    `with followed (person) as (${SEEN_AUTHORS})
     select sort, id from followed cross join checkin on checkin.id in
       (select id from checkin where person = followed.person and hidden = 0 and live = 1 and ${before})
     order by sort desc, id desc limit :limit`,
  )
  // The index keeps strays apart from the others.
  const ofPlace = (stray: 0 | 1): string =>
    `select * from (select sort, id from checkin where place = (select id from place where key = :key)
       and stray = ${stray} and hidden = 0 and ${before})`
  const place = db.prepare<Asked & { key: string }, Keyset>(
    `${ofPlace(0)} union all ${ofPlace(1)} order by sort desc, id desc limit :limit`,
  )
  const placePhotos = db.prepare<Asked & { key: string }, Keyset>(
    `select sort, id from checkin where place = (select id from place where key = :key) and hidden = 0 and photos > 0
       and ${before}`,
  )
  const comments = db.prepare<Asked & { checkin: number }, Keyset>(
    `select sort, id from comment where subject = :checkin and hidden = 0 and (sort, id) > (:sort, :id)
     order by sort, id limit :limit`,
  )
  const friends = db.prepare<Asked & { person: number; newest: number }, Keyset>(
    `with followed (person) as (select distinct subject from follow where person = :person and hidden = 0)
     select sort, id from followed cross join checkin on checkin.id = (
       select id from checkin where person = followed.person and hidden = 0 and id <= :newest
       order by sort desc, id desc limit 1)
     where ${before}`,
  )
  const newestId = db.prepare<[], number>('select id from subject_newest').pluck()
  const nearby = prepareNearby(db)
  const search = prepareSearchCheckins(db)
  const filtered = prepareFiltered(db, limits)

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
    globalFeed(asked, filter) {
      if (filter === undefined || Object.values(filter).every((value) => value === undefined || value === false)) {
        return page('global', asked, { start: NEWEST, rows: (keyset) => global.all(keyset) })
      }
      const from = readCursor('global', asked.cursor)
      if (!from.ok) return from
      const { rows, next } = filtered(filter, { ...(from.value ?? NEWEST), limit: asked.limit + 1 })
      const skeleton = skeletonOf('global', rows, asked.limit)
      return ok({ ...skeleton, cursor: skeleton.cursor ?? (next && writeCursor('global', next)) })
    },
    timeline: (person, asked) =>
      page('timeline', asked, { start: NEWEST, rows: (keyset) => timeline.all({ ...keyset, person }) }),
    actorFeed: (person, asked) =>
      page('actor', asked, { start: NEWEST, rows: (keyset) => actor.all({ ...keyset, person }) }),
    placeFeed: (ids, asked, { photos = false } = {}) =>
      page('place', asked, {
        start: NEWEST,
        // A check-in is at one place only, so that nothing comes twice.
        rows: (keyset) =>
          ids
            .flatMap((key) => (photos ? placePhotos : place).all({ ...keyset, key }))
            .sort((a, b) => b.sort - a.sort || b.id - a.id)
            .slice(0, keyset.limit),
      }),
    nearbyFeed: (area, asked) => page('nearby', asked, { start: NEWEST, rows: (keyset) => nearby(area, keyset) }),
    friendsLatest(person, asked) {
      // What has come since the first page has a larger id than anything that was there.
      const [own, since] = (asked.cursor ?? '').split('.')
      const from = readCursor('friends', asked.cursor === undefined ? undefined : own)
      if (!from.ok) return from
      const newest = since === undefined ? newestId.get()! : Number(since)
      if (!Number.isSafeInteger(newest)) return refuse('InvalidCursor')
      const rows = friends.all({ ...(from.value ?? NEWEST), newest, person, limit: asked.limit + 1 })
      const { ids, cursor } = skeletonOf('friends', rows, asked.limit)
      return ok({ ids, cursor: cursor && `${cursor}.${newest}` })
    },
    searchCheckins: (what, asked) => page('found', asked, { start: NEWEST, rows: (keyset) => search(what, keyset) }),
    comments: (checkin, asked) =>
      page('comments', asked, { start: OLDEST, rows: (keyset) => comments.all({ ...keyset, checkin }) }),
  }
}

interface Asked extends Keyset {
  readonly limit: number
}

import type { Database } from 'better-sqlite3'
import { assert, ok, type Result } from '@waypost/kernel'
import { DAY_MS, localDay, WEEK_MS, weekStart } from '#project/local-day.ts'
import { prepareCompare, prepareStays } from '#project/mayor.ts'
import { mayorAt, WINDOW_DAYS } from '#project/mayor-rule.ts'
import { NEWEST, readCursor, skeletonOf, type Keyset, type PageRequest } from './cursor.ts'
import type { PersonRow, Persons } from './person.ts'
import { LOOKED_BACK_MS, pointsOf, worth, type PointedVisit, type Points, type RuleId } from './points.ts'

export interface Mayor {
  readonly author: PersonRow
  /** Days of the last sixty. */
  readonly days: number
}

export interface Crown {
  /** A place's id. */
  readonly place: string
  readonly days: number
  /** When it was won, milliseconds since 1970. */
  readonly since: number
}

export interface Standing {
  readonly author: PersonRow
  readonly points: number
  readonly checkins: number
  readonly by: readonly { readonly rule: RuleId; readonly count: number; readonly points: number }[]
}

export interface Game {
  /**
   * Of a place, by all of its ids; `now` in milliseconds since 1970: days that are past count no more. Each id has a
   * crown of its own, and the one with the most days is the place's.
   */
  mayorOf(ids: readonly string[], now: number): Mayor | undefined
  /** Days of one person that count for a place's crown as of now, under the id where they have most. */
  crownDays(ids: readonly string[], of: { readonly person: number; readonly now: number }): number
  /** What a person is mayor of at that moment, won last first. */
  crownsOf(
    person: PersonRow,
    page: PageRequest & { readonly now: number },
  ): Result<{ readonly crowns: readonly Crown[]; readonly cursor: string | undefined }, 'InvalidCursor'>
  /**
   * The week (Monday to Sunday, UTC) of `now` among a person and those whom they follow (the 2,000 followed last);
   * most points first, up to 100.
   */
  leaderboard(
    person: PersonRow,
    now: number,
  ): { readonly start: number; readonly end: number; readonly standings: readonly Standing[] }
  /** What a visible check-in is worth. */
  points(checkin: number): Points | undefined
}

/** A board has so many lines. */
const STANDINGS_MAX = 100
/** Whoever follows more is compared with those whom they followed last, by record key. */
const FOLLOWED_MAX = 2_000

interface VisitRow {
  readonly id: number
  readonly sort: number
  readonly zone: number | null
  readonly place: number | null
  readonly category: string | null
  readonly lat: number | null
  readonly lon: number | null
  readonly lived: 0 | 1
}

export function prepareGame(db: Database, persons: Pick<Persons, 'personById'>): Game {
  const staysAt = prepareStays(db)
  const compare = prepareCompare(db)
  const placeRow = db.prepare<[string], { id: number; lon: number | null }>(
    'select id, anchor_lon as lon from place where key = ?',
  )
  const reigns = db.prepare<Keyset & { person: number; limit: number }, Keyset & { place: string; lon: number | null }>(
    `select since as sort, mayorship.place as id, key as place, anchor_lon as lon
     from mayorship join place on place.id = mayorship.place
     where mayorship.person = :person and until is null and (since, mayorship.place) < (:sort, :id)
     order by since desc, mayorship.place desc limit :limit`,
  )
  const active = db.prepare<{ person: number; from: number; until: number }, { person: number }>(
    `with followed (person) as (select subject from (select subject from follow where person = :person and hidden = 0
       order by rkey desc limit ${FOLLOWED_MAX}) union select :person)
     select person from followed where exists (select 1 from checkin
       where person = followed.person and hidden = 0 and sort >= :from and sort < :until and lived = 1)`,
  )
  const visits = db.prepare<{ person: number; from: number; until: number }, VisitRow>(
    `select id, sort, zone, place, category, lat, lon, lived from checkin
     where person = :person and hidden = 0 and sort >= :from and sort < :until order by sort, id`,
  )
  const wasAt = db
    .prepare<[number, number, number], 1>(
      'select 1 from checkin where person = ? and place = ? and hidden = 0 and sort < ? limit 1',
    )
    .pluck()
  // Found at once where the kind is an old one of theirs; for a new one their index is read through.
  const wasAtSuch = db
    .prepare<[number, string, number], 1>(
      'select 1 from checkin where person = ? and category = ? and hidden = 0 and sort < ? limit 1',
    )
    .pluck()
  const photos = db.prepare<[number], number>('select photos from checkin where id = ?').pluck()
  const friends = db
    .prepare<[number], number>(
      `select companion.person from companion join checkin on checkin.id = companion.checkin
       join follow on follow.person = checkin.person and follow.subject = companion.person and follow.hidden = 0
       where companion.checkin = ? and exists (select 1 from acceptance
         where subject = companion.checkin and acceptance.person = companion.person and acceptance.hidden = 0)
       group by companion.person order by companion.person`,
    )
    .pluck()
  const authorOf = db.prepare<[number], { person: number; sort: number }>(
    'select person, sort from checkin where id = ? and hidden = 0',
  )

  /** Of a check-in that can earn something, what else is on it. */
  function pointed(row: VisitRow, from: number): PointedVisit {
    const { id, sort, zone, place, category, lat, lon } = row
    const looks = row.lived === 1 && sort >= from
    return {
      id,
      sort,
      zone,
      place,
      category,
      lat: lat ?? 0,
      lon: lon ?? 0,
      hasPoint: lat !== null,
      lived: row.lived === 1,
      photos: looks ? photos.get(id)! : 0,
      friends: looks ? friends.all(id) : [],
    }
  }

  /** What a person's visits between two moments are worth, without reading all that they ever told. */
  function earned(person: number, { from, until }: { readonly from: number; readonly until: number }) {
    const since = from - LOOKED_BACK_MS
    const rows = visits.all({ person, from: since, until })
    const places = new Set(rows.flatMap(({ place }) => place ?? []))
    const categories = new Set(rows.flatMap(({ category }) => category ?? []))
    const points = pointsOf(
      // The days before tell what was earned once a day already, in whatever zone.
      rows.map((row) => pointed(row, from - 2 * DAY_MS)),
      {
        places: [...places].filter((place) => wasAt.get(person, place, since) !== undefined),
        categories: [...categories].filter((category) => wasAtSuch.get(person, category, since) !== undefined),
      },
    )
    return points.filter(({ sort }) => sort >= from)
  }

  /** Among all, or with nobody but `person` ever there. */
  function mayorNow(place: number, lon: number | null, now: number, person?: number) {
    const stays = staysAt(place, { from: now - (WINDOW_DAYS + 2) * DAY_MS })
    const counted = person === undefined ? stays : stays.filter((stay) => stay.person === person)
    return mayorAt(counted, localDay({ sort: now, zone: null, lon }), compare)
  }

  /** Of the ids of one place, most days first. */
  function crownsAt(ids: readonly string[], now: number, person?: number) {
    const crowns = ids.flatMap((key) => {
      const row = placeRow.get(key)
      return (row && mayorNow(row.id, row.lon, now, person)) ?? []
    })
    return crowns.sort((a, b) => b.days - a.days)
  }

  return {
    mayorOf(ids, now) {
      const [mayor] = crownsAt(ids, now)
      if (mayor === undefined) return undefined
      const author = persons.personById(mayor.person)
      assert(author !== undefined, 'a mayor has a row')
      return { author, days: mayor.days }
    },
    crownDays: (ids, { person, now }) => crownsAt(ids, now, person)[0]?.days ?? 0,
    crownsOf({ id }, { limit, cursor, now }) {
      const from = readCursor('crowns', cursor)
      if (!from.ok) return from
      const rows = reigns.all({ ...(from.value ?? NEWEST), person: id, limit: limit + 1 })
      const crowns = rows.slice(0, limit).flatMap((row) => {
        const mayor = mayorNow(row.id, row.lon, now)
        return mayor?.person === id ? [{ place: row.place, days: mayor.days, since: row.sort }] : []
      })
      return ok({ crowns, cursor: skeletonOf('crowns', rows, limit).cursor })
    },
    leaderboard({ id }, now) {
      const start = weekStart(now)
      const end = start + WEEK_MS
      const standings = active.all({ person: id, from: start, until: end }).flatMap(({ person }): Standing[] => {
        const author = persons.personById(person)
        const all = earned(person, { from: start, until: end })
        const rules = Map.groupBy(
          all.flatMap(({ by }) => by),
          (rule) => rule,
        )
        const by = [...rules].map(([rule, each]) => ({ rule, count: each.length, points: worth(each) }))
        const points = by.reduce((sum, each) => sum + each.points, 0)
        return author === undefined
          ? []
          : [{ author, points, checkins: all.filter((each) => each.by.length > 0).length, by }]
      })
      const ranked = standings.sort((a, b) => b.points - a.points || (a.author.did < b.author.did ? -1 : 1))
      return { start, end, standings: ranked.slice(0, STANDINGS_MAX) }
    },
    points(checkin) {
      const row = authorOf.get(checkin)
      if (row === undefined) return undefined
      // The day after may hold what contradicts it.
      return earned(row.person, { from: row.sort, until: row.sort + DAY_MS }).find(({ id }) => id === checkin)
    },
  }
}

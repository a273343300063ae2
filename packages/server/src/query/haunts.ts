import type { Database } from 'better-sqlite3'
import type { Did } from '@waypost/kernel'

/** A place where somebody checked in. */
export interface Haunt {
  /** The place's id. */
  readonly key: string
  readonly name: string
  /** The person's own visible check-ins there. */
  readonly visits: number
  /** Where it was first said to be, degrees; null where that was not said. */
  readonly lat: number | null
  readonly lon: number | null
}

/** Of a person's places, so many of those where they were most often move up in a search. */
const HAUNTS_MAX = 1_000

/** Where a person was, most often first, then latest first. */
export function prepareHaunts(db: Database): (person: Did) => readonly Haunt[] {
  const haunts = db.prepare<[string], Haunt>(
    `select key, name, visits, anchor_lat as lat, anchor_lon as lon
     from (select place as id, count(*) as visits, max(sort) as last from checkin
       where person = (select id from person where did = ?) and place is not null and hidden = 0
       group by place order by visits desc, last desc limit ${HAUNTS_MAX})
     join place using (id) where described is not null order by visits desc, last desc, id`,
  )
  return (person) => haunts.all(person)
}

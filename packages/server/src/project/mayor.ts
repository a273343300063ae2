import type { Database } from 'better-sqlite3'
import { changesOf, CONTRADICTION_MS, isPossible, WINDOW_DAYS, type Spot, type Stay } from './mayor-rule.ts'
import { DAY_MS } from './local-day.ts'
import type { Projection, Register } from './projection.ts'

/**
 * In: visits that come and go. Out: `mayorship`, who was mayor of which place from when to when; winning and losing one
 * are its rows. They follow from the visits that stand, whatever came first, so a place is decided once a batch, and
 * once for all at the end of a rebuild.
 */

export const mayorProjection: Projection = {
  name: 'mayor',
  version: 1,
  schema: `
create table mayorship (
  place integer not null,
  -- Moments of the visits that decided, milliseconds since 1970.
  since integer not null,
  until integer,
  person integer not null,
  primary key (place, since)
) strict, without rowid;
create index mayorship_by_person on mayorship (person, since);`,
  collections: [],
  prepare: () => ({ put() {}, remove() {}, held: () => [] }),
  complete: decideAll,
  digest: [
    `select place.key, since, until, did from mayorship join place on place.id = place
     join person on person.id = person order by place.key, since`,
  ],
}

export interface Mayors extends Register {
  /** A visit has come, gone, or is seen from now on or no more; while its row says so or is gone. */
  touch(visit: Touched): void
}

export interface Touched {
  readonly id: number
  readonly person: number
  readonly place: number | null
  readonly sort: number
  readonly lat: number | null
  readonly lon: number | null
  readonly lived: 0 | 1
}

/** So many are remembered from batch to batch, at about 40 bytes each; past it remembering begins anew. */
const BELIEVED_MAX = 500_000

export function prepareMayors(db: Database, options: { readonly building: boolean }): Mayors {
  /** Whether a check-in can have been made, by its id; forgotten when one near it in time comes or goes. */
  const believed = new Map<number, boolean>()
  const staysAt = prepareStays(db, believed)
  const neighbours = db.prepare<[number, number, number], Spot & { id: number; place: number | null }>(
    `select id, place, sort, lat, lon from checkin
     where person = ? and hidden = 0 and sort >= ? and sort <= ? and lived = 1 and lat is not null`,
  )
  const before = db.prepare<[number, number], { person: number; since: number }>(
    'select person, since from mayorship where place = ? and since < ? order by since desc limit 1',
  )
  const forget = db.prepare<[number, number]>('delete from mayorship where place = ? and since >= ?')
  const end = db.prepare<[number | null, number, number]>(
    'update mayorship set until = ? where place = ? and since = ?',
  )
  const insert = db.prepare(INSERT)
  const compare = prepareCompare(db)
  /** Places to decide, and from which moment on: the earliest that changed. */
  const open = new Map<number, number>()

  function mark(place: number, sort: number): void {
    const known = open.get(place)
    if (known === undefined || sort < known) open.set(place, sort)
  }

  function decide(place: number, from: number): void {
    const last = before.get(place, from)
    forget.run(place, from)
    const stays = staysAt(place, { from: from - (WINDOW_DAYS + 2) * DAY_MS })
    let since = last?.since
    for (const change of changesOf(stays, { from, mayor: last?.person, compare })) {
      if (since !== undefined) end.run(change.since, place, since)
      insert.run(place, change.since, null, change.person)
      since = change.since
    }
    // The last one reigns on, until a visit decides otherwise.
    if (since !== undefined) end.run(null, place, since)
  }

  return {
    touch({ id, person, place, sort, lat, lon, lived }) {
      if (options.building || lived === 0) return
      believed.delete(id)
      if (place !== null) mark(place, sort)
      if (lat === null || lon === null) return
      for (const near of neighbours.all(person, sort - CONTRADICTION_MS, sort + CONTRADICTION_MS)) {
        // What it does not contradict is as likely as before.
        if (isPossible({ sort, lat, lon }, near)) continue
        believed.delete(near.id)
        if (near.place !== null) mark(near.place, near.sort)
      }
    },
    settle() {
      for (const [place, from] of open) decide(place, from)
      open.clear()
      if (believed.size > BELIEVED_MAX) believed.clear()
    },
    reset() {
      open.clear()
      believed.clear()
    },
  }
}

const INSERT = 'insert into mayorship (place, since, until, person) values (?, ?, ?, ?)'
/** So many rows by number are gone through at once. */
const PLACES_AT_ONCE = 512
const PEOPLE_AT_ONCE = 512

/** What deciding each place gives, by going through the check-ins once by person and once by place. */
function decideAll(db: Database): void {
  const insert = db.prepare(INSERT)
  const compare = prepareCompare(db)
  const doubted = doubtedStays(db)
  const stays = db.prepare<[number, number], Stay & { readonly id: number; readonly place: number }>(
    `select place, id, person, sort, zone, lon from checkin
     where place >= ? and place < ? and hidden = 0 and lived = 1 order by place, sort, id`,
  )
  const newest = db.prepare<[], number | null>('select max(id) from place').pluck().get() ?? 0
  for (let first = 1; first <= newest; first += PLACES_AT_ONCE) {
    for (const [place, all] of Map.groupBy(stays.all(first, first + PLACES_AT_ONCE), (stay) => stay.place)) {
      const believed = all.filter(({ id }) => !doubted.has(id))
      const changes = changesOf(believed, { from: 0, mayor: undefined, compare })
      changes.forEach(({ since, person }, nth) => insert.run(place, since, changes[nth + 1]?.since ?? null, person))
    }
  }
}

/** The stays that cannot have been made, each because of another one of the same person. */
function doubtedStays(db: Database): ReadonlySet<number> {
  const doubted = new Set<number>()
  const spots = db.prepare<[number, number], Spot & { readonly id: number; readonly person: number }>(
    `select person, id, sort, lat, lon from checkin
     where person >= ? and person < ? and hidden = 0 and lived = 1 and lat is not null order by person, sort`,
  )
  const newest = db.prepare<[], number | null>('select max(id) from person').pluck().get() ?? 0
  for (let first = 1; first <= newest; first += PEOPLE_AT_ONCE) {
    const rows = spots.all(first, first + PEOPLE_AT_ONCE)
    for (const [nth, one] of rows.entries()) {
      for (let later = nth + 1; later < rows.length; later++) {
        const other = rows[later]!
        if (other.person !== one.person || other.sort - one.sort > CONTRADICTION_MS) break
        if (!isPossible(one, other)) doubted.add(one.id).add(other.id)
      }
    }
  }
  return doubted
}

/** By DID: the same on every replica, unlike the ids of people. */
export function prepareCompare(db: Database): (a: number, b: number) => number {
  const did = db.prepare<[number], string>('select did from person where id = ?').pluck()
  return (a, b) => (did.get(a)! < did.get(b)! ? -1 : 1)
}

interface StayRow extends Stay {
  readonly id: number
  readonly lat: number | null
}

/** The plausible stays at a place from a moment on, in order of time. */
export function prepareStays(
  db: Database,
  believed?: Map<number, boolean>,
): (place: number, range: { readonly from: number }) => readonly Stay[] {
  const stays = db.prepare<[number, number], StayRow>(
    `select id, person, sort, zone, lat, lon from checkin where place = ? and hidden = 0 and lived = 1 and sort >= ?
     order by sort, id`,
  )
  const around = db.prepare<
    [number, number, number],
    { id: number; sort: number; lat: number | null; lon: number | null }
  >(`select id, sort, lat, lon from checkin where person = ? and hidden = 0 and sort >= ? and sort <= ? and lived = 1`)
  function isPlausible({ id, person, sort, lat, lon }: StayRow): boolean {
    if (lat === null || lon === null) return true
    return around
      .all(person, sort - CONTRADICTION_MS, sort + CONTRADICTION_MS)
      .every((other) => other.id === id || other.lat === null || isPossible({ sort, lat, lon }, other as Spot))
  }
  function isBelieved(stay: StayRow): boolean {
    const known = believed?.get(stay.id)
    if (known !== undefined) return known
    const is = isPlausible(stay)
    believed?.set(stay.id, is)
    return is
  }
  return (place, { from }) => stays.all(place, from).filter(isBelieved)
}

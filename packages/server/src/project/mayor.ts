import type { Database } from 'better-sqlite3'
import {
  changesOf,
  CONTRADICTION_MS,
  enterAll,
  isPossible,
  openBook,
  WINDOW_DAYS,
  type Book,
  type Change,
  type Spot,
  type Stay,
} from './mayor-rule.ts'
import { DAY_MS } from './local-day.ts'
import type { Projection, Register } from './projection.ts'

/**
 * In: visits that come and go. Out: `mayorship`, who was mayor of which place from when to when; winning and losing one
 * are its rows. They follow from the visits that stand, whatever came first, so a place is decided once a batch, and
 * once for all at the end of a rebuild.
 */

export const mayorProjection: Projection = {
  name: 'mayor',
  version: 2,
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
  /** A visit has come, or is seen from now on; while its row says so. */
  come(visit: Touched & Pick<Stay, 'zone'>): void
  /** A visit has gone, or is seen no more; while its row says so or is gone. */
  go(visit: Touched): void
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
/** So many stays stand in books from batch to batch, at about 200 bytes each; past it remembering begins anew. */
const BOOKED_MAX = 200_000

/** A place to decide. */
interface Opened {
  /** The earliest moment that changed. */
  from: number
  /** All that changed, where nothing did but that these came. */
  come: StayRow[] | undefined
}

/** What is remembered of a place that was decided: stays that come after all others need only be entered. */
interface Reign {
  readonly book: Book
  /** Decided up to this moment: of the last stay in the book, or just before the one from which it was opened. */
  through: number
  last: Change | undefined
}

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
  const open = new Map<number, Opened>()
  const reigns = new Map<number, Reign>()
  let booked = 0

  function mark(place: number, from: number, come?: StayRow): void {
    const known = open.get(place)
    if (known === undefined) {
      open.set(place, { from, come: come && [come] })
      return
    }
    if (from < known.from) known.from = from
    if (come === undefined) known.come = undefined
    else known.come?.push(come)
  }

  /** As it stood before a moment: what was decided from then on is undone. */
  function reignBefore(place: number, from: number): Reign {
    const last = before.get(place, from)
    // The last one reigns on, until a visit decides otherwise.
    if (forget.run(place, from).changes > 0 && last !== undefined) end.run(null, place, last.since)
    const reign = { book: openBook(compare), through: from - 1, last }
    reigns.set(place, reign)
    return reign
  }

  function decide(place: number, { from, come }: Opened): void {
    const known = reigns.get(place)
    const isNext = known !== undefined && known.through < from
    const reign = isNext ? known : reignBefore(place, from)
    const stays =
      isNext && come !== undefined
        ? come.filter(({ id }) => believed.get(id)).toSorted((a, b) => a.sort - b.sort || a.id - b.id)
        : staysAt(place, { from: isNext ? from : from - (WINDOW_DAYS + 2) * DAY_MS })
    for (const change of enterAll(reign.book, stays, { from, mayor: reign.last?.person })) {
      if (reign.last !== undefined) end.run(change.since, place, reign.last.since)
      insert.run(place, change.since, null, change.person)
      reign.last = change
    }
    reign.through = Math.max(reign.through, stays.at(-1)?.sort ?? reign.through)
    booked += stays.length
  }

  /** The person's other visits that a visit contradicts; those where they were are to be decided anew. */
  function contradicted({ id, person, sort, lat, lon }: Touched): readonly { readonly id: number }[] {
    if (lat === null || lon === null) return []
    const found = neighbours
      .all(person, sort - CONTRADICTION_MS, sort + CONTRADICTION_MS)
      .filter((near) => near.id !== id && !isPossible({ sort, lat, lon }, near))
    for (const near of found) if (near.place !== null) mark(near.place, near.sort)
    return found
  }

  function forgetReigns(): void {
    reigns.clear()
    booked = 0
  }

  return {
    come(visit) {
      if (options.building || visit.lived === 0) return
      const others = contradicted(visit)
      for (const { id } of others) believed.set(id, false)
      believed.set(visit.id, others.length === 0)
      if (visit.place !== null) mark(visit.place, visit.sort, visit)
    },
    go(visit) {
      if (options.building || visit.lived === 0) return
      for (const { id } of contradicted(visit)) believed.delete(id)
      believed.delete(visit.id)
      if (visit.place !== null) mark(visit.place, visit.sort)
    },
    settle() {
      for (const [place, opened] of open) decide(place, opened)
      open.clear()
      if (believed.size > BELIEVED_MAX) believed.clear()
      if (booked > BOOKED_MAX) forgetReigns()
    },
    reset() {
      open.clear()
      believed.clear()
      forgetReigns()
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
  const isPlausible = preparePlausible(db)
  function isBelieved(stay: StayRow): boolean {
    const known = believed?.get(stay.id)
    if (known !== undefined) return known
    const is = isPlausible(stay)
    believed?.set(stay.id, is)
    return is
  }
  return (place, { from }) => stays.all(place, from).filter(isBelieved)
}

/** Whether no other check-in of the same person contradicts a stay; one that says no position is never contradicted. */
export function preparePlausible(db: Database): (stay: Omit<StayRow, 'zone'>) => boolean {
  const around = db.prepare<
    [number, number, number],
    { id: number; sort: number; lat: number | null; lon: number | null }
  >(`select id, sort, lat, lon from checkin where person = ? and hidden = 0 and sort >= ? and sort <= ? and lived = 1`)
  return ({ id, person, sort, lat, lon }) => {
    if (lat === null || lon === null) return true
    return around
      .all(person, sort - CONTRADICTION_MS, sort + CONTRADICTION_MS)
      .every((other) => other.id === id || other.lat === null || isPossible({ sort, lat, lon }, other as Spot))
  }
}

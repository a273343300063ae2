import type { Database } from 'better-sqlite3'
import { decode } from '@atcute/cbor'
import { DAY_MS, localDay } from '#project/local-day.ts'
import { readVisit, type Address } from '#project/read-checkin.ts'
import { REVEALED } from './checkin.ts'
import type { PersonRow } from './person.ts'
import { streakOf, type Streak } from './streak.ts'

/** What a person's check-ins come to, imported ones too; those that a viewer may not see are no part of it. */
export interface Stats {
  readonly checkins: number
  /** Different calendar days, where they were. */
  readonly days: number
  /** Sort times, milliseconds since 1970. */
  readonly first: number | undefined
  readonly last: number | undefined
  readonly streak: Streak
  /** Most check-ins first. */
  readonly categories: readonly Counted<string>[]
  readonly countries: readonly Counted<string>[]
  readonly cities: readonly Counted<City>[]
}

export interface City {
  readonly name: string
  readonly country: string
}

export interface Counted<What> {
  readonly what: What
  readonly checkins: number
  readonly places: number
  /** Sort time of the first visit. */
  readonly first: number
}

export interface Histories {
  /** `now`: milliseconds since 1970. `maySee` is asked of check-ins that their author put labels on. */
  stats(
    person: PersonRow,
    options: { readonly now: number; readonly maySee: (labels: readonly string[]) => boolean },
  ): Stats
  /** Ids of a person's check-ins on this day of the year in earlier years, newest first; up to 100. */
  onThisDay(person: PersonRow, now: number): readonly number[]
}

interface Row {
  readonly id: number
  readonly sort: number
  readonly zone: number | null
  readonly place: number | null
  readonly country: string | null
  readonly category: string | null
  readonly lon: number | null
}

const ON_THIS_DAY_MAX = 100
/** Cities and categories beyond are not named. */
const NAMED_MAX = 200

export function prepareHistories(db: Database): Histories {
  // All from one index, in the order of time.
  const rows = db.prepare<[number], Row>(
    'select id, sort, zone, place, country, category, lon from checkin where person = ? and hidden = 0 order by sort, id',
  )
  // Labels stand in the record alone. The name of the field tells the few records that have some from the others.
  const labelled = db.prepare<[number], { id: number; collection: string; record: Uint8Array }>(
    `select checkin.id, collection, record from checkin join subject on subject.id = checkin.id
     where checkin.person = ? and hidden = 0 and instr(record, cast('labels' as blob)) > 0`,
  )
  const body = db
    .prepare<[number], string>(
      'select body from place join place_description on place_description.id = described where place.id = ?',
    )
    .pluck()

  function cityOf(place: number): City | undefined {
    const said = body.get(place)
    const { locality, country } =
      said === undefined ? {} : ((JSON.parse(said) as { address?: Address }).address ?? ({} as Partial<Address>))
    return locality === undefined || country === undefined
      ? undefined
      : { name: locality, country: country.toUpperCase() }
  }

  return {
    stats({ id }, { now, maySee }) {
      const unseen = new Set(
        labelled.all(id).flatMap((row) => {
          const visit = readVisit(row.collection, decode(row.record), REVEALED)
          return visit === undefined || maySee(visit.labels) ? [] : [row.id]
        }),
      )
      const all = rows.all(id).filter((row) => !unseen.has(row.id))
      const days = all.map(localDay)
      const [categories, countries, cities] = [book<string>(), book<string>(), book<City>()]
      const known = new Map<number, City | undefined>()
      for (const { sort, place, country, category } of all) {
        if (category !== null) categories.add(category, category, { sort, place })
        if (country !== null) countries.add(country, country, { sort, place })
        if (place === null) continue
        if (!known.has(place)) known.set(place, cityOf(place))
        const city = known.get(place)
        if (city !== undefined) cities.add(`${city.country} ${city.name}`, city, { sort, place })
      }
      const last = all.at(-1)
      return {
        checkins: all.length,
        days: new Set(days).size,
        first: all[0]?.sort,
        last: last?.sort,
        streak: streakOf(days, localDay({ sort: now, zone: last?.zone ?? null, lon: last?.lon ?? null })),
        categories: categories.list(),
        countries: countries.list(),
        cities: cities.list(),
      }
    },
    onThisDay({ id }, now) {
      const all = rows.all(id)
      const last = all.at(-1)
      const today = yearDay(localDay({ sort: now, zone: last?.zone ?? null, lon: last?.lon ?? null }))
      return all
        .filter((row) => {
          const day = yearDay(localDay(row))
          return day.year < today.year && day.rest === today.rest
        })
        .map((row) => row.id)
        .toReversed()
        .slice(0, ON_THIS_DAY_MAX)
    },
  }
}

function yearDay(day: number): { readonly year: number; readonly rest: string } {
  const text = new Date(day * DAY_MS).toISOString()
  return { year: Number(text.slice(0, 4)), rest: text.slice(5, 10) }
}

function book<What>() {
  const entries = new Map<string, { what: What; checkins: number; places: Set<number | null>; first: number }>()
  return {
    add(key: string, what: What, { sort, place }: { readonly sort: number; readonly place: number | null }): void {
      const entry = entries.get(key) ?? { what, checkins: 0, places: new Set(), first: sort }
      entries.set(key, entry)
      entry.checkins++
      if (place !== null) entry.places.add(place)
    },
    list: (): readonly Counted<What>[] =>
      [...entries]
        .sort(([a, as], [b, bs]) => bs.checkins - as.checkins || (a < b ? -1 : 1))
        .slice(0, NAMED_MAX)
        .map(([, { what, checkins, places, first }]) => ({ what, checkins, places: places.size, first })),
  }
}

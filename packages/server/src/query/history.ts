import type { Database } from 'better-sqlite3'
import { decode } from '@atcute/cbor'
import { DAY_MS, localDay } from '#project/local-day.ts'
import { readVisit, type Address } from '#project/read-checkin.ts'
import type { Committed } from '#project/batch.ts'
import { REVEALED } from './checkin.ts'
import { createHeld } from './held.ts'
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

/** A person's check-ins by time and place. */
export interface History {
  /** Years with check-ins, the first one first. */
  readonly years: readonly { readonly year: number; readonly checkins: number }[]
  /** Days of the year that was asked for, counted from 1 January 1970, in order; none where none was. */
  readonly days: readonly { readonly day: number; readonly checkins: number }[]
  /** Where they were, that year or ever, most check-ins first; in degrees, those near each other put together. */
  readonly points: readonly HistoryPoint[]
}

export interface HistoryPoint {
  readonly lat: number
  readonly lon: number
  readonly checkins: number
}

export interface Asked {
  /** Asked of check-ins that their author put labels on. */
  readonly maySee: (labels: readonly string[]) => boolean
}

export interface Histories {
  /** `now`: milliseconds since 1970. */
  stats(person: PersonRow, options: Asked & { readonly now: number }): Stats
  /** Days and years are those where the person was. */
  history(person: PersonRow, options: Asked & { readonly year?: number | undefined }): History
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
  readonly lat: number | null
  readonly lon: number | null
}

/** What is asked of one person again and again: all of their visible check-ins, in the order of time. */
interface Told {
  readonly rows: readonly Row[]
  /** Labels that stand on some, by id. */
  readonly labels: ReadonlyMap<number, readonly string[]>
  /** Answers to whoever sees all of it, by the year that was asked for: of years that have any alone. */
  readonly histories: Map<number | undefined, History>
}

/** Of people who were looked at lately, at some 150 bytes for each of their check-ins. */
const HELD_MAX = 100
/** Of a map; where there are more, those near each other are put together more coarsely, and then the least are left out. */
const POINTS_MAX = 1_000
/** By which coordinates are put together: about 100 m, 1 km, 10 km, 100 km. */
const DECIMALS = [3, 2, 1, 0] as const
/** More than there are longitudes of the finest. */
const LONGITUDES_MAX = 1_000_000

const ON_THIS_DAY_MAX = 100
/** Cities and categories beyond are not named. */
const NAMED_MAX = 200

export function prepareHistories(db: Database): Histories & { readonly follow: (committed: Committed) => void } {
  // All from one index, in the order of time.
  const rows = db.prepare<[number], Row>(
    'select id, sort, zone, place, country, category, lat, lon from checkin where person = ? and hidden = 0 order by sort, id',
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

  const held = createHeld<number, Told>({ countMax: HELD_MAX })

  function told({ id }: PersonRow): Told {
    return held.get(id, () => {
      const labels = labelled.all(id).flatMap((row) => {
        const visit = readVisit(row.collection, decode(row.record), REVEALED)
        return visit === undefined ? [] : [[row.id, visit.labels] as const]
      })
      return { rows: rows.all(id), labels: new Map(labels), histories: new Map() }
    })!
  }

  function seen(person: PersonRow, { maySee }: Asked): readonly Row[] {
    const { rows: all, labels } = told(person)
    return labels.size === 0 ? all : all.filter(({ id }) => maySee(labels.get(id) ?? []))
  }

  return {
    follow({ changes }) {
      // Whose a check-in was that is gone, is not told.
      if (changes.some(({ kind }) => kind === 'deletion')) held.clear()
      else held.forget(changes.flatMap((change) => (change.kind === 'checkin' ? [change.person] : [])))
    },
    history(person, { year, maySee }) {
      const { labels, histories } = told(person)
      const isWhole = labels.size === 0
      const known = isWhole ? histories.get(year) : undefined
      if (known !== undefined) return known
      const answer = historyOf(seen(person, { maySee }), year)
      if (isWhole && (year === undefined || answer.days.length > 0)) histories.set(year, answer)
      return answer
    },
    stats(person, { now, maySee }) {
      const all = seen(person, { maySee })
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
    onThisDay(person, now) {
      const all = told(person).rows
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

function historyOf(rows: readonly Row[], year: number | undefined): History {
  const ofDays = new Map<number, number>()
  for (const row of rows) count(ofDays, localDay(row))
  const days = [...ofDays].sort(([a], [b]) => a - b)
  const ofYears = new Map<number, number>()
  const asked = new Map<number, number>()
  for (const [day, checkins] of days) {
    const own = yearDay(day).year
    count(ofYears, own, checkins)
    if (own === year) asked.set(day, checkins)
  }
  const there = year === undefined ? rows : rows.filter((row) => asked.has(localDay(row)))
  return {
    years: [...ofYears].map(([each, checkins]) => ({ year: each, checkins })),
    days: [...asked].map(([day, checkins]) => ({ day, checkins })),
    points: pointsOf(there),
  }
}

function count(counts: Map<number, number>, key: number, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

/** As finely as the limit allows. */
function pointsOf(rows: readonly Row[]): readonly HistoryPoint[] {
  let points: HistoryPoint[] = []
  for (const decimals of DECIMALS) {
    points = pointsTo(rows, decimals)
    if (points.length <= POINTS_MAX) break
  }
  return points.sort((a, b) => b.checkins - a.checkins || a.lat - b.lat || a.lon - b.lon).slice(0, POINTS_MAX)
}

function pointsTo(rows: readonly Row[], decimals: number): HistoryPoint[] {
  const scale = 10 ** decimals
  const points = new Map<number, { lat: number; lon: number; checkins: number }>()
  for (const row of rows) {
    if (row.lat === null || row.lon === null) continue
    const lat = Math.round(row.lat * scale)
    const lon = Math.round(row.lon * scale)
    const key = lat * LONGITUDES_MAX + lon
    const point = points.get(key)
    if (point === undefined) points.set(key, { lat: lat / scale, lon: lon / scale, checkins: 1 })
    else point.checkins++
  }
  return [...points.values()]
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

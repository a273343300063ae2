import type { Database } from 'better-sqlite3'
import type { VisitedPlace } from '#project/read-checkin.ts'
import type { Gathered, Gatherer, SeenRow } from './gather.ts'

/** A place that somebody was at, or that the directory knows, or both. */
export interface PlaceRow extends VisitedPlace {
  readonly id: string
  /** All ids that it is known by, its own first. */
  readonly ids: readonly string[]
  readonly checkinCount: number
  readonly personCount: number
  /** Metres, where a position was asked about and the place has one. */
  readonly distance: number | undefined
  readonly attribution: string | undefined
}

/** How all that is known of places is found and put together, for whoever answers with places. */
export interface KnownPlaces {
  /** It follows links. */
  readonly gatherer: Gatherer
  readonly rowOf: (gathered: Gathered) => PlaceRow
}

/** Of places with more check-ins on several rows, it is not counted who was at several of them. */
const PEOPLE_COUNTED_MAX = 20_000
/** A check-in has no more. */
const REFS_MAX = 10

/** In: what was gathered of a place. Out: the place. What the directory says of it comes before what check-ins say. */
export function preparePlaceRows(db: Database): (gathered: Gathered) => PlaceRow {
  const people = db
    .prepare<[string], number>(
      'select count(distinct person) from checkin where place in (select value from json_each(?)) and hidden = 0',
    )
    .pluck()

  /** Who was at several rows of a place is one person; of very busy ones that is not looked up, and they count twice. */
  function personCount(seen: readonly SeenRow[]): number {
    const isCountable = seen.length > 1 && sumOf(seen.map((row) => row.checkin_count)) <= PEOPLE_COUNTED_MAX
    if (isCountable) return people.get(JSON.stringify(seen.map(({ id }) => id)))!
    return sumOf(seen.map((row) => row.person_count))
  }

  return ({ known, seen, ids }) => {
    const counts = {
      id: ids[0]!,
      ids,
      checkinCount: sumOf(seen.map((row) => row.checkin_count)),
      personCount: personCount(seen),
      distance: undefined,
      attribution: known?.attribution,
    }
    if (known !== undefined) {
      const { name, category, address, latitude, longitude } = known
      const refs = known.refs as VisitedPlace['refs']
      return { ...counts, name, category, address, geo: { latitude: `${latitude}`, longitude: `${longitude}` }, refs }
    }
    const said = seen.map(({ body }) => JSON.parse(body) as Partial<VisitedPlace> & { name: string })
    const { name, category, geo, address } = said[0]!
    return { ...counts, name, category, geo, address, refs: refsIn(said) }
  }
}

/** The references of all, without repeats. */
function refsIn(said: readonly Partial<VisitedPlace>[]): VisitedPlace['refs'] {
  const refs = said.flatMap(({ refs: own = [] }) => own)
  return [...new Map(refs.map((ref) => [JSON.stringify(ref), ref])).values()].slice(0, REFS_MAX)
}

export function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

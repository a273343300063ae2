import type { Database } from 'better-sqlite3'
import { foldName } from '@waypost/places'
import { distanceMetres, readPoint } from '#project/coordinates.ts'
import type { VisitedPlace } from '#project/read-checkin.ts'
import type { Directory, DirectoryPlace } from './directory/directory.ts'

/**
 * In: an id of a place, whichever. Out: what the directory knows under it, and all rows of the read model that are this
 * place: those of the directory's aliases, and those that the check-ins at them refer to the same place.
 * Promise: every id of a place leads to the same answer. What check-ins say never makes one place of two that the
 * directory tells apart, nor of two that are called otherwise or far apart: one check-in says what it likes.
 */
export interface Gathered {
  readonly known: DirectoryPlace | undefined
  /** Where the directory knows nothing there is at least one, and the first gives the place its id. */
  readonly seen: readonly SeenRow[]
  /** The place's own id first. */
  readonly ids: readonly string[]
}

/** A place as visible check-ins describe it. */
export interface SeenRow {
  readonly id: number
  readonly key: string
  /** `VisitedPlace` as JSON. */
  readonly body: string
  readonly checkin_count: number
  readonly person_count: number
}

export const SEEN = `select place.id, place.key, body, checkin_count, person_count
  from place join place_description on place_description.id = place.described`

/** So many rows are gathered; the least visited are left out. */
const GATHERED_MAX = 16
/** Rows that only check-ins say to be one place lie this near to each other. */
const APART_M_MAX = 300
/** What is best known gives the id; `geo:` and others come after. */
const KINDS = ['osm:', 'fsq:', 'overture:', 'geonames:', 'at:']

export interface Gatherer {
  /** Undefined for an id that nobody knows. */
  gather(id: string): Gathered | undefined
  /** Around an entry of the directory. */
  gatherKnown(known: DirectoryPlace): Gathered
  /** Around a row of the read model; where the directory does not know it, from one row to the next. */
  gatherSeen(row: SeenRow): Gathered
}

export function prepareGatherer(db: Database, directory: Pick<Directory, 'get'>): Gatherer {
  const byKey = db.prepare<[string], SeenRow>(`${SEEN} where place.key = ?`)
  const naming = db.prepare<[string], SeenRow>(
    `${SEEN} where place.id in (select place from place_ref where ref = ?)
     order by checkin_count desc, place.key limit ${GATHERED_MAX}`,
  )
  const refsOf = db.prepare<[number], string>('select ref from place_ref where place = ? order by ref').pluck()

  /** Where a row belongs in the directory: by its own id, or by the first of its other references that is there. */
  function homeOf({ id, key }: SeenRow, refs = refsOf.all(id)): DirectoryPlace | undefined {
    for (const each of [key, ...refs]) {
      const home = directory.get(each)
      if (home !== undefined) return home
    }
    return undefined
  }

  function gatherKnown(known: DirectoryPlace): Gathered {
    const ids = new Set([known.id, ...(known.aliases ?? [])])
    const seen = [...ids].flatMap((id) => byKey.get(id) ?? [])
    for (const row of [...ids].flatMap((id) => naming.all(id))) {
      if (ids.has(row.key) || seen.length >= GATHERED_MAX || homeOf(row)?.id !== known.id) continue
      ids.add(row.key)
      seen.push(row)
    }
    return { known, seen, ids: [...ids] }
  }

  function gatherSeen(first: SeenRow): Gathered {
    const home = homeOf(first)
    if (home !== undefined) return gatherKnown(home)
    const rows = new Map([[first.key, first]])
    const refs = new Set<string>()
    // Rows that are found are looked at in their turn.
    for (const row of rows.values()) {
      const own = refsOf.all(row.id)
      const others = [
        ...own.flatMap((ref) => byKey.get(ref) ?? []),
        ...[row.key, ...own].flatMap((id) => naming.all(id)),
      ]
      for (const ref of own) refs.add(ref)
      for (const other of others) {
        if (rows.size >= GATHERED_MAX || rows.has(other.key)) continue
        if (areNearNamesakes(row, other) && homeOf(other) === undefined) rows.set(other.key, other)
      }
    }
    const seen = [...rows.values()].sort((a, b) => kindOf(a.key) - kindOf(b.key) || (a.key < b.key ? -1 : 1))
    // Under some references there is another place.
    const free = [...refs].filter((ref) => !rows.has(ref) && byKey.get(ref) === undefined)
    return { known: undefined, seen, ids: [...seen.map(({ key }) => key), ...free.toSorted()] }
  }

  return {
    gather(id) {
      const known = directory.get(id)
      if (known !== undefined) return gatherKnown(known)
      const row = byKey.get(id) ?? naming.get(id)
      return row && gatherSeen(row)
    },
    gatherKnown,
    gatherSeen,
  }
}

/** Where a place is: as the directory says, or as the check-ins at what gives it its id do. */
export function pointOf({ known, seen }: Gathered): { readonly lat: number; readonly lon: number } | undefined {
  if (known !== undefined) return { lat: known.latitude, lon: known.longitude }
  return saidOf(seen[0]!).point
}

function areNearNamesakes(a: SeenRow, b: SeenRow): boolean {
  const [one, other] = [saidOf(a), saidOf(b)]
  if (one.point === undefined || other.point === undefined) return false
  return one.key === other.key && distanceMetres(one.point, other.point) <= APART_M_MAX
}

function saidOf({ body }: SeenRow) {
  const { name, geo } = JSON.parse(body) as Pick<VisitedPlace, 'name' | 'geo'>
  return { key: foldName(name), point: readPoint(geo) }
}

/** Smaller is better known. */
export function kindOf(key: string): number {
  const at = KINDS.findIndex((kind) => key.startsWith(kind))
  return at === -1 ? KINDS.length : at
}

import type { Database } from 'better-sqlite3'
import { ok, refuse, type Result } from '@waypost/kernel'
import { cellBounds, cellOf, isCell } from '@waypost/places'
import { readPoint } from '#project/coordinates.ts'
import type { PlainBox } from './area.ts'
import { readCursor, writeCursor, type Keyset, type PageRequest } from './cursor.ts'
import type { Directory } from './directory/directory.ts'
import { SEEN, type SeenRow } from './gather.ts'
import type { KnownPlaces, PlaceRow } from './place-row.ts'

export interface Cells {
  /**
   * All places of a cell, for whoever does not want to say where in it they are: those of the directory, most important
   * first, then those that only visible check-ins know. A page may have fewer than were asked for and not be the last.
   */
  placesInCell(
    cell: string,
    page: PageRequest,
  ): Result<
    { readonly places: readonly PlaceRow[]; readonly cursor: string | undefined },
    'InvalidCell' | 'InvalidCursor'
  >
}

/** What a keyset of a cell is in: the numbers of the directory, or the ids of places that were seen. */
const [KNOWN, SEEN_ONLY] = [0, 1]

export function prepareCells(
  db: Database,
  directory: Pick<Directory, 'inCell'>,
  { gatherer, rowOf }: KnownPlaces,
): Cells {
  // What is said to be at 180 degrees is in the cells that begin at -180.
  const inBox = db.prepare<PlainBox & { after: number; limit: number }, SeenRow>(
    `select seen.* from (${SEEN}) seen where id in (
       select id from place_area where north >= :south and south <= :north and east >= :west and west <= :east
       union all select id from place_area
         where :west = -180 and east >= 180 and north >= :south and south <= :north)
     and id > :after order by id limit :limit`,
  )

  interface Part {
    readonly places: readonly PlaceRow[]
    /** Where to go on; undefined at the end. */
    readonly next: Keyset | undefined
  }

  function known(cell: string, after: number, limit: number): Part {
    const found = directory.inCell(cell, { after, limit })
    // What is a part of another place is in the cell of that one.
    const places = found
      .map((place) => ({ place, gathered: gatherer.gatherKnown(place) }))
      .filter(({ place, gathered }) => gathered.ids[0] === place.id)
      .map(({ gathered }) => rowOf(gathered))
    return { places, next: found.length < limit ? undefined : { sort: KNOWN, id: found.at(-1)!.number } }
  }

  function seenOnly(cell: string, after: number, limit: number): Part {
    const found = inBox.all({ ...cellBounds(cell), after, limit })
    // Of several rows that are one place, the one that gives it its id stands for all.
    const places = found
      .map((row) => ({ row, gathered: gatherer.gatherSeen(row) }))
      .filter(({ row, gathered: { known, ids } }) => known === undefined && ids[0] === row.key)
      .map(({ gathered }) => rowOf(gathered))
      .filter(({ geo }) => isIn(cell, geo))
    return { places, next: found.length < limit ? undefined : { sort: SEEN_ONLY, id: found.at(-1)!.id } }
  }

  return {
    placesInCell(cell, { limit, cursor }) {
      if (!isCell(cell)) return refuse('InvalidCell')
      const from = readCursor('cell', cursor)
      if (!from.ok) return from
      const { sort, id } = from.value ?? { sort: KNOWN, id: 0 }
      const first = sort === KNOWN ? known(cell, id, limit) : { places: [], next: undefined }
      const left = limit - first.places.length
      const then =
        first.next !== undefined || left === 0
          ? { places: [], next: first.next }
          : seenOnly(cell, sort === KNOWN ? 0 : id, left)
      const next = then.next
      return ok({ places: [...first.places, ...then.places], cursor: next && writeCursor('cell', next) })
    },
  }
}

function isIn(cell: string, geo: PlaceRow['geo']): boolean {
  const point = readPoint(geo)
  return point !== undefined && cellOf(point.lat, point.lon) === cell
}

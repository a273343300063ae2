import type { Database } from 'better-sqlite3'
import type { Committed } from '#project/batch.ts'
import { boxesOf, type BoxArea } from '#query/area.ts'
import { prepareNearby } from '#query/nearby.ts'
import { createBuilder } from './build-elsewhere.ts'
import {
  createCellCounts,
  LATITUDE_MAX,
  levelOf,
  type Box,
  type Cell,
  type CellCounts,
  type CellPoint,
} from './cell-counts.ts'
import { createPointIndex, type NearPoint } from './point-index.ts'

/**
 * Where all visible check-ins are, in memory. In: the read model once, then what its batches changed. Out: the nearest
 * to anywhere, how many lie in each cell of a map, and the newest of each. Always what the tables say: the last that a batch
 * tells of a check-in is how its row now is.
 */
export interface Points {
  /** Visible check-ins, nearest first. */
  nearest(
    at: { readonly lat: number; readonly lon: number },
    options: { readonly count: number; readonly metresMax: number },
  ): readonly NearPoint[]
  /**
   * Cells with visible check-ins (of one person) that a box touches, with the newest of each, of a size that suits a
   * zoom; coarser where there were too many.
   */
  cells(box: BoxArea, of: { readonly zoom: number; readonly person?: number | undefined }): readonly Cell[]
  /** Reads everything in, in slices, with a pause after each; until that is done the first question does it at once. */
  loadPoints(pause: () => Promise<void>): Promise<void>
  /** To be called after each batch that was committed. */
  follow(committed: Pick<Committed, 'changes'>): void
}

const SLICE = 20_000
const CELLS_MAX = 1_000
/** The newest of a cell is nearly always the newest of its box; on an edge lie some of its neighbours'. */
const CELL_PAGE = 8
/** Degrees by which the box of a cell is asked for too large: its edges are rounded. */
const EDGE = 1e-9

interface Row extends CellPoint {
  /** Sort time. */
  readonly sort: number
}

export function preparePoints(db: Database): Points {
  const slice = db.prepare<[number], Row>(
    `select id, sort, lat, lon from checkin where id > ? and hidden = 0 and lat is not null order by id limit ${SLICE}`,
  )
  const ofPerson = db.prepare<[number], CellPoint>(
    'select id, lat, lon from checkin where person = ? and hidden = 0 and lat is not null order by sort, id',
  )
  const nearby = prepareNearby(db)
  const index = createPointIndex({ build: createBuilder() })
  /** Latitude, longitude and sort time by id; not a number where there is none. */
  let where = new Float64Array(3 * 1_024).fill(Number.NaN)
  const counts = createCellCounts({ isNewer, newestIn })
  let loadedTo = 0
  let isLoaded = false

  /** Of one person's, counted when it is asked for: they are few. */
  function countsOf(person: number): CellCounts {
    const own = createCellCounts({ isNewer: () => true, newestIn: () => [].values() })
    for (const point of ofPerson.all(person)) own.add(point)
    return own
  }

  function isNewer(id: number, than: number): boolean {
    const later = where[3 * id + 2]! - where[3 * than + 2]!
    return later > 0 || (later === 0 && id > than)
  }

  function* newestIn({ north, south, east, west }: Box): Generator<CellPoint> {
    // Beyond Mercator's edge, the outermost cells go on to the poles.
    const box = {
      north: north > LATITUDE_MAX - EDGE ? 90 : north + EDGE,
      south: south < EDGE - LATITUDE_MAX ? -90 : south - EDGE,
      east: east + EDGE,
      west: west - EDGE,
    }
    let from = { sort: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER }
    for (;;) {
      const found = nearby({ kind: 'box', ...box }, { ...from, limit: CELL_PAGE })
      for (const { id } of found) yield { id, lat: where[3 * id]!, lon: where[3 * id + 1]! }
      const last = found.at(-1)
      if (last === undefined) return
      from = last
    }
  }

  function put(row: Row): void {
    const { id, sort, lat, lon } = row
    if (3 * id + 2 >= where.length) {
      const larger = new Float64Array(Math.max(3 * id + 3, 2 * where.length)).fill(Number.NaN, where.length)
      larger.set(where)
      where = larger
    }
    if (where[3 * id] === lat && where[3 * id + 1] === lon && where[3 * id + 2] === sort) return
    leave(id)
    where[3 * id] = lat
    where[3 * id + 1] = lon
    where[3 * id + 2] = sort
    counts.add(row)
    index.put(id, lat, lon)
  }

  function leave(id: number): void {
    const lat = where[3 * id] ?? Number.NaN
    if (Number.isNaN(lat)) return
    counts.remove({ id, lat, lon: where[3 * id + 1]! })
    where[3 * id] = Number.NaN
  }

  function remove(id: number): void {
    leave(id)
    index.remove(id)
  }

  function loadSlice(): void {
    const rows = slice.all(loadedTo)
    for (const row of rows) put(row)
    loadedTo = rows.at(-1)?.id ?? loadedTo
    isLoaded ||= rows.length < SLICE
  }

  function loadAll(): void {
    while (!isLoaded) loadSlice()
  }

  return {
    nearest(at, options) {
      loadAll()
      return index.nearest(at, options)
    },
    cells(box, { zoom, person }) {
      loadAll()
      const counted = person === undefined ? counts : countsOf(person)
      for (let level = levelOf(zoom); ; level -= 2) {
        const found = boxesOf(box).map((part) => counted.within(part, { level, max: CELLS_MAX }))
        if (found.every((cells) => cells !== undefined) || level <= 2) return found.flatMap((cells) => cells ?? [])
      }
    },
    async loadPoints(pause) {
      while (!isLoaded) {
        loadSlice()
        await pause()
      }
    },
    follow({ changes }) {
      for (const change of changes) {
        // What was not read in yet will be, as it then is.
        if (!isLoaded && change.id > loadedTo) continue
        if (change.kind === 'deletion' || change.lat === null || change.lon === null) remove(change.id)
        else put({ id: change.id, sort: change.sortMs, lat: change.lat, lon: change.lon })
      }
    },
  }
}

import type { Database } from 'better-sqlite3'
import type { Committed } from '#project/batch.ts'
import { boxesOf, type BoxArea } from '#query/area.ts'
import { createCellCounts, levelOf, type Cell, type CellCounts } from './cell-counts.ts'
import { createPointIndex, type NearPoint } from './point-index.ts'

/**
 * Where all visible check-ins are, in memory. In: the read model once, then what its batches changed. Out: the nearest
 * to anywhere, and how many lie in each cell of a map. Always what the tables say: a change only tells which row to look
 * at again.
 */
export interface Points {
  /** Visible check-ins, nearest first. */
  nearest(
    at: { readonly lat: number; readonly lon: number },
    options: { readonly count: number; readonly metresMax: number },
  ): readonly NearPoint[]
  /**
   * Cells with visible check-ins (of one person) that a box touches, of a size that suits a zoom; coarser where there
   * were too many.
   */
  cells(box: BoxArea, of: { readonly zoom: number; readonly person?: number | undefined }): readonly Cell[]
  /** Reads everything in, in slices, with a pause after each; until that is done the first question does it at once. */
  loadPoints(pause: () => Promise<void>): Promise<void>
  /** To be called after each batch that was committed. */
  follow(committed: Pick<Committed, 'changes'>): void
}

const SLICE = 20_000
const CELLS_MAX = 1_000

interface Row {
  readonly id: number
  readonly lat: number
  readonly lon: number
}

export function preparePoints(db: Database): Points {
  const slice = db.prepare<[number], Row>(
    `select id, lat, lon from checkin where id > ? and hidden = 0 and lat is not null order by id limit ${SLICE}`,
  )
  const one = db.prepare<[number], Row>(
    'select id, lat, lon from checkin where id = ? and hidden = 0 and lat is not null',
  )
  const ofPerson = db.prepare<[number], Omit<Row, 'id'>>(
    'select lat, lon from checkin where person = ? and hidden = 0 and lat is not null',
  )
  const index = createPointIndex()
  const counts = createCellCounts()
  /** Latitude and longitude by id, for the cell that a point leaves; not a number where there is none. */
  let where = new Float64Array(2_048).fill(Number.NaN)
  let loadedTo = 0
  let isLoaded = false

  /** Of one person's, counted when it is asked for: they are few. */
  function countsOf(person: number): CellCounts {
    const own = createCellCounts()
    for (const { lat, lon } of ofPerson.all(person)) own.add(lat, lon)
    return own
  }

  function put({ id, lat, lon }: Row): void {
    if (2 * id + 1 >= where.length) {
      const larger = new Float64Array(Math.max(2 * id + 2, 2 * where.length)).fill(Number.NaN, where.length)
      larger.set(where)
      where = larger
    }
    if (where[2 * id] === lat && where[2 * id + 1] === lon) return
    leave(id)
    where[2 * id] = lat
    where[2 * id + 1] = lon
    counts.add(lat, lon)
    index.put(id, lat, lon)
  }

  function leave(id: number): void {
    const lat = where[2 * id] ?? Number.NaN
    if (Number.isNaN(lat)) return
    counts.remove(lat, where[2 * id + 1]!)
    where[2 * id] = Number.NaN
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
      for (const { id } of changes) {
        // What was not read in yet will be, as it then is.
        if (!isLoaded && id > loadedTo) continue
        const row = one.get(id)
        if (row === undefined) remove(id)
        else put(row)
      }
    },
  }
}

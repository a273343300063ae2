import { assert } from '@waypost/kernel'

/**
 * How many points lie in each cell of the map, and the newest of them, at several sizes of cells. In: points that come
 * and go. Out: the cells within a box that hold any. Cells are those of the web's map: a level has 2^level of them from
 * west to east, and as many from north to south, in Mercator's projection.
 */
export interface CellCounts {
  add(point: CellPoint): void
  remove(point: CellPoint): void
  /** Cells of a level that touch a box which does not cross the antimeridian; undefined where there are more than `max`. */
  within(box: Box, options: { readonly level: number; readonly max: number }): readonly Cell[] | undefined
}

export interface Box {
  readonly north: number
  readonly south: number
  readonly east: number
  readonly west: number
}

export interface CellPoint {
  readonly id: number
  readonly lat: number
  readonly lon: number
}

export interface Cell extends Box {
  readonly count: number
  /** The id of its newest point. */
  readonly newest: number
}

export interface CellOrder {
  /** Whether a point is newer than another that is in the same cells. */
  isNewer(id: number, than: number): boolean
  /** Points of a box and maybe some just outside of it, newest first: asked when the newest of a cell has left. */
  newestIn(box: Box): IteratorObject<CellPoint>
}

/** Each point is in one cell of each: about 80 bytes for each cell that holds any. */
export const LEVELS = [2, 4, 6, 8, 10, 12, 14, 16] as const
/** Mercator ends here. */
export const LATITUDE_MAX = 85.0511287798066

/** The finest level whose cells are no smaller than an eighth of a tile of that zoom. */
export function levelOf(zoom: number): number {
  return LEVELS.findLast((level) => level <= zoom + 3) ?? LEVELS[0]
}

export function createCellCounts({ isNewer, newestIn }: CellOrder): CellCounts {
  const counts = LEVELS.map(() => new Map<number, number>())
  /** By cell; of one whose newest has left there is none until somebody asks. */
  const newests = LEVELS.map(() => new Map<number, number>())

  function findNewest(key: number, cell: Box, size: number): number {
    const newest = newestIn(cell).find((point) => keyAt(point, size) === key)
    assert(newest !== undefined, 'a cell that counts points holds one')
    return newest.id
  }

  return {
    add(point) {
      for (const [nth, level] of LEVELS.entries()) {
        const key = keyAt(point, 2 ** level)
        const count = counts[nth]!.get(key) ?? 0
        const newest = newests[nth]!.get(key)
        counts[nth]!.set(key, count + 1)
        if (count === 0 || (newest !== undefined && isNewer(point.id, newest))) newests[nth]!.set(key, point.id)
      }
    },
    remove(point) {
      for (const [nth, level] of LEVELS.entries()) {
        const key = keyAt(point, 2 ** level)
        const count = counts[nth]!.get(key)! - 1
        if (count === 0) counts[nth]!.delete(key)
        else counts[nth]!.set(key, count)
        if (count === 0 || newests[nth]!.get(key) === point.id) newests[nth]!.delete(key)
      }
    },
    within(box, { level, max }) {
      const size = 2 ** level
      const nth = LEVELS.indexOf(level as (typeof LEVELS)[number])
      const cells = counts[nth]!
      const [left, right] = [Math.floor(columnAt(box.west) * size), Math.floor(columnAt(box.east) * size)]
      const [top, bottom] = [Math.floor(rowAt(box.north) * size), Math.floor(rowAt(box.south) * size)]
      const found: (Box & { readonly key: number; readonly count: number })[] = []
      const take = (x: number, y: number, count: number): boolean =>
        found.push({ ...boxOf(x, y, size), key: y * size + x, count }) <= max
      const withNewest = (): readonly Cell[] =>
        found.map(({ key, ...cell }) => {
          const newest = newests[nth]!.get(key) ?? findNewest(key, cell, size)
          newests[nth]!.set(key, newest)
          return { ...cell, newest }
        })
      // Whichever is less: the cells of the box, or those that hold something.
      if ((right - left + 1) * (bottom - top + 1) <= cells.size) {
        for (let y = top; y <= bottom; y++) {
          for (let x = left; x <= right; x++) {
            const count = cells.get(y * size + x)
            if (count !== undefined && !take(x, y, count)) return undefined
          }
        }
        return withNewest()
      }
      for (const [key, count] of cells) {
        const x = key % size
        const y = Math.floor(key / size)
        if (x >= left && x <= right && y >= top && y <= bottom && !take(x, y, count)) return undefined
      }
      return withNewest()
    },
  }
}

function keyAt({ lat, lon }: CellPoint, size: number): number {
  return Math.floor(rowAt(lat) * size) * size + Math.floor(columnAt(lon) * size)
}

function columnAt(lon: number): number {
  return Math.min(1 - 1e-12, Math.max(0, (lon + 180) / 360))
}

function rowAt(lat: number): number {
  const sine = Math.sin((Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, lat)) * Math.PI) / 180)
  return Math.min(1 - 1e-12, Math.max(0, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)))
}

function boxOf(x: number, y: number, size: number): Box {
  return {
    north: latitudeAt(y / size),
    south: latitudeAt((y + 1) / size),
    west: (x / size) * 360 - 180,
    east: ((x + 1) / size) * 360 - 180,
  }
}

function latitudeAt(row: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * row))) * 180) / Math.PI
}

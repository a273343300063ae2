/**
 * How many points lie in each cell of the map, at several sizes of cells. In: points that come and go. Out: the cells
 * within a box that hold any. Cells are those of the web's map: a level has 2^level of them from west to east, and as
 * many from north to south, in Mercator's projection.
 */
export interface CellCounts {
  add(lat: number, lon: number): void
  remove(lat: number, lon: number): void
  /** Cells of a level that touch a box which does not cross the antimeridian; undefined where there are more than `max`. */
  within(box: Box, options: { readonly level: number; readonly max: number }): readonly Cell[] | undefined
}

export interface Box {
  readonly north: number
  readonly south: number
  readonly east: number
  readonly west: number
}

export interface Cell extends Box {
  readonly count: number
}

/** Each point is in one cell of each: about 40 bytes for each cell that holds any. */
export const LEVELS = [2, 4, 6, 8, 10, 12, 14, 16] as const
/** Mercator ends here. */
const LATITUDE_MAX = 85.0511287798066

/** The finest level whose cells are no smaller than an eighth of a tile of that zoom. */
export function levelOf(zoom: number): number {
  return LEVELS.findLast((level) => level <= zoom + 3) ?? LEVELS[0]
}

export function createCellCounts(): CellCounts {
  const counts = LEVELS.map(() => new Map<number, number>())

  function move(lat: number, lon: number, by: 1 | -1): void {
    const x = columnAt(lon)
    const y = rowAt(lat)
    for (const [nth, level] of LEVELS.entries()) {
      const key = Math.floor(y * 2 ** level) * 2 ** level + Math.floor(x * 2 ** level)
      const count = (counts[nth]!.get(key) ?? 0) + by
      if (count === 0) counts[nth]!.delete(key)
      else counts[nth]!.set(key, count)
    }
  }

  return {
    add: (lat, lon) => move(lat, lon, 1),
    remove: (lat, lon) => move(lat, lon, -1),
    within(box, { level, max }) {
      const size = 2 ** level
      const cells = counts[LEVELS.indexOf(level as (typeof LEVELS)[number])]!
      const [left, right] = [Math.floor(columnAt(box.west) * size), Math.floor(columnAt(box.east) * size)]
      const [top, bottom] = [Math.floor(rowAt(box.north) * size), Math.floor(rowAt(box.south) * size)]
      const found: Cell[] = []
      const take = (x: number, y: number, count: number): boolean => found.push(cellOf(x, y, size, count)) <= max
      // Whichever is less: the cells of the box, or those that hold something.
      if ((right - left + 1) * (bottom - top + 1) <= cells.size) {
        for (let y = top; y <= bottom; y++) {
          for (let x = left; x <= right; x++) {
            const count = cells.get(y * size + x)
            if (count !== undefined && !take(x, y, count)) return undefined
          }
        }
        return found
      }
      for (const [key, count] of cells) {
        const x = key % size
        const y = Math.floor(key / size)
        if (x >= left && x <= right && y >= top && y <= bottom && !take(x, y, count)) return undefined
      }
      return found
    },
  }
}

function columnAt(lon: number): number {
  return Math.min(1 - 1e-12, Math.max(0, (lon + 180) / 360))
}

function rowAt(lat: number): number {
  const sine = Math.sin((Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, lat)) * Math.PI) / 180)
  return Math.min(1 - 1e-12, Math.max(0, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)))
}

function cellOf(x: number, y: number, size: number, count: number): Cell {
  return {
    north: latitudeAt(y / size),
    south: latitudeAt((y + 1) / size),
    west: (x / size) * 360 - 180,
    east: ((x + 1) / size) * 360 - 180,
    count,
  }
}

function latitudeAt(row: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * row))) * 180) / Math.PI
}

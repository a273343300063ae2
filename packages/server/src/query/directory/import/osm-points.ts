/**
 * Positions of some of the nodes of a file: first it is said which are wanted, then they are filled in as they are met.
 * In typed arrays, since there may be millions: 16 bytes each, and while they are collected up to twice that.
 */
export interface Points {
  want(ids: readonly number[]): void
  /** How many were wanted; those wanted twice count twice. */
  wanted(): number
  /** Nothing more is wanted from here on. */
  seal(): void
  put(id: number, lat: number, lon: number): void
  get(id: number): Position | undefined
}

export interface Position {
  /** Degrees. */
  readonly lat: number
  readonly lon: number
}

/** As exact as the files are. */
const UNITS_PER_DEGREE = 10_000_000
const NOWHERE = 0x7f_ff_ff_ff

export function createPoints(): Points {
  const ids = createIds()
  let latitudes = new Int32Array()
  let longitudes = new Int32Array()
  return {
    want(some) {
      for (const id of some) ids.add(id)
    },
    wanted: ids.count,
    seal() {
      ids.seal()
      latitudes = new Int32Array(ids.count()).fill(NOWHERE)
      longitudes = new Int32Array(ids.count())
    },
    put(id, lat, lon) {
      const at = ids.indexOf(id)
      if (at === -1) return
      latitudes[at] = Math.round(lat * UNITS_PER_DEGREE)
      longitudes[at] = Math.round(lon * UNITS_PER_DEGREE)
    },
    get(id) {
      const at = ids.indexOf(id)
      if (at === -1 || latitudes[at] === NOWHERE) return undefined
      return { lat: latitudes[at]! / UNITS_PER_DEGREE, lon: longitudes[at]! / UNITS_PER_DEGREE }
    },
  }
}

/** A set of numbers that is filled first and asked afterwards; each then has an index from 0 on. */
export interface Ids {
  add(id: number): void
  count(): number
  seal(): void
  /** -1 where it is not in it. */
  indexOf(id: number): number
}

export function createIds(): Ids {
  let ids = new Float64Array(1_024)
  let count = 0
  return {
    add(id) {
      if (count === ids.length) {
        const more = new Float64Array(ids.length * 2)
        more.set(ids)
        ids = more
      }
      ids[count++] = id
    },
    count: () => count,
    seal() {
      const sorted = ids.subarray(0, count).sort()
      let distinct = 0
      for (const id of sorted) if (distinct === 0 || sorted[distinct - 1] !== id) sorted[distinct++] = id
      ids = sorted.slice(0, distinct)
      count = distinct
    },
    indexOf(id) {
      let [low, high] = [0, count - 1]
      while (low <= high) {
        const middle = (low + high) >>> 1
        const found = ids[middle]!
        if (found === id) return middle
        if (found < id) low = middle + 1
        else high = middle - 1
      }
      return -1
    },
  }
}

/** South-west and north-east corner; across the date line the west is greater than the east. */
export type Box = readonly [southWest: Position, northEast: Position]

/** The smallest box around some positions, of which none is half the world away from the first. */
export function boxAround(positions: Iterable<Position>): Box | undefined {
  let first: Position | undefined
  let [south, north, west, east] = [0, 0, 0, 0]
  for (const { lat, lon } of positions) {
    first ??= { lat, lon }
    // Counted from the first, so that nothing happens at the date line.
    const [up, right] = [lat - first.lat, ((lon - first.lon + 540) % 360) - 180]
    south = Math.min(south, up)
    north = Math.max(north, up)
    west = Math.min(west, right)
    east = Math.max(east, right)
  }
  if (first === undefined) return undefined
  const from = (up: number, right: number): Position => ({ lat: first.lat + up, lon: wrapped(first.lon + right) })
  return [from(south, west), from(north, east)]
}

export function middleOf([southWest, northEast]: Box): Position {
  const width = (northEast.lon - southWest.lon + 360) % 360
  return { lat: (southWest.lat + northEast.lat) / 2, lon: wrapped(southWest.lon + width / 2) }
}

function wrapped(lon: number): number {
  return lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon
}

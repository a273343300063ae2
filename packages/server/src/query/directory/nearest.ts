import { assert } from '@waypost/kernel'

/**
 * Points on a sphere, to be asked for those nearest to another point: a k-d tree (Bentley, 1975) over the three
 * coordinates of unit vectors, where neither the date line nor the poles are special. The tree is implicit: the middle
 * of a range is its node, left and right of it lie its subtrees. Read once from the directory's file, never changed.
 */
export interface NearestIndex {
  /** Each point's number, in the order of the tree. */
  readonly numbers: Uint32Array
  /** Four values per point, in the order of the tree: x, y, z, and the handicap in metres. */
  readonly vectors: Float32Array
}

export interface IndexedPoint {
  readonly number: number
  readonly latitude: number
  readonly longitude: number
  /** Metres by which the point counts as farther away than it is. */
  readonly handicapM: number
}

const EARTH_RADIUS_M = 6_371_008.8
const STRIDE = 4
const AXES = 3
/** Ranges of up to this many points are looked through one by one. */
const LEAF_POINTS_MAX = 8

export function buildNearestIndex(points: readonly IndexedPoint[]): NearestIndex {
  const sources = new Float32Array(points.length * STRIDE)
  for (const [at, { latitude, longitude, handicapM }] of points.entries()) {
    sources.set([...unitVector(latitude, longitude), handicapM], at * STRIDE)
  }
  const order = Uint32Array.from(points.keys())
  arrange(0, order.length, 0)
  const vectors = new Float32Array(points.length * STRIDE)
  for (const [at, point] of order.entries())
    vectors.set(sources.subarray(point * STRIDE, (point + 1) * STRIDE), at * STRIDE)
  return { numbers: order.map((point) => points[point]!.number), vectors }

  function arrange(from: number, to: number, axis: number): void {
    if (to - from <= LEAF_POINTS_MAX) return
    const middle = (from + to) >>> 1
    select(from, to - 1, { middle, axis })
    const next = (axis + 1) % AXES
    arrange(from, middle, next)
    arrange(middle + 1, to, next)
  }

  /** Quickselect (Hoare, 1961): afterwards none before `middle` is greater on the axis, and none behind it less. */
  function select(first: number, last: number, { middle, axis }: { middle: number; axis: number }): void {
    let low = first
    let high = last
    while (low < high) {
      const pivot = sources[order[(low + high) >>> 1]! * STRIDE + axis]!
      let i = low
      let j = high
      while (i <= j) {
        while (sources[order[i]! * STRIDE + axis]! < pivot) i++
        while (sources[order[j]! * STRIDE + axis]! > pivot) j--
        if (i > j) break
        const swapped = order[i]!
        order[i++] = order[j]!
        order[j--] = swapped
      }
      if (middle <= j) high = j
      else if (middle >= i) low = i
      else return
    }
  }
}

/** The numbers of the `count` points nearest to a position (degrees), nearest first, handicaps counted. */
export function findNearest(
  index: NearestIndex,
  near: { readonly latitude: number; readonly longitude: number },
  count: number,
): readonly number[] {
  assert(Number.isFinite(near.latitude) && Number.isFinite(near.longitude), 'a position is two finite numbers')
  const { numbers, vectors } = index
  const target = unitVector(near.latitude, near.longitude)
  const wanted = Math.min(count, numbers.length)
  // Kept in order by insertion: pages are short, and most points fail at the first comparison.
  const found: { readonly number: number; readonly rank: number }[] = []
  visit(0, numbers.length, 0)
  return found.map(({ number }) => number)

  function visit(from: number, to: number, axis: number): void {
    if (to - from <= LEAF_POINTS_MAX) {
      for (let at = from; at < to; at++) offer(at)
      return
    }
    const middle = (from + to) >>> 1
    const offset = target[axis]! - vectors[middle * STRIDE + axis]!
    const next = (axis + 1) % AXES
    if (offset <= 0) visit(from, middle, next)
    else visit(middle + 1, to, next)
    offer(middle)
    if (found.length === wanted && Math.abs(offset) * EARTH_RADIUS_M > found.at(-1)!.rank) return
    if (offset <= 0) visit(middle + 1, to, next)
    else visit(from, middle, next)
  }

  function offer(at: number): void {
    const base = at * STRIDE
    const x = vectors[base]! - target[0]
    const y = vectors[base + 1]! - target[1]
    const z = vectors[base + 2]! - target[2]
    const rank = Math.sqrt(x * x + y * y + z * z) * EARTH_RADIUS_M + vectors[base + 3]!
    if (found.length === wanted && !(rank < (found.at(-1)?.rank ?? 0))) return
    if (found.length === wanted) found.pop()
    let place = found.length
    while (place > 0 && found[place - 1]!.rank > rank) place--
    found.splice(place, 0, { number: numbers[at]!, rank })
  }
}

function unitVector(latitude: number, longitude: number): readonly [number, number, number] {
  const lat = (latitude * Math.PI) / 180
  const lon = (longitude * Math.PI) / 180
  return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)]
}

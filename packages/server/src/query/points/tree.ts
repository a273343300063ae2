/**
 * A k-d tree over points of the globe, as unit vectors: so nothing is special about the date line or the poles, and
 * the straight distance through the Earth orders like the way over it. Packed into typed arrays, 28 bytes a point; built
 * once, never changed. The tree is implicit: the middle of a range splits it (Bentley 1975), ranges of `LEAF` and less
 * are searched through. Selection by Floyd and Rivest (1975).
 */
export interface Tree {
  readonly size: number
  /** x, y, z of each. */
  readonly vectors: Float64Array
  readonly slots: Uint32Array
}

const LEAF = 8
const RADIANS = Math.PI / 180
export const EARTH_RADIUS_METRES = 6_371_008.8

/** Writes the unit vector of a point, in degrees, at `at`. */
export function writeVector(vectors: Float64Array, at: number, lat: number, lon: number): void {
  const phi = lat * RADIANS
  const lambda = lon * RADIANS
  const level = Math.cos(phi)
  vectors[at] = level * Math.cos(lambda)
  vectors[at + 1] = level * Math.sin(lambda)
  vectors[at + 2] = Math.sin(phi)
}

/** Metres over the ground, of the square of a chord of the unit sphere. */
export function metresOf(chord2: number): number {
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(chord2) / 2))
}

export function chordOf(metres: number): number {
  const half = metres / (2 * EARTH_RADIUS_METRES)
  return half >= Math.PI / 2 ? 4 : (2 * Math.sin(half)) ** 2
}

/** Takes the arrays over, and sorts them. */
export function buildTree(vectors: Float64Array, slots: Uint32Array): Tree {
  sortRange(vectors, slots, { left: 0, right: slots.length - 1, axis: 0 })
  return { size: slots.length, vectors, slots }
}

interface Range {
  readonly left: number
  readonly right: number
  readonly axis: number
}

function sortRange(vectors: Float64Array, slots: Uint32Array, { left, right, axis }: Range): void {
  if (right - left < LEAF) return
  const middle = (left + right) >>> 1
  select(vectors, slots, { left, right, axis }, middle)
  const next = (axis + 1) % 3
  sortRange(vectors, slots, { left, right: middle - 1, axis: next })
  sortRange(vectors, slots, { left: middle + 1, right, axis: next })
}

/** Moves what belongs to the `nth` place of an order by one axis there, the smaller before it and the greater after. */
function select(vectors: Float64Array, slots: Uint32Array, range: Range, nth: number): void {
  const { axis } = range
  let { left, right } = range
  while (right > left) {
    if (right - left > 600) {
      const n = right - left + 1
      const m = nth - left + 1
      const z = Math.log(n)
      const s = 0.5 * Math.exp((2 * z) / 3)
      const sd = 0.5 * Math.sqrt((z * s * (n - s)) / n) * (m - n / 2 < 0 ? -1 : 1)
      const newLeft = Math.max(left, Math.floor(nth - (m * s) / n + sd))
      const newRight = Math.min(right, Math.floor(nth + ((n - m) * s) / n + sd))
      select(vectors, slots, { left: newLeft, right: newRight, axis }, nth)
    }
    const pivot = vectors[3 * nth + axis]!
    let i = left
    let j = right
    swap(vectors, slots, left, nth)
    if (vectors[3 * right + axis]! > pivot) swap(vectors, slots, left, right)
    while (i < j) {
      swap(vectors, slots, i, j)
      i++
      j--
      while (vectors[3 * i + axis]! < pivot) i++
      while (vectors[3 * j + axis]! > pivot) j--
    }
    if (vectors[3 * left + axis] === pivot) swap(vectors, slots, left, j)
    else swap(vectors, slots, ++j, right)
    if (j <= nth) left = j + 1
    if (nth <= j) right = j - 1
  }
}

function swap(vectors: Float64Array, slots: Uint32Array, a: number, b: number): void {
  const slot = slots[a]!
  slots[a] = slots[b]!
  slots[b] = slot
  for (let axis = 0; axis < 3; axis++) {
    const value = vectors[3 * a + axis]!
    vectors[3 * a + axis] = vectors[3 * b + axis]!
    vectors[3 * b + axis] = value
  }
}

/** The nearest found so far, at most `wanted`: a heap with the farthest on top. */
export interface Nearest {
  readonly slots: Uint32Array
  /** Squares of chords. */
  readonly chords: Float64Array
  readonly wanted: number
  size: number
  /** Nothing farther is of interest. */
  bound: number
}

/** The arrays of the last question, for the next of the same size: whoever asks takes the answer out at once. */
let spare: Nearest | undefined

export function openNearest(wanted: number, bound: number): Nearest {
  if (spare?.wanted === wanted) return Object.assign(spare, { size: 0, bound })
  spare = { slots: new Uint32Array(wanted), chords: new Float64Array(wanted), wanted, size: 0, bound }
  return spare
}

export function offer(nearest: Nearest, slot: number, chord2: number): void {
  const { slots, chords, wanted } = nearest
  let at: number
  if (nearest.size < wanted) {
    at = nearest.size++
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (chords[parent]! >= chord2) break
      chords[at] = chords[parent]!
      slots[at] = slots[parent]!
      at = parent
    }
  } else {
    at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= wanted) break
      if (child + 1 < wanted && chords[child + 1]! > chords[child]!) child++
      if (chords[child]! <= chord2) break
      chords[at] = chords[child]!
      slots[at] = slots[child]!
      at = child
    }
  }
  chords[at] = chord2
  slots[at] = slot
  if (nearest.size === wanted) nearest.bound = Math.min(nearest.bound, chords[0]!)
}

/** Ranges that wait for their turn: left, right, axis. A tree is at most as many levels deep as its size has bits. */
const waiting = new Int32Array(3 * 64)
/** The square of the distance to the plane before each of them. */
const beyond = new Float64Array(64)

/**
 * Offers what a tree has near a vector; of that, where `isAlive` is given, only what it lets through. Asking costs two
 * looks into memory far apart for each point that is taken, so it is left out where everything is alive.
 */
export function searchTree(
  { size, vectors, slots }: Tree,
  vector: Float64Array,
  nearest: Nearest,
  isAlive: ((slot: number) => boolean) | undefined,
): void {
  if (size === 0) return
  const x = vector[0]!
  const y = vector[1]!
  const z = vector[2]!
  let depth = 1
  waiting[0] = 0
  waiting[1] = size - 1
  waiting[2] = 0
  beyond[0] = 0
  while (depth > 0) {
    depth--
    if (beyond[depth]! > nearest.bound) continue
    let left = waiting[3 * depth]!
    let right = waiting[3 * depth + 1]!
    let axis = waiting[3 * depth + 2]!
    // Down to the leaf on this side of every plane; what is beyond them waits.
    while (right - left >= LEAF) {
      const middle = (left + right) >>> 1
      const across = (axis === 0 ? x : axis === 1 ? y : z) - vectors[3 * middle + axis]!
      axis = axis === 2 ? 0 : axis + 1
      beyond[depth] = across * across
      waiting[3 * depth + 2] = axis
      if (across <= 0) {
        waiting[3 * depth] = middle + 1
        waiting[3 * depth + 1] = right
        right = middle - 1
      } else {
        waiting[3 * depth] = left
        waiting[3 * depth + 1] = middle - 1
        left = middle + 1
      }
      consider(vectors, slots, middle)
      depth++
    }
    for (let at = left; at <= right; at++) consider(vectors, slots, at)
  }

  function consider(from: Float64Array, named: Uint32Array, at: number): void {
    const dx = from[3 * at]! - x
    const dy = from[3 * at + 1]! - y
    const dz = from[3 * at + 2]! - z
    const chord2 = dx * dx + dy * dy + dz * dz
    if (chord2 > nearest.bound) return
    const slot = named[at]!
    if (isAlive === undefined || isAlive(slot)) offer(nearest, slot, chord2)
  }
}

/** Empties a heap: the nearest first. */
export function sortNearest({ slots, chords, size }: Nearest): void {
  for (let last = size - 1; last > 0; last--) {
    const slot = slots[last]!
    const chord2 = chords[last]!
    slots[last] = slots[0]!
    chords[last] = chords[0]!
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= last) break
      if (child + 1 < last && chords[child + 1]! > chords[child]!) child++
      if (chords[child]! <= chord2) break
      chords[at] = chords[child]!
      slots[at] = slots[child]!
      at = child
    }
    slots[at] = slot
    chords[at] = chord2
  }
}

import { assert } from '@waypost/kernel'
import {
  buildTree,
  chordOf,
  metresOf,
  offer,
  openNearest,
  searchTree,
  sortNearest,
  writeVector,
  type Nearest,
  type Tree,
} from './tree.ts'

/**
 * Points with ids, of which the nearest to anywhere are found while others come and go. In: ids (32-bit numbers) with
 * degrees. Out: the nearest, with metres over the ground. Exact at all times.
 * Several trees of growing size and a short list of the newest points (the logarithmic method of Bentley and Saxe,
 * 1980): a point that comes waits in the list, the list becomes a tree, small trees become a larger one. Large ones are
 * built elsewhere (`build`), and the old ones answer meanwhile.
 */
export interface PointIndex {
  /** Puts a point where it is, or is now. */
  put(id: number, lat: number, lon: number): void
  remove(id: number): void
  /** Nearest first; fewer where there are fewer within `metresMax`. */
  nearest(
    at: { readonly lat: number; readonly lon: number },
    options: { readonly count: number; readonly metresMax?: number },
  ): readonly NearPoint[]
  readonly size: number
  /** Of typed arrays. */
  readonly bytes: number
  /** Resolves when no tree is being built. */
  settled(): Promise<void>
}

export interface NearPoint {
  readonly id: number
  readonly metres: number
}

export interface PointIndexOptions {
  /** Builds a tree of many points, elsewhere or later. */
  readonly build?: (vectors: Float64Array, slots: Uint32Array) => Promise<Tree>
  /** Past so many points a tree is one of many. */
  readonly many?: number
}

/** Points that wait for a tree; each question looks at them all. */
const LIST_MAX = 256
/** A tree takes in those before it until one is so many times its size. */
const GROWTH = 4
const MANY = 32_768
const NOBODY = 0xffff_ffff

export function createPointIndex({ build, many = MANY }: PointIndexOptions = {}): PointIndex {
  const listed = new Float64Array(3 * LIST_MAX)
  const listedSlots = new Uint32Array(LIST_MAX)
  let listSize = 0
  /** Largest first. */
  let trees: Tree[] = []
  /** A point has a slot for each time that it was put somewhere; the newest is alive. */
  let slotIds = new Uint32Array(1_024)
  let slots = 0
  let slotOf = new Uint32Array(1_024).fill(NOBODY)
  let size = 0
  /** Points in the list and the trees that are elsewhere by now, or gone. */
  let dead = 0
  let building: Promise<void> | undefined
  /** What is being made into one tree, and must stay as it is meanwhile. */
  let parts: readonly Tree[] = []
  const isAlive = (slot: number): boolean => slotOf[slotIds[slot]!] === slot

  function newSlot(id: number): number {
    assert(Number.isInteger(id) && id >= 0 && id < NOBODY, 'ids are numbers of 32 bits')
    assert(slots < NOBODY, 'slots are numbers of 32 bits')
    if (slots === slotIds.length) slotIds = grown(slotIds, 2 * slots, 0)
    if (id >= slotOf.length) slotOf = grown(slotOf, Math.max(id + 1, 2 * slotOf.length), NOBODY)
    slotIds[slots] = id
    return slots++
  }

  /** The points that are still there, of trees and of the list. */
  function gather(of: readonly Tree[], { withList }: { readonly withList: boolean }) {
    const most = of.reduce((sum, tree) => sum + tree.size, 0) + (withList ? listSize : 0)
    const vectors = new Float64Array(3 * most)
    const kept = new Uint32Array(most)
    let count = 0
    const take = (from: Float64Array, fromSlots: Uint32Array, length: number): void => {
      if (dead === 0) {
        kept.set(fromSlots.subarray(0, length), count)
        vectors.set(from.subarray(0, 3 * length), 3 * count)
        count += length
        return
      }
      for (let at = 0; at < length; at++) {
        if (!isAlive(fromSlots[at]!)) {
          dead--
          continue
        }
        kept[count] = fromSlots[at]!
        vectors[3 * count] = from[3 * at]!
        vectors[3 * count + 1] = from[3 * at + 1]!
        vectors[3 * count + 2] = from[3 * at + 2]!
        count++
      }
    }
    for (const tree of of) take(tree.vectors, tree.slots, tree.size)
    if (withList) take(listed, listedSlots, listSize)
    return count === most
      ? { vectors, slots: kept }
      : { vectors: vectors.slice(0, 3 * count), slots: kept.slice(0, count) }
  }

  function emptyList(): void {
    let from = trees.length
    let total = listSize
    const isFree = (tree: Tree): boolean =>
      tree.size <= GROWTH * total && total + tree.size <= many && !parts.includes(tree)
    while (from > 0 && isFree(trees[from - 1]!)) total += trees[--from]!.size
    const { vectors, slots: kept } = gather(trees.slice(from), { withList: true })
    listSize = 0
    trees = [...trees.slice(0, from), buildTree(vectors, kept)].filter((tree) => tree.size > 0)
    if (building === undefined) joinMany()
  }

  /** Where large trees are due to become one, that is begun; smaller ones go on without waiting for it. */
  function joinMany(): void {
    const large = trees.filter((tree) => tree.size > many / GROWTH)
    let from = large.length
    let total = 0
    while (from > 0 && large[from - 1]!.size <= GROWTH * Math.max(total, many)) total += large[--from]!.size
    if (large.length - from < 2) return
    parts = large.slice(from)
    const { vectors, slots: kept } = gather(parts, { withList: false })
    building = (build ?? buildLater)(vectors, kept).then((tree) => {
      trees = [...trees.filter((each) => !parts.includes(each)), tree].sort((a, b) => b.size - a.size)
      building = undefined
      parts = []
      joinMany()
    })
  }

  const vector = new Float64Array(3)
  function look(count: number, bound: number, alive: typeof isAlive | undefined): Nearest {
    const found = openNearest(count, bound)
    for (const tree of trees) searchTree(tree, vector, found, alive)
    for (let at = 0; at < listSize; at++) {
      const dx = listed[3 * at]! - vector[0]!
      const dy = listed[3 * at + 1]! - vector[1]!
      const dz = listed[3 * at + 2]! - vector[2]!
      const chord2 = dx * dx + dy * dy + dz * dz
      const slot = listedSlots[at]!
      if (chord2 <= found.bound && (alive === undefined || alive(slot))) offer(found, slot, chord2)
    }
    return found
  }

  return {
    put(id, lat, lon) {
      if (slotOf[id] === undefined || slotOf[id] === NOBODY) size++
      else dead++
      const slot = newSlot(id)
      slotOf[id] = slot
      writeVector(listed, 3 * listSize, lat, lon)
      listedSlots[listSize++] = slot
      if (listSize === LIST_MAX) emptyList()
    },
    remove(id) {
      if (slotOf[id] === undefined || slotOf[id] === NOBODY) return
      slotOf[id] = NOBODY
      size--
      dead++
    },
    nearest({ lat, lon }, { count, metresMax }) {
      if (count === 0) return []
      writeVector(vector, 0, lat, lon)
      const bound = metresMax === undefined ? Number.POSITIVE_INFINITY : chordOf(metresMax)
      let found = look(count, bound, undefined)
      // Rarely is one of them dead: then it is asked again, point by point.
      if (dead > 0 && found.slots.subarray(0, found.size).some((slot) => !isAlive(slot)))
        found = look(count, bound, isAlive)
      sortNearest(found)
      const near: NearPoint[] = []
      for (let at = 0; at < found.size; at++) {
        near.push({ id: slotIds[found.slots[at]!]!, metres: metresOf(found.chords[at]!) })
      }
      return near
    },
    get size() {
      return size
    },
    get bytes() {
      const held = trees.reduce((sum, tree) => sum + tree.vectors.byteLength + tree.slots.byteLength, 0)
      return held + slotIds.byteLength + slotOf.byteLength + listed.byteLength + listedSlots.byteLength
    },
    async settled() {
      while (building !== undefined) await building
    },
  }
}

async function buildLater(vectors: Float64Array, slots: Uint32Array): Promise<Tree> {
  await Promise.resolve()
  return buildTree(vectors, slots)
}

function grown(from: Uint32Array, length: number, filler: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length).fill(filler, from.length)
  larger.set(from)
  return larger
}

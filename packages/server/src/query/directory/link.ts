import { isWithin } from '@waypost/lexicon/categories'
import { distanceMetres } from '#project/coordinates.ts'

/**
 * Which entries of different sources are one place. In: entries of one folded name. Out: those that belong together.
 * Promise: the same whatever order they come in, and never two of one source.
 */
export interface Linkable {
  readonly id: string
  readonly source: string
  /** One of ours, or undefined where the source does not say, or says what we do not know. */
  readonly category: string | undefined
  /** Degrees. */
  readonly latitude: number
  readonly longitude: number
}

/** Sources set the point of one and the same shop anywhere between its door and the middle of its block. */
const REACH_M = 150

const TOWN = 'place.town'

/** What is large has its point anywhere in it; only where both say that they are such. */
const REACH_M_BY_CATEGORY: readonly (readonly [category: string, metres: number])[] = [
  [TOWN, 5_000],
  ['travel.airport', 5_000],
  ['nature', 1_000],
  ['civic.university', 500],
  ['culture.theme_park', 500],
  ['sport.stadium', 500],
  ['travel.station', 500],
]

const REACH_M_MAX = Math.max(...REACH_M_BY_CATEGORY.map(([, metres]) => metres))

/** Of one name, so many to the north are looked at from each: there are more only where a name says nothing. */
const NEIGHBOURS_MAX = 500

const METRES_PER_DEGREE = 111_195

interface Pair<Entry> {
  readonly one: Entry
  readonly other: Entry
  /** Metres. */
  readonly distance: number
}

/** Groups of two or more; the nearest find each other first, and in a group each may be the same as each other one. */
export function linkNamesakes<Entry extends Linkable>(namesakes: readonly Entry[]): readonly (readonly Entry[])[] {
  const groupOf = new Map<Entry, readonly Entry[]>()
  for (const { one, other } of pairsIn(namesakes)) {
    const [left, right] = [groupOf.get(one) ?? [one], groupOf.get(other) ?? [other]]
    if (!left.every((a) => right.every((b) => distanceIfSame(a, b) !== undefined))) continue
    const group = [...left, ...right]
    for (const each of group) groupOf.set(each, group)
  }
  return [...new Set(groupOf.values())]
}

function pairsIn<Entry extends Linkable>(namesakes: readonly Entry[]): readonly Pair<Entry>[] {
  const pairs: Pair<Entry>[] = []
  const fromSouth = namesakes.toSorted((a, b) => a.latitude - b.latitude || byId(a, b))
  for (const [at, one] of fromSouth.entries()) {
    for (const other of fromSouth.slice(at + 1, at + 1 + NEIGHBOURS_MAX)) {
      if ((other.latitude - one.latitude) * METRES_PER_DEGREE > REACH_M_MAX) break
      const distance = distanceIfSame(one, other)
      if (distance !== undefined) pairs.push({ one, other, distance })
    }
  }
  return pairs.sort((a, b) => a.distance - b.distance || byId(a.one, b.one) || byId(a.other, b.other))
}

/** Metres between two that may be one place. */
function distanceIfSame(a: Linkable, b: Linkable): number | undefined {
  if (a.source === b.source || !areCompatible(a.category, b.category)) return undefined
  const distance = distanceMetres({ lat: a.latitude, lon: a.longitude }, { lat: b.latitude, lon: b.longitude })
  return distance <= Math.min(reachOf(a), reachOf(b)) ? distance : undefined
}

/** In the middle of a town much is called like it, the station before all: a town is what says that it is one. */
function areCompatible(a: string | undefined, b: string | undefined): boolean {
  if (a === TOWN || b === TOWN) return a === b
  return a === undefined || b === undefined || groupOfCategory(a) === groupOfCategory(b)
}

function groupOfCategory(category: string): string {
  return category.split('.', 1)[0]!
}

function reachOf({ category }: Linkable): number {
  const large = REACH_M_BY_CATEGORY.find(([id]) => category !== undefined && isWithin(category, id))
  return large?.[1] ?? REACH_M
}

function byId(a: Linkable, b: Linkable): number {
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}

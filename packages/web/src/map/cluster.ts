import type { Bounds } from './area.ts'
import { type LngLat, project, unproject, type Unit, WORLD_PX, wrapLongitude } from './mercator.ts'

/** One check-in on the map, or several of which only the part of the map is known. */
export interface MapPoint extends LngLat {
  readonly id: string
  /** Absent: one. */
  readonly count?: number
  /** Where they are, if they are several. */
  readonly box?: Bounds
}

/** What is drawn: one point, or several that would hide each other at this zoom. */
export interface Cluster extends LngLat {
  /** The id of its first point: stable as long as that point stays first. */
  readonly id: string
  /** In the order in which the points were given. */
  readonly points: readonly MapPoint[]
  /** Check-ins of all its points. */
  readonly count: number
}

/** Pins keep at least this much room between them. */
const GAP_PX = 3
/** Points nearer than this are one from the start, which bounds the work on crowded maps. */
const CELL_PX = 22

/** The radius at which a cluster is drawn, in pixels: it grows with the logarithm, so a thousand still fits a city. */
export function pinRadius(count: number): number {
  return count === 1 ? 19 : Math.min(32, 17 + 3.2 * Math.log2(count))
}

/**
 * Groups points so that no two pins overlap at a zoom: first by a coarse grid, then by merging the two that overlap most
 * until none do. A cluster stands at the mean of its check-ins.
 */
export function cluster(points: readonly MapPoint[], zoom: number): Cluster[] {
  const world = WORLD_PX * 2 ** zoom
  let groups = [...byCell(points, world).values()]
  for (;;) {
    const pair = worstOverlap(groups, world)
    if (pair === undefined) break
    const [first, second] = pair
    groups = groups.filter((group) => group !== first && group !== second)
    groups.push(merge(first, second))
  }
  return groups.map(({ x, y, members, count }) => {
    const inOrder = members.toSorted((a, b) => a.order - b.order).map(({ point }) => point)
    const { lng, lat } = inOrder.length === 1 && inOrder[0] !== undefined ? inOrder[0] : unproject({ x, y })
    return { id: inOrder[0]?.id ?? '', lng: wrapLongitude(lng), lat, points: inOrder, count }
  })
}

interface Group extends Unit {
  readonly count: number
  readonly members: readonly { readonly point: MapPoint; readonly order: number }[]
}

function byCell(points: readonly MapPoint[], world: number): Map<string, Group> {
  const cells = new Map<string, Group>()
  for (const [order, point] of points.entries()) {
    const at = project(point)
    const key = `${Math.floor((at.x * world) / CELL_PX)}:${Math.floor((at.y * world) / CELL_PX)}`
    const group: Group = { ...at, count: point.count ?? 1, members: [{ point, order }] }
    const known = cells.get(key)
    cells.set(key, known === undefined ? group : merge(known, group))
  }
  return cells
}

function worstOverlap(groups: readonly Group[], world: number): [Group, Group] | undefined {
  let worst: [Group, Group] | undefined
  let depth = 0
  for (const [index, first] of groups.entries()) {
    for (let other = index + 1; other < groups.length; other++) {
      const second = groups[other]
      if (second === undefined) continue
      const apart = Math.hypot(across(first.x, second.x), first.y - second.y) * world
      const overlap = pinRadius(first.count) + pinRadius(second.count) + GAP_PX - apart
      if (overlap > depth) {
        depth = overlap
        worst = [first, second]
      }
    }
  }
  return worst
}

function merge(first: Group, second: Group): Group {
  const count = first.count + second.count
  const share = second.count / count
  return {
    x: first.x + across(first.x, second.x) * share,
    y: first.y + (second.y - first.y) * share,
    count,
    members: [...first.members, ...second.members],
  }
}

/** The signed way from one longitude to another, the short way round. */
function across(from: number, to: number): number {
  const way = to - from
  return way - Math.round(way)
}

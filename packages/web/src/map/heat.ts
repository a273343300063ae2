import type { CellView } from '../views.ts'
import { type LngLat, project, WORLD_PX } from './mercator.ts'

/** Where somebody was, and how often. */
export interface HeatPoint extends LngLat {
  readonly count: number
}

/** How far the heat of a point reaches. */
export const HEAT_RADIUS_PX = 20
/** What a kernel of weight and intensity 1 adds at its middle, in MapLibre's heatmap. */
const KERNEL_PEAK = 0.3989
/** A spot is never hotter than this many single check-ins would make it: a lone visit is not the hottest there can be. */
const HOTTEST_MIN = 4

/** A hundred visits to one place are warmer than one, not a hundred times as warm. */
export function heatOf(count: number): number {
  return Math.log2(1 + count)
}

/**
 * The intensity at which the hottest spot of a zoom just reaches the end of the colours, so that nothing saturates
 * however many points fall together when the map is seen from afar.
 */
export function intensityAt(points: readonly HeatPoint[], zoom: number): number {
  const spots = gatherHeat(points, zoom, HEAT_RADIUS_PX / 2)
  const hottest = Math.max(HOTTEST_MIN, ...spots.map(({ heat }) => heat))
  return 1 / (KERNEL_PEAK * hottest)
}

export interface HeatSpot extends LngLat {
  readonly heat: number
}

/** Points that fall into one square of the screen are one, at the middle of the warmest of them. */
export function gatherHeat(points: readonly HeatPoint[], zoom: number, cellPx: number): readonly HeatSpot[] {
  const world = WORLD_PX * 2 ** zoom
  const spots = new Map<string, { lng: number; lat: number; heat: number; warmest: number }>()
  for (const { lng, lat, count } of points) {
    const at = project({ lng, lat })
    const key = `${Math.floor((at.x * world) / cellPx)}:${Math.floor((at.y * world) / cellPx)}`
    const spot = spots.get(key) ?? { lng, lat, heat: 0, warmest: 0 }
    spots.set(key, spot)
    spot.heat += heatOf(count)
    if (count > spot.warmest) Object.assign(spot, { lng, lat, warmest: count })
  }
  return [...spots.values()]
}

/** The same points as parts of a map, as wide as their coordinates are exact. */
export function cellsOf(points: readonly HeatPoint[]): readonly CellView[] {
  const decimals = Math.max(0, ...points.map(({ lng, lat }) => Math.max(decimalsOf(lng), decimalsOf(lat))))
  const half = 0.5 * 10 ** -decimals
  return points.map(({ lng, lat, count }) => ({
    north: (lat + half).toFixed(6),
    south: (lat - half).toFixed(6),
    east: (lng + half).toFixed(6),
    west: (lng - half).toFixed(6),
    count,
  }))
}

function decimalsOf(value: number): number {
  return String(value).split('.')[1]?.length ?? 0
}

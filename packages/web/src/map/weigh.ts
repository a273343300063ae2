import type { CellView, CheckinView } from '../views.ts'
import type { Bounds } from './area.ts'
import type { MapPoint } from './cluster.ts'
import { type LngLat, readGeo } from './mercator.ts'

/**
 * The points of a map that is a feed. In: the check-ins at hand, newest first, and how many lie in each cell, whether at
 * hand or not. Out: one point for each at hand, then one for the rest of each cell, so that together they count what the
 * cells say. The rest stands where those of its cell are that are at hand, else in its middle.
 * `gone`: what is still counted and no longer there.
 */
export function weigh(
  items: readonly CheckinView[],
  cells: readonly CellView[],
  gone: ReadonlySet<string> = new Set(),
): MapPoint[] {
  const at = new Map(items.map(({ uri, place }) => [uri as string, readGeo(place.geo)]))
  const all = [...at].flatMap(([id, geo]) => (geo === undefined ? [] : [{ id, ...geo }]))
  const rests = cells.flatMap((cell): MapPoint[] => {
    const box = boundsOfCell(cell)
    const inside = all.filter((point) => isInside(point, box))
    const count = cell.count - inside.length
    const here = inside.filter(({ id }) => !gone.has(id))
    return count <= 0 ? [] : [{ id: idOf(cell), ...middleOf(here, box), count, box }]
  })
  return [...all.filter(({ id }) => !gone.has(id)), ...rests]
}

/** Its newest check-in is of no other cell; no two cells share a corner. */
function idOf({ newest, north, west }: CellView): string {
  return newest === undefined ? `${north},${west}` : `${newest}#cell`
}

function boundsOfCell({ north, south, east, west }: CellView): Bounds {
  return { north: Number(north), south: Number(south), east: Number(east), west: Number(west) }
}

function isInside({ lat, lng }: LngLat, { north, south, east, west }: Bounds): boolean {
  return lat <= north && lat > south && lng >= west && lng < east
}

function middleOf(points: readonly LngLat[], { north, south, east, west }: Bounds): LngLat {
  if (points.length === 0) return { lat: (north + south) / 2, lng: (east + west) / 2 }
  const sum = points.reduce((so, { lat, lng }) => ({ lat: so.lat + lat, lng: so.lng + lng }), { lat: 0, lng: 0 })
  return { lat: sum.lat / points.length, lng: sum.lng / points.length }
}

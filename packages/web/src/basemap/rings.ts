/**
 * Cuts spherical outlines at the antimeridian, so that they may be drawn on a flat map.
 *
 * In comes what world-atlas ships: rings that run across +-180 degrees as if the edge of the map were not there. Drawn
 * as they are, the edge that jumps from one side to the other turns whole bands of sea into land. Out come rings that
 * stay within -180..180. The method: unroll the ring so that its longitudes are continuous, clip it to each window of
 * 360 degrees that it touches (Sutherland and Hodgman, 1974, against two vertical lines), and move each part home.
 */

export type Point = readonly [longitude: number, latitude: number]
export type Ring = readonly Point[]

const POLE = 90

/** Longitudes made continuous: each step is at most half a turn. A ring round a pole is closed along that pole. */
export function unroll(ring: Ring): Point[] {
  const points: Point[] = []
  let shift = 0
  let previous: number | undefined
  for (const [longitude, latitude] of ring) {
    if (previous !== undefined && longitude - previous > 180) shift -= 360
    if (previous !== undefined && longitude - previous < -180) shift += 360
    previous = longitude
    points.push([longitude + shift, latitude])
  }
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined || Math.abs(last[0] - first[0]) < 180) return points
  const pole = first[1] < 0 ? -POLE : POLE
  return [...points, [last[0], pole], [first[0], pole], first]
}

/** The parts of an unrolled ring in each window of 360 degrees, moved into -180..180, by the number of the window. */
export function cutRing(ring: Ring): Map<number, Point[]> {
  const unrolled = unroll(ring)
  const longitudes = unrolled.map(([longitude]) => longitude)
  const first = Math.floor((Math.min(...longitudes) + 180) / 360)
  const last = Math.ceil((Math.max(...longitudes) + 180) / 360) - 1
  const parts = new Map<number, Point[]>()
  for (let window = first; window <= Math.max(first, last); window++) {
    const west = -180 + window * 360
    const inside = clip(clip(unrolled, west, 1), west + 360, -1)
    if (inside.length < 4) continue
    parts.set(
      window,
      inside.map(([longitude, latitude]) => [longitude - window * 360, latitude]),
    )
  }
  return parts
}

/** Polygons (outer ring first, then holes) cut into polygons that stay on the map. */
export function cutPolygon(polygon: readonly Ring[]): Point[][][] {
  const [outer, ...holes] = polygon
  if (outer === undefined) return []
  const cutHoles = holes.map(cutRing)
  return [...cutRing(outer)].map(([window, ring]) => [
    ring,
    ...cutHoles.flatMap((parts) => {
      const hole = parts.get(window)
      return hole === undefined ? [] : [hole]
    }),
  ])
}

/** A line cut where it crosses the antimeridian. */
export function cutLine(line: Ring): Point[][] {
  const parts: Point[][] = []
  let part: Point[] = []
  let previous: Point | undefined
  for (const point of line) {
    if (previous !== undefined && Math.abs(point[0] - previous[0]) > 180) {
      const edge = previous[0] > 0 ? 180 : -180
      const unrolled = point[0] + 2 * edge
      const share = (edge - previous[0]) / (unrolled - previous[0] || 1)
      const latitude = previous[1] + share * (point[1] - previous[1])
      part.push([edge, latitude])
      parts.push(part)
      part = [[-edge, latitude]]
    }
    part.push(point)
    previous = point
  }
  parts.push(part)
  return parts.filter(({ length }) => length > 1)
}

/** The part of a closed ring on one side of a meridian: east of it for 1, west of it for -1. */
function clip(ring: Ring, meridian: number, side: 1 | -1): Point[] {
  const out: Point[] = []
  const isInside = ([longitude]: Point) => (longitude - meridian) * side >= 0
  for (let index = 0; index < ring.length; index++) {
    const from = ring[index]
    const to = ring[(index + 1) % ring.length]
    if (from === undefined || to === undefined) continue
    if (isInside(from)) out.push(from)
    if (isInside(from) !== isInside(to)) {
      const share = (meridian - from[0]) / (to[0] - from[0])
      out.push([meridian, from[1] + share * (to[1] - from[1])])
    }
  }
  const start = out[0]
  return start === undefined ? out : [...out, start]
}

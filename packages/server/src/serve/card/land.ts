import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { assert } from '@waypost/kernel'

/**
 * A piece of the built-in world map as an SVG path. In: a point and a size in pixels. Out: the land around the point,
 * which is in the middle, in Web Mercator. Source: Natural Earth's 1:50m land, by way of world-atlas.
 */
export interface Land {
  around(point: { readonly lat: number; readonly lon: number }, size: Size): string
}

export interface Size {
  readonly width: number
  readonly height: number
}

type Point = readonly [x: number, y: number]

/** Of the whole world's width: a piece shows some 40 degrees, enough to know a coast again. */
const WORLD_PIXELS = 5_000
/** Where the Mercator square ends. */
const LATITUDE_MAX = 85.05

export async function loadLand(): Promise<Land> {
  const file = fileURLToPath(import.meta.resolve('world-atlas/land-50m.json'))
  const rings = landRings(JSON.parse(await readFile(file, 'utf8')) as Topology).map(project)
  return {
    around({ lat, lon }, { width, height }) {
      const [x, y] = mercator([lon, lat])
      const left = x - width / 2
      const top = y - height / 2
      // The world goes on beyond the antimeridian.
      return [-WORLD_PIXELS, 0, WORLD_PIXELS]
        .flatMap((shift) =>
          rings
            .filter(
              ({ west, east, north, south }) =>
                west + shift < left + width && east + shift > left && north < top + height && south > top,
            )
            .map(({ points }) => pathOf(points, { dx: shift - left, dy: -top })),
        )
        .join('')
    },
  }
}

interface Topology {
  readonly transform: { readonly scale: Point; readonly translate: Point }
  /** Each a line, told by the steps between its points. */
  readonly arcs: readonly (readonly Point[])[]
  readonly objects: {
    readonly land: { readonly geometries: readonly { readonly arcs: readonly (readonly (readonly number[])[])[] }[] }
  }
}

/** TopoJSON: a ring is a chain of arcs, a number below zero stands for an arc (of its complement) backwards. */
function landRings({ transform, arcs, objects }: Topology): Point[][] {
  const { scale, translate } = transform
  const lines = arcs.map((steps) => {
    let [x, y] = [0, 0]
    return steps.map(([dx, dy]): Point => {
      x += dx
      y += dy
      return [x * scale[0] + translate[0], y * scale[1] + translate[1]]
    })
  })
  const line = (arc: number): readonly Point[] => (arc < 0 ? lines[~arc]!.toReversed() : lines[arc]!)
  return objects.land.geometries.flatMap(({ arcs: polygons }) =>
    polygons.flat().map((chain) => chain.flatMap((arc, at) => line(arc).slice(at === 0 ? 0 : 1))),
  )
}

interface Ring {
  readonly points: readonly Point[]
  readonly west: number
  readonly east: number
  readonly north: number
  readonly south: number
}

/** Longitudes go on beyond 180 degrees where a ring crosses the antimeridian, so that it stays in one piece. */
function project(ring: readonly Point[]): Ring {
  let before = ring[0]?.[0] ?? 0
  const points = ring.map(([lon, lat]): Point => {
    before = lon + Math.round((before - lon) / 360) * 360
    return mercator([before, lat])
  })
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
  assert(xs.length > 0, 'a ring has points')
  return { points, west: Math.min(...xs), east: Math.max(...xs), north: Math.min(...ys), south: Math.max(...ys) }
}

function mercator([lon, lat]: Point): Point {
  const limited = Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, lat))
  const y = Math.log(Math.tan(Math.PI / 4 + (limited * Math.PI) / 360)) / Math.PI
  return [(lon / 360 + 0.5) * WORLD_PIXELS, (0.5 - y / 2) * WORLD_PIXELS]
}

function pathOf(points: readonly Point[], { dx, dy }: { readonly dx: number; readonly dy: number }): string {
  return `M${points.map(([x, y]) => `${(x + dx).toFixed(1)} ${(y + dy).toFixed(1)}`).join('L')}Z`
}

import { ok, refuse, type Result } from '@waypost/kernel'
import { readPoint } from '#project/coordinates.ts'

/** A part of the Earth's surface; degrees and metres. */
export type Area = BoxArea | CircleArea

export interface BoxArea {
  readonly kind: 'box'
  readonly north: number
  readonly south: number
  readonly east: number
  /** West of east, or east of it: then the box crosses the antimeridian. */
  readonly west: number
}

export interface CircleArea {
  readonly kind: 'circle'
  readonly lat: number
  readonly lon: number
  readonly radius: number
}

/** A box that does not cross the antimeridian. */
export interface PlainBox {
  readonly north: number
  readonly south: number
  readonly east: number
  readonly west: number
}

export interface AreaParams {
  readonly north?: string | undefined
  readonly south?: string | undefined
  readonly east?: string | undefined
  readonly west?: string | undefined
  readonly latitude?: string | undefined
  readonly longitude?: string | undefined
  readonly radius?: number | undefined
}

const RADIUS_METRES_MAX = 100_000

/** One whole box or one whole circle, in range. */
export function readArea(params: AreaParams): Result<Area, 'InvalidArea'> {
  const { north, south, east, west, latitude, longitude, radius } = params
  const isBox = [north, south, east, west].every((side) => side !== undefined)
  const isCircle = [latitude, longitude, radius].every((part) => part !== undefined)
  const given = Object.values({ north, south, east, west, latitude, longitude, radius })
  const count = given.filter((value) => value !== undefined).length
  if (isBox && count === 4) {
    const upper = readPosition(north, east)
    const lower = readPosition(south, west)
    if (upper === undefined || lower === undefined || upper.lat < lower.lat) return refuse('InvalidArea')
    return ok({ kind: 'box', north: upper.lat, east: upper.lon, south: lower.lat, west: lower.lon })
  }
  const centre = readPosition(latitude, longitude)
  if (!isCircle || count !== 3 || centre === undefined) return refuse('InvalidArea')
  if (radius === undefined || !(radius > 0 && radius <= RADIUS_METRES_MAX)) return refuse('InvalidArea')
  return ok({ kind: 'circle', ...centre, radius })
}

/** A position as a parameter; unlike in a record, swapped degrees are not repaired but refused. */
export function readPosition(latitude: unknown, longitude: unknown): { lat: number; lon: number } | undefined {
  const point = readPoint({ latitude, longitude })
  if (point === undefined || Number(latitude) !== point.lat) return undefined
  return { lat: point.lat, lon: point.lon }
}

const METRES_PER_DEGREE = 111_195

/** Plain boxes that together hold the area: two where it crosses the antimeridian. */
export function boxesOf(area: Area): readonly PlainBox[] {
  if (area.kind === 'box') return splitAtAntimeridian(area)
  const { lat, lon, radius } = area
  const dLat = (radius / METRES_PER_DEGREE) * 1.01
  const north = Math.min(90, lat + dLat)
  const south = Math.max(-90, lat - dLat)
  // A circle that holds a pole goes all the way round.
  if (north === 90 || south === -90) return [{ north, south, east: 180, west: -180 }]
  const widest = Math.max(Math.abs(north), Math.abs(south))
  const dLon = dLat / Math.cos((widest * Math.PI) / 180)
  if (dLon >= 180) return [{ north, south, east: 180, west: -180 }]
  return splitAtAntimeridian({ north, south, east: wrap(lon + dLon), west: wrap(lon - dLon) })
}

function splitAtAntimeridian({ north, south, east, west }: PlainBox): readonly PlainBox[] {
  if (west <= east) return [{ north, south, east, west }]
  return [
    { north, south, east: 180, west },
    { north, south, east, west: -180 },
  ]
}

function wrap(degrees: number): number {
  if (degrees > 180) return degrees - 360
  return degrees < -180 ? degrees + 360 : degrees
}

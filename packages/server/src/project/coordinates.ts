/** A point on Earth: degrees as numbers, and as the decimal text that records and views carry. */
export interface Point {
  /** -90 to 90. */
  readonly lat: number
  /** -180 to 180. */
  readonly lon: number
  readonly latitude: string
  readonly longitude: string
}

/** What a repository may hold where a point belongs: text by the lexicons, numbers in older records of others. */
export interface LooseGeo {
  readonly latitude?: unknown
  readonly longitude?: unknown
}

const DECIMAL = /^[+-]?(?:\d{1,3}(?:\.\d*)?|\.\d+)$/

/** Longest text that is read as a coordinate; anything longer is not one. */
const COORDINATE_CHARACTERS_MAX = 32

/**
 * The point that a record means; undefined where it means none. Published data has latitude and longitude swapped:
 * where only the swap makes sense (a latitude past 90 beside a longitude within 90) they are swapped back.
 */
export function readPoint(geo: LooseGeo | undefined): Point | undefined {
  if (geo === undefined || geo === null || typeof geo !== 'object') return undefined
  const first = readDegrees(geo.latitude)
  const second = readDegrees(geo.longitude)
  if (first === undefined || second === undefined) return undefined
  if (Math.abs(first.value) <= 90 && Math.abs(second.value) <= 180) return pointOf(first, second)
  if (Math.abs(first.value) <= 180 && Math.abs(second.value) <= 90) return pointOf(second, first)
  return undefined
}

interface Degrees {
  readonly value: number
  readonly text: string
}

function readDegrees(given: unknown): Degrees | undefined {
  if (typeof given === 'number') return Number.isFinite(given) ? { value: given, text: plainDecimal(given) } : undefined
  if (typeof given !== 'string' || given.length > COORDINATE_CHARACTERS_MAX) return undefined
  const text = given.trim()
  if (!DECIMAL.test(text)) return undefined
  return { value: Number(text), text }
}

/** Without an exponent, which no reader of a decimal expects. */
function plainDecimal(value: number): string {
  const text = String(value)
  return text.includes('e') ? value.toFixed(7) : text
}

function pointOf(lat: Degrees, lon: Degrees): Point {
  return { lat: lat.value, lon: lon.value, latitude: lat.text, longitude: lon.text }
}

const EARTH_RADIUS_METRES = 6_371_008.8

/** Great-circle distance in metres (haversine, on a sphere of the mean radius: at most 0.6 % off the ellipsoid). */
export function distanceMetres(a: Pick<Point, 'lat' | 'lon'>, b: Pick<Point, 'lat' | 'lon'>): number {
  const toRadians = Math.PI / 180
  const dLat = (b.lat - a.lat) * toRadians
  const dLon = (b.lon - a.lon) * toRadians
  const h =
    Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * toRadians) * Math.cos(b.lat * toRadians) * Math.sin(dLon / 2) ** 2
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(h)))
}

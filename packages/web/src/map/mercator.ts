/**
 * Web Mercator on the unit square: x to the east, y to the south, both 0..1. MapLibre's zoom 0 shows that square on 512
 * pixels. The still map, the pins and the live map all use this one projection, so that nothing jumps between them.
 */

export interface LngLat {
  readonly lng: number
  readonly lat: number
}

export interface Unit {
  readonly x: number
  readonly y: number
}

/** What part of the world a map shows. */
export interface Camera {
  readonly center: LngLat
  readonly zoom: number
}

export interface Box {
  readonly width: number
  readonly height: number
}

export const WORLD_PX = 512
export const BUILT_IN_ATTRIBUTION = 'Natural Earth · GeoNames'
const LATITUDE_MAX = 85.051_129

export function project({ lng, lat }: LngLat): Unit {
  const limited = Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, lat))
  const y = Math.log(Math.tan(Math.PI / 4 + (limited * Math.PI) / 360)) / Math.PI
  return { x: lng / 360 + 0.5, y: 0.5 - y / 2 }
}

export function unproject({ x, y }: Unit): LngLat {
  return { lng: (x - 0.5) * 360, lat: (Math.atan(Math.exp((1 - 2 * y) * Math.PI)) * 360) / Math.PI - 90 }
}

/** A record's decimal strings as a position; undefined where they are out of range, not numbers, or 0,0 by mistake. */
export function readGeo(geo: { latitude: string; longitude: string } | undefined): LngLat | undefined {
  if (geo === undefined || geo.latitude.trim() === '' || geo.longitude.trim() === '') return undefined
  const lat = Number(geo.latitude)
  const lng = Number(geo.longitude)
  if (!(Math.abs(lat) <= 90 && Math.abs(lng) <= 180) || (lat === 0 && lng === 0)) return undefined
  return { lng, lat }
}

/** Decimal strings with 5 decimals, about a metre: records have no floats. */
export function writeGeo({ lng, lat }: LngLat): { latitude: string; longitude: string } {
  return { latitude: lat.toFixed(5), longitude: wrapLongitude(lng).toFixed(5) }
}

export function wrapLongitude(lng: number): number {
  return lng >= -180 && lng < 180 ? lng : ((((lng + 180) % 360) + 360) % 360) - 180
}

export interface Fit extends Box {
  readonly padding?: number
  readonly zoomMin?: number
  readonly zoomMax?: number
}

/**
 * The camera that shows all points in a box of pixels. The shorter way round the world is taken, so that Fiji and Samoa
 * are neighbours.
 */
export function fit(points: readonly LngLat[], { width, height, padding = 0, zoomMin = 0, zoomMax = 14 }: Fit): Camera {
  if (points.length === 0) return { center: { lng: 10, lat: 25 }, zoom: zoomMin }
  const units = points.map(project)
  const { west, span } = shortestArc(units.map(({ x }) => x))
  const ys = units.map(({ y }) => y)
  const top = Math.min(...ys)
  const bottom = Math.max(...ys)
  const zoomFor = (extent: number, pixels: number) =>
    extent <= 0 ? zoomMax : Math.log2(Math.max(1, pixels - 2 * padding) / (extent * WORLD_PX))
  const zoom = Math.max(zoomMin, Math.min(zoomMax, zoomFor(span, width), zoomFor(bottom - top, height)))
  const { lng, lat } = unproject({ x: west + span / 2, y: (top + bottom) / 2 })
  return { center: { lng: wrapLongitude(lng), lat }, zoom }
}

/** The shortest stretch of the circle 0..1 that holds all of these. */
function shortestArc(xs: readonly number[]): { west: number; span: number } {
  const around = xs.map((x) => ((x % 1) + 1) % 1).toSorted((a, b) => a - b)
  let west = around[0] ?? 0
  let gap = 0
  for (const [index, x] of around.entries()) {
    const next = around[index + 1] ?? (around[0] ?? 0) + 1
    if (next - x > gap) {
      gap = next - x
      west = next % 1
    }
  }
  return { west, span: around.length > 1 ? 1 - gap : 0 }
}

/** The same camera with nothing beyond the poles in sight, as the live map keeps it. */
export function clamped({ center, zoom }: Camera, { width, height }: Box): Camera {
  const enough = Math.max(zoom, Math.log2(Math.max(width, height, 1) / WORLD_PX))
  const half = height / 2 / (WORLD_PX * 2 ** enough)
  const { x, y } = project(center)
  const { lng, lat } = unproject({ x, y: Math.max(half, Math.min(1 - half, y)) })
  return { center: { lng: wrapLongitude(lng), lat }, zoom: enough }
}

/** Where most maps have their middle. */
const FAMILIAR_LNG = 11
/** A view that shows at least this share of the way round the world is a view of the world. */
const WORLD_SHARE = 0.7

/**
 * The first view of a page: all points, nothing beyond the poles, and where nearly the whole world shows anyway, the
 * familiar way round, so that nobody has to look for the continents.
 */
export function framed(points: readonly LngLat[], fitting: Fit): Camera {
  const camera = clamped(fit(points, fitting), fitting)
  const isWorld = fitting.width / (WORLD_PX * 2 ** camera.zoom) >= WORLD_SHARE
  if (!isWorld) return camera
  return clamped({ center: { lng: FAMILIAR_LNG, lat: camera.center.lat }, zoom: 0 }, fitting)
}

/** Where a point is drawn in a box of pixels; of the world's copies, the one nearest to the middle. */
export function toPixels(point: LngLat, { center, zoom }: Camera, { width, height }: Box): Unit {
  const world = WORLD_PX * 2 ** zoom
  const at = project(point)
  const middle = project(center)
  const dx = at.x - middle.x
  return { x: (dx - Math.round(dx)) * world + width / 2, y: (at.y - middle.y) * world + height / 2 }
}

const EARTH_METRES = 6_371_008.8

/** Metres between two points over a sphere (haversine). */
export function metresBetween(a: LngLat, b: LngLat): number {
  const radians = Math.PI / 180
  const sinLat = Math.sin(((b.lat - a.lat) * radians) / 2)
  const sinLng = Math.sin(((b.lng - a.lng) * radians) / 2)
  const h = sinLat ** 2 + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * sinLng ** 2
  return 2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(h)))
}

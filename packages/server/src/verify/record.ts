import { decodeCid } from '@atproto/lex'
import { isValidDatetime } from '@atproto/syntax'
import { app, community } from '@waypost/lexicon'
import { ok, type Result } from '@waypost/kernel'
import type { Scanned } from '#wire/scanned.ts'
import { fault, type Fault } from '#verify/blocks.ts'
import { keyFits, type Collection } from '#verify/collections.ts'

/** Validation without coercion: it is stricter than parsing, and twenty times as fast on records that are valid. */
interface Schema {
  safeValidate(value: unknown): { readonly success: boolean; readonly reason?: unknown }
}

/** Anchor's check-ins are not among them: two of their three generations have no lexicon. */
const SCHEMAS: Readonly<Record<Exclude<Collection, 'app.dropanchor.checkin'>, Schema>> = {
  'app.waypost.checkin': app.waypost.checkin.main,
  'app.waypost.place': app.waypost.place.main,
  'app.waypost.comment': app.waypost.comment.main,
  'app.waypost.tip': app.waypost.tip.main,
  'app.waypost.companion': app.waypost.companion.main,
  'app.waypost.list': app.waypost.list.main,
  'app.waypost.listItem': app.waypost.listItem.main,
  'app.waypost.listFollow': app.waypost.listFollow.main,
  'app.waypost.placeLink': app.waypost.placeLink.main,
  'app.waypost.profile': app.waypost.profile.main,
  'community.lexicon.interaction.like': community.lexicon.interaction.like.main,
  'community.lexicon.calendar.rsvp': community.lexicon.calendar.rsvp.main,
  'app.bsky.graph.follow': app.bsky.graph.follow.main,
  'app.bsky.graph.block': app.bsky.graph.block.main,
  'app.bsky.actor.profile': app.bsky.actor.profile.main,
  'app.dropanchor.comment': app.dropanchor.comment.main,
  'app.dropanchor.like': app.dropanchor.like.main,
  'app.beaconbits.beacon': app.beaconbits.beacon.main,
  'app.beaconbits.beacon.like': app.beaconbits.beacon.like.main,
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Whether a record (a map, as `scanBlock` gives it) is one of its collection: its `$type`, its key, its lexicon, and
 * coordinates that are on Earth.
 */
export function checkRecord(
  collection: Collection,
  rkey: string,
  record: Scanned | undefined,
): Result<undefined, Fault> {
  // Links as the lexicons' schemas know them.
  const value = record?.value(0, decodeCid)
  if (!isFields(value)) return fault('record-invalid', 'not an object')
  if (value['$type'] !== collection) return fault('record-invalid', '$type is not the collection')
  if (!keyFits(collection, rkey)) return fault('record-key-invalid', collection)
  if (collection === 'app.dropanchor.checkin') {
    return readsAsAnchorCheckin(value) ? ok(undefined) : fault('record-invalid', 'not readable as a check-in of Anchor')
  }
  const checked = SCHEMAS[collection].safeValidate(value)
  if (!checked.success) return fault('record-invalid', issueOf(checked.reason))
  return placesAreOnEarth(collection, value) ? ok(undefined) : fault('record-invalid', 'coordinates')
}

/** The path and kind of the first issue; never the value, which is somebody's words or whereabouts. */
function issueOf(reason: unknown): string {
  const issues = (reason as { issues?: readonly { code?: unknown; path?: readonly unknown[] }[] } | undefined)?.issues
  const first = issues?.[0]
  return first ? `${String(first.code)} at ${(first.path ?? []).join('.')}` : 'lexicon'
}

/** `app.waypost.*` is strict. Of others' records the position may be missing or swapped: readers sort that out. */
function placesAreOnEarth(collection: Collection, record: Fields): boolean {
  switch (collection) {
    case 'app.waypost.checkin':
      return placeIsOnEarth(record['place']) && positionIsOnEarth(record['position'])
    case 'app.waypost.listItem':
    case 'app.waypost.tip':
      return placeIsOnEarth(record['place'])
    case 'app.waypost.placeLink':
      return placeIsOnEarth(record['place']) && placeIsOnEarth(record['sameAs'])
    case 'app.waypost.place':
      return isOnEarth(record['geo'])
    case 'app.beaconbits.beacon':
      return record['location'] === undefined || isOnEarth(record['location']) || isOnEarthSwapped(record['location'])
    default:
      return true
  }
}

function placeIsOnEarth(place: unknown): boolean {
  return isFields(place) && (place['geo'] === undefined || isOnEarth(place['geo']))
}

function positionIsOnEarth(position: unknown): boolean {
  if (position === undefined) return true
  const location = isFields(position) ? position['location'] : undefined
  if (!isFields(location)) return false
  switch (location['$type']) {
    case 'community.lexicon.location.geo':
      return isOnEarth(location)
    case 'community.lexicon.location.hthree':
      return typeof location['value'] === 'string' && H3_CELL.test(location['value'])
    default:
      return true
  }
}

/** An H3 cell in its text form: mode 1, and a resolution of 0 to 15 by its shape. */
const H3_CELL = /^8[0-9a-f]{14}$/

const DECIMAL = /^[+-]?(?:\d{1,3}(?:\.\d*)?|\.\d+)$/
/** Longer texts are not coordinates. */
const COORDINATE_CHARACTERS_MAX = 32

/** Degrees from text as the lexicons say, or from a number as some older records have it. */
function degreesOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.length > COORDINATE_CHARACTERS_MAX) return undefined
  const text = value.trim()
  return DECIMAL.test(text) ? Number(text) : undefined
}

function isOnEarth(geo: unknown): boolean {
  if (!isFields(geo)) return false
  const lat = degreesOf(geo['latitude'])
  const lon = degreesOf(geo['longitude'])
  return lat !== undefined && lon !== undefined && Math.abs(lat) <= 90 && Math.abs(lon) <= 180
}

function isOnEarthSwapped(geo: unknown): boolean {
  return isFields(geo) && isOnEarth({ latitude: geo['longitude'], longitude: geo['latitude'] })
}

/**
 * Anchor's check-ins in their three generations: `locations[]` (geo and address as members of a union), then
 * `addressRef` with `coordinates`, then `address` with `geo`. Readable is one that says when and, by any of these, where.
 */
function readsAsAnchorCheckin(record: Fields): boolean {
  if (typeof record['createdAt'] !== 'string' || !isValidDatetime(record['createdAt'])) return false
  if (record['text'] !== undefined && typeof record['text'] !== 'string') return false
  const located = [record['geo'], record['coordinates'], record['location'], ...listOf(record['locations'])]
  if (located.some((geo) => isOnEarth(geo) || isOnEarthSwapped(geo))) return true
  const addresses = [record['address'], ...listOf(record['locations'])]
  return addresses.some((address) => isFields(address) && ADDRESS_FIELDS.some((field) => isText(address[field])))
}

const ADDRESS_FIELDS = ['name', 'street', 'locality']

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

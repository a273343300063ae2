import { app } from '@waypost/lexicon'
import { isTid, refuse, tidMicros, type Result } from '@waypost/kernel'
import { cellToLatLng, getResolution, isValidCell } from 'h3-js'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { datetime, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.feed.createCheckin.main>

/** A record key from further ahead is no time of a person's clock. */
const CLOCK_AHEAD_MS_MAX = 300_000

/** How exact a cell may be, by what the person chose (H3 resolutions). */
const RESOLUTION_MAX: Readonly<Record<string, number>> = { street: 10, area: 8, city: 5 }

/**
 * The client may name the record's key: the same request again then finds what the first one wrote. The key is a time
 * as well, and `createdAt` is that time, so that a check-in made offline says when the button was pressed.
 */
export function createCheckin(writing: Writing) {
  return async ({ checkin: draft, rkey }: Input, member: SignedIn): Promise<Result<Written, XrpcFault>> => {
    if (rkey !== undefined && !isTid(rkey)) return invalid('rkey is not a TID')
    const fault = positionFault(draft)
    if (fault !== undefined) return invalid(fault)
    const now = writing.world.clock.now()
    const pressedAt = rkey === undefined ? now : tidMicros(rkey) / 1_000
    const createdAt = datetime(pressedAt > now + CLOCK_AHEAD_MS_MAX ? now : pressedAt)
    const { $type: _draft, ...fields } = draft
    return writeRecord(writing, member, {
      kind: 'checkin',
      schema: app.waypost.checkin.main,
      rkey: rkey ?? writing.nextTid(),
      record: { ...fields, $type: 'app.waypost.checkin', createdAt },
    })
  }
}

/** What is wrong with the coordinates: out of range, or more exact than the person chose. */
function positionFault({ place, position }: Input['checkin']): string | undefined {
  if (place.geo && !isOnEarth(place.geo)) return 'place.geo is not a point on Earth'
  if (!position) return undefined
  const location = position.location as { $type: string; latitude?: string; longitude?: string; value?: string }
  if (position.precision === 'exact') {
    if (location.$type !== 'community.lexicon.location.geo') return 'an exact position is a geo'
    return isOnEarth(location) ? undefined : 'position is not a point on Earth'
  }
  const resolutionMax = RESOLUTION_MAX[position.precision]
  if (resolutionMax === undefined) return 'position.precision is none that Waypost knows'
  if (location.$type !== 'community.lexicon.location.hthree') return 'a position that is not exact is a cell'
  const cell = location.value ?? ''
  if (!isValidCell(cell) || cellToLatLng(cell).some(Number.isNaN)) return 'position is not an H3 cell'
  return getResolution(cell) <= resolutionMax ? undefined : 'position is more exact than its precision says'
}

function isOnEarth({ latitude, longitude }: { readonly latitude?: string; readonly longitude?: string }): boolean {
  return isWithin(latitude, 90) && isWithin(longitude, 180)
}

function isWithin(text: string | undefined, degreesMax: number): boolean {
  return text !== undefined && /^-?\d{1,3}(\.\d{1,20})?$/.test(text) && Math.abs(Number(text)) <= degreesMax
}

function invalid(message: string): { readonly ok: false; readonly error: XrpcFault } {
  return refuse(xrpcFault(400, 'InvalidRecord', message))
}

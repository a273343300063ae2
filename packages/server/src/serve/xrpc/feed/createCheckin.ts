import { app } from '@waypost/lexicon'
import { isTid, ok, refuse, tidMicros, type Result } from '@waypost/kernel'
import { cellToLatLng, getResolution, isValidCell } from 'h3-js'
import { placeId } from '#project/place-id.ts'
import { sortTime } from '#project/projection.ts'
import { datetimeMs } from '#project/read-checkin.ts'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import type { HereNow } from '#serve/presence/here-now.ts'
import { authRequired, datetime, writeRecord, type Writing } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.feed.createCheckin.main>
type Output = app.waypost.feed.createCheckin.$OutputBody

/** A record key from further ahead is no time of a person's clock. */
const CLOCK_AHEAD_MS_MAX = 300_000

/** How exact a cell may be, by what the person chose (H3 resolutions). */
const RESOLUTION_MAX: Readonly<Record<string, number>> = { street: 10, area: 8, city: 5 }

/**
 * The client may name the record's key: the same request again then finds what the first one wrote. The key is a time
 * as well, and `createdAt` is that time, so that a check-in made offline says when the button was pressed. What is said
 * of being here now stands beside the record: repositories are public.
 */
export function createCheckin(writing: Writing, hereNow: HereNow) {
  return async (input: Input, member: SignedIn): Promise<Result<Output, XrpcFault>> => {
    const { checkin: draft, rkey, author } = input
    // A check-in that was kept on a device is never written by whoever has signed in there since.
    if (author !== undefined && author !== member.did) return refuse(authRequired())
    if (rkey !== undefined && !isTid(rkey)) return invalid('rkey is not a TID')
    const fault = positionFault(draft)
    if (fault !== undefined) return invalid(fault)
    const now = writing.world.clock.now()
    const pressedAt = rkey === undefined ? now : tidMicros(rkey) / 1_000
    const createdMs = pressedAt > now + CLOCK_AHEAD_MS_MAX ? now : pressedAt
    const { $type: _draft, ...fields } = draft
    const written = await writeRecord(writing, member, {
      kind: 'checkin',
      schema: app.waypost.checkin.main,
      rkey: rkey ?? writing.nextTid(),
      record: { ...fields, $type: 'app.waypost.checkin', createdAt: datetime(createdMs) },
    })
    if (!written.ok || input.hereNow === undefined) return written
    if (!input.hereNow) {
      hereNow.leave(member.did)
      return written
    }
    const sortMs = sortTime(datetimeMs(draft.visitedAt), createdMs)
    const until = hereNow.enter(member.did, { uri: written.value.uri, placeId: placeId(draft.place), sortMs })
    return ok({ ...written.value, ...(until.ok && { hereUntil: datetime(until.value) }) })
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

import { ok, refuse, splitAtUri, type AtUri, type Did, type Result, type World } from '@waypost/kernel'
import type { Committed } from '#project/batch.ts'
import type { CheckinRow } from '#query/checkin.ts'
import type { Queries } from '#query/queries.ts'
import { PRESENT_MS, type Presence, type PresenceMap, type Presences } from './presences.ts'
import { isIn } from './rows.ts'

/**
 * When somebody begins to be somewhere, and when it is over. In: check-ins by which people say it, and what batches
 * change. Promise: a presence ends with its check-in, however that goes or is hidden, and with a later one elsewhere.
 */
export interface HereNow {
  /** Answers until when; `over`: the check-in says no more that somebody is there. */
  enter(did: Did, told: Told): Result<number, 'over' | 'full'>
  leave(did: Did): void
  /** What another replica has heard. Whom the read model knows to have gone on since is not taken to be there. */
  join(delta: PresenceMap): void
  /** To be called after each batch that was committed, when queries have followed it. */
  follow(committed: Pick<Committed, 'changes'>): void
}

/** A check-in of somebody's, whether it is in the read model already or on its way there. */
export interface Told {
  readonly uri: AtUri
  readonly placeId: string | undefined
  /** When the visit was, milliseconds since 1970. */
  readonly sortMs: number
}

export function createHereNow(
  { clock }: Pick<World, 'clock'>,
  options: {
    readonly presences: Presences
    readonly queries: Pick<Queries, 'actorFeed' | 'checkins' | 'idsOf' | 'personByDid'>
    /** Somebody was not taken in because there are as many as are remembered. */
    readonly full?: () => void
  },
): HereNow {
  const { presences, queries, full } = options
  const isAt = (place: string, row: CheckinRow): boolean => isIn(queries.idsOf(place), row)

  /** A later check-in elsewhere says that they have gone on. */
  function hasGoneOn(did: Did, { place, sinceMs }: Presence): boolean {
    const person = queries.personByDid(did)
    const newest = person && queries.actorFeed(person.id, { limit: 1 })
    const [row] = newest?.ok ? queries.checkins(newest.value.ids, undefined) : []
    return row !== undefined && row.sort > sinceMs && !isAt(place, row)
  }

  /** Whether a check-in of the same person's makes it untrue: the one by which they said it, or a later one. */
  function isElsewhere({ checkin, place, sinceMs }: Presence, { uri, id, sortMs }: Put): boolean {
    if (uri !== checkin && sortMs <= sinceMs) return false
    const [row] = queries.checkins([id], undefined)
    return row !== undefined && !isAt(place, row)
  }

  return {
    enter(did, { uri, placeId, sortMs }) {
      const now = clock.now()
      const sinceMs = Math.min(sortMs, now)
      if (placeId === undefined || now >= sinceMs + PRESENT_MS) return refuse('over')
      const presence = { checkin: uri, place: placeId, sinceMs }
      if (hasGoneOn(did, presence)) return refuse('over')
      if (presences.enter(did, presence, now)) return ok(sinceMs + PRESENT_MS)
      full?.()
      return refuse('full')
    },
    leave: (did) => presences.leave(did, clock.now()),
    join(delta) {
      const now = clock.now()
      presences.join(delta, now)
      for (const did of delta.keys() as Iterable<Did>) {
        const presence = presences.of(did, now)
        if (presence !== undefined && hasGoneOn(did, presence)) presences.leave(did, now)
      }
    },
    follow({ changes }) {
      if (presences.size() === 0) return
      const now = clock.now()
      for (const change of changes) {
        const { did } = splitAtUri(change.uri)!
        const presence = presences.of(did, now)
        if (presence === undefined) continue
        const isOver = change.kind === 'deletion' ? change.uri === presence.checkin : isElsewhere(presence, change)
        if (isOver) presences.leave(did, now)
      }
    },
  }
}

type Put = Committed['changes'][number] & { readonly kind: 'checkin' }

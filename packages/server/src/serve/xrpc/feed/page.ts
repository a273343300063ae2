import type { app } from '@waypost/lexicon'
import { ok, refuse, type Result } from '@waypost/kernel'
import type { Skeleton } from '#query/cursor.ts'
import type { PersonRow } from '#query/person.ts'
import { Written, xrpcFault, type ReadContext, type XrpcFault } from '#serve/handler.ts'
import { visibleTo, type Visible } from '#view/visible-to.ts'

export interface Feed {
  feed: app.waypost.feed.defs.CheckinView[]
  cursor?: string
}

export const NOTHING: Skeleton = { ids: [], cursor: undefined }

/**
 * The answer of every feed: a skeleton with its check-ins in place. `ask` is asked again for whether the answer still
 * holds, so it looks everything up that the skeleton depends on.
 */
export function feedPage(
  { fragments, viewer }: Pick<ReadContext, 'fragments' | 'viewer'>,
  ask: () => Result<Skeleton, 'InvalidCursor' | XrpcFault>,
): Result<Written<Feed>, XrpcFault> {
  const skeleton = ask()
  if (!skeleton.ok) return refuse(skeleton.error === 'InvalidCursor' ? invalidCursor() : skeleton.error)
  const { bytes, isStill } = fragments.page(skeleton.value, viewer)
  return ok(
    new Written(bytes, () => {
      const now = ask()
      return now.ok && isStill(now.value)
    }),
  )
}

/** The same for an answer that says more, after the feed. */
export function feedPageWith<More extends object>(
  skeleton: Skeleton,
  more: More,
  { fragments, viewer }: Pick<ReadContext, 'fragments' | 'viewer'>,
): Written<Feed & More> {
  const { bytes } = fragments.page(skeleton, viewer)
  return new Written(Buffer.concat([bytes.subarray(0, -1), Buffer.from(`,${JSON.stringify(more).slice(1)}`)]))
}

export function invalidCursor(): XrpcFault {
  return xrpcFault(400, 'InvalidCursor', 'not a cursor of this list')
}

export function actorNotFound(): XrpcFault {
  return xrpcFault(400, 'ActorNotFound', 'nobody of that name is known here')
}

/** Somebody by DID or handle, whom this viewer may see. */
export function seenActor(
  { queries, viewer }: Pick<ReadContext, 'queries' | 'viewer'>,
  actor: string,
): Result<Visible<PersonRow>, XrpcFault> {
  const person = queries.actor(actor)
  const [seen] = person === undefined ? [] : visibleTo(queries.sightOf(viewer), [person])
  return seen === undefined ? refuse(actorNotFound()) : ok(seen)
}

/** Somebody by DID or handle, for a list whose rows are judged one by one; undefined where nobody is asked for. */
export function askedActor(
  { queries }: Pick<ReadContext, 'queries'>,
  actor: string | undefined,
): Result<PersonRow | undefined, XrpcFault> {
  const person = actor === undefined ? undefined : queries.actor(actor)
  return actor !== undefined && person === undefined ? refuse(actorNotFound()) : ok(person)
}

export function placeNotFound(): XrpcFault {
  return xrpcFault(400, 'PlaceNotFound', 'no such place is known here')
}

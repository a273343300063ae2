import type { app } from '@waypost/lexicon'
import { ok, refuse, type Result } from '@waypost/kernel'
import type { FeedPage } from '#query/feed.ts'
import { Written, xrpcFault, type ReadContext, type XrpcFault } from '#serve/handler.ts'
import { viewCheckins } from '#view/page.ts'

export interface Feed {
  feed: app.waypost.feed.defs.CheckinView[]
  cursor?: string
}

/** The answer of every feed: a skeleton with its check-ins in place. */
export function feedPage(
  skeleton: FeedPage,
  { fragments, viewer }: Pick<ReadContext, 'fragments' | 'viewer'>,
): Result<Written<Feed>, XrpcFault> {
  return skeleton.ok ? ok(new Written(fragments.page(skeleton.value, viewer))) : refuse(invalidCursor())
}

/** The same as values, for an answer that says more. */
export function feedValues(skeleton: FeedPage, { queries, viewer }: ReadContext): Result<Feed, XrpcFault> {
  if (!skeleton.ok) return refuse(invalidCursor())
  const { ids, cursor } = skeleton.value
  return ok({ feed: viewCheckins(queries, ids, viewer), ...(cursor !== undefined && { cursor }) })
}

export function invalidCursor(): XrpcFault {
  return xrpcFault(400, 'InvalidCursor', 'not a cursor of this list')
}

export function actorNotFound(): XrpcFault {
  return xrpcFault(400, 'ActorNotFound', 'nobody of that name is known here')
}

export function placeNotFound(): XrpcFault {
  return xrpcFault(400, 'PlaceNotFound', 'no such place is known here')
}

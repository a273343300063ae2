import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { profileView } from '#view/profile.ts'
import { visibleTo } from '#view/visible-to.ts'
import { actorNotFound } from '#serve/xrpc/feed/page.ts'

type Params = app.waypost.actor.getProfile.$Params
type Output = app.waypost.actor.getProfile.$OutputBody

export const getProfile: ReadHandler<Params, Output> = (params, { queries, viewer }) => {
  const person = queries.actor(params.actor)
  const [profile] = person === undefined ? [] : visibleTo(queries.sightOf(viewer), [queries.profile(person)])
  if (profile === undefined) {
    // Only to those who block: whoever is blocked need not know.
    const isBlocking = viewer && person && queries.blocksOf(viewer, person.did).length > 0
    return refuse(isBlocking ? xrpcFault(400, 'BlockedActor', 'you block this person') : actorNotFound())
  }
  const relation = viewer === undefined || viewer === profile.did ? undefined : queries.relation(viewer, profile)
  return ok(profileView(profile, relation))
}

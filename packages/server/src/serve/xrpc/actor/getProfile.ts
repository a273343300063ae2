import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { profileView } from '#view/profile.ts'
import { visibleTo } from '#view/visible-to.ts'
import { actorNotFound } from '#serve/xrpc/feed/page.ts'

type Params = app.waypost.actor.getProfile.$Params
type Output = app.waypost.actor.getProfile.$OutputBody

export const getProfile: ReadHandler<Params, Output> = (params, { queries, viewer }) => {
  const person = queries.actor(params.actor)
  const [profile] = person === undefined ? [] : visibleTo(viewer, [queries.profile(person)])
  if (profile === undefined) return refuse(actorNotFound())
  const relation = viewer === undefined || viewer === profile.did ? undefined : queries.relation(viewer, profile)
  return ok(profileView(profile, relation))
}

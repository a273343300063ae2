import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { profileViewBasic } from '#view/profile.ts'
import { visibleTo } from '#view/visible-to.ts'
import { invalidCursor } from '#serve/xrpc/feed/page.ts'

type Params = app.waypost.actor.searchActors.$Params
type Output = app.waypost.actor.searchActors.$OutputBody

export const searchActors: ReadHandler<Params, Output> = (params, { queries, viewer }) => {
  const page = queries.searchActors(params.q, params)
  if (!page.ok) return refuse(invalidCursor())
  const { persons, cursor } = page.value
  const actors = visibleTo(queries.sightOf(viewer), persons).map((person) =>
    profileViewBasic(
      person,
      viewer === undefined || viewer === person.did ? undefined : queries.relation(viewer, person),
    ),
  )
  return ok({ actors, ...(cursor !== undefined && { cursor }) })
}

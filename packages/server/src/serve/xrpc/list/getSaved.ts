import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { actorNotFound, invalidCursor } from '#serve/xrpc/feed/page.ts'
import { visibleTo } from '#view/visible-to.ts'
import { viewSaved } from './saved.ts'

type Params = app.waypost.list.getSaved.$Params
type Output = app.waypost.list.getSaved.$OutputBody

export const getSaved: ReadHandler<Params, Output> = (params, { queries, viewer }) => {
  const person = queries.actor(params.actor)
  const [seen] = person === undefined ? [] : visibleTo(queries.sightOf(viewer), [person])
  if (seen === undefined) return refuse(actorNotFound())
  const page = queries.savedIn({ person: seen.id }, params)
  if (!page.ok) return refuse(invalidCursor())
  return ok(viewSaved(queries, page.value, viewer))
}

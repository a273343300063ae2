import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { actorNotFound, invalidCursor } from '#serve/xrpc/feed/page.ts'
import { listView } from '#view/list.ts'
import { visibleTo } from '#view/visible-to.ts'

type Params = app.waypost.list.getLists.$Params
type Output = app.waypost.list.getLists.$OutputBody

export const getLists: ReadHandler<Params, Output> = (params, { queries, viewer }) => {
  const sight = queries.sightOf(viewer)
  const person = queries.actor(params.actor)
  const [seen] = person === undefined ? [] : visibleTo(sight, [person])
  if (seen === undefined) return refuse(actorNotFound())
  const page = queries.lists(seen, { ...params, viewer })
  if (!page.ok) return refuse(invalidCursor())
  const { lists, cursor } = page.value
  return ok({ lists: visibleTo(sight, lists).map(listView), ...(cursor !== undefined && { cursor }) })
}

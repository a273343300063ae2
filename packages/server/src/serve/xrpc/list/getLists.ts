import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { invalidCursor, seenActor } from '#serve/xrpc/feed/page.ts'
import { listView } from '#view/list.ts'
import { visibleTo } from '#view/visible-to.ts'

type Params = app.waypost.list.getLists.$Params
type Output = app.waypost.list.getLists.$OutputBody

export const getLists: ReadHandler<Params, Output> = (params, context) => {
  const { queries, viewer } = context
  const seen = seenActor(context, params.actor)
  if (!seen.ok) return seen
  const page = queries.lists(seen.value, { ...params, viewer })
  if (!page.ok) return refuse(invalidCursor())
  const { lists, cursor } = page.value
  return ok({ lists: visibleTo(queries.sightOf(viewer), lists).map(listView), ...(cursor !== undefined && { cursor }) })
}

import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import { listOf } from '#project/list.ts'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { invalidCursor } from '#serve/xrpc/feed/page.ts'
import { listView } from '#view/list.ts'
import { visibleTo } from '#view/visible-to.ts'
import { viewSaved } from './saved.ts'

type Params = app.waypost.list.getList.$Params
type Output = app.waypost.list.getList.$OutputBody

export const getList: ReadHandler<Params, Output> = (params, { queries, viewer }) => {
  const row = queries.list(params.uri, viewer)
  const [list] = row === undefined ? [] : visibleTo(queries.sightOf(viewer), [row])
  if (list === undefined) return refuse(xrpcFault(400, 'NotFound', 'no such list, or it is hidden'))
  const page = queries.savedIn({ person: list.author.id, rkey: listOf(list.uri)!.rkey }, params)
  if (!page.ok) return refuse(invalidCursor())
  return ok({ list: listView(list), ...viewSaved(queries, page.value, viewer) })
}

import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { viewCheckins, viewComments } from '#view/page.ts'
import { invalidCursor } from './page.ts'

type Params = app.waypost.feed.getCheckin.$Params
type Output = app.waypost.feed.getCheckin.$OutputBody

export const getCheckin: ReadHandler<Params, Output> = (params, { queries, viewer }) => {
  const id = queries.checkinId(params.uri)
  const [checkin] = id === undefined ? [] : viewCheckins(queries, [id], viewer)
  if (id === undefined || checkin === undefined) {
    return refuse(xrpcFault(400, 'NotFound', 'no such check-in, or it is hidden'))
  }
  const page = queries.comments(id, params)
  if (!page.ok) return refuse(invalidCursor())
  const { ids, cursor } = page.value
  return ok({ checkin, comments: viewComments(queries, ids, viewer), ...(cursor !== undefined && { cursor }) })
}

import type { app } from '@waypost/lexicon'
import { refuse } from '@waypost/kernel'
import { readArea } from '#query/area.ts'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { feedPage } from './page.ts'

type Params = app.waypost.feed.getNearby.$Params
type Output = app.waypost.feed.getNearby.$OutputBody

export const getNearby: ReadHandler<Params, Output> = (params, context) => {
  const area = readArea(params)
  if (!area.ok) return refuse(xrpcFault(400, 'InvalidArea', 'give one whole box or one whole circle, in range'))
  return feedPage(context.queries.nearbyFeed(area.value, params), context)
}

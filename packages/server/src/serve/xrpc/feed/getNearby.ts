import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import { readArea } from '#query/area.ts'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { feedPage } from './page.ts'

type Params = app.waypost.feed.getNearby.$Params
type Output = app.waypost.feed.getNearby.$OutputBody

export const getNearby: ReadHandler<Params, Output> = (params, context) => {
  const { queries } = context
  const area = readArea(params)
  const isByDistance = params.order === 'nearest'
  if (!area.ok || (isByDistance && area.value.kind !== 'circle')) {
    return refuse(
      xrpcFault(400, 'InvalidArea', 'give one whole box or one whole circle, in range; nearest needs a circle'),
    )
  }
  const where = area.value
  if (!isByDistance || where.kind !== 'circle') return feedPage(context, () => queries.nearbyFeed(where, params))
  return feedPage(context, () => {
    const near = queries.nearest(where, { count: params.limit, metresMax: where.radius })
    return ok({ ids: near.map(({ id }) => id), cursor: undefined })
  })
}

import type { app } from '@waypost/lexicon'
import { refuse } from '@waypost/kernel'
import { readArea } from '#query/area.ts'
import { readFilter } from '#query/filter.ts'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { feedPage } from './page.ts'

type Params = app.waypost.feed.getGlobal.$Params
type Output = app.waypost.feed.getGlobal.$OutputBody

export const getGlobal: ReadHandler<Params, Output> = (params, context) => {
  const { latitude, longitude, radius } = params
  const isNear = latitude !== undefined || longitude !== undefined || radius !== undefined
  const near = isNear ? readArea({ latitude, longitude, radius }) : undefined
  const filter = readFilter(params)
  if (filter === undefined || (near !== undefined && (!near.ok || near.value.kind !== 'circle'))) {
    return refuse(xrpcFault(400, 'InvalidFilter', 'no such category or language, or not a whole circle'))
  }
  const circle = near?.ok === true && near.value.kind === 'circle' ? near.value : undefined
  return feedPage(context, () => context.queries.globalFeed(params, { ...filter, near: circle }))
}

import type { app } from '@waypost/lexicon'
import type { ReadHandler } from '#serve/handler.ts'
import { feedPage } from './page.ts'

type Params = app.waypost.feed.getGlobal.$Params
type Output = app.waypost.feed.getGlobal.$OutputBody

export const getGlobal: ReadHandler<Params, Output> = (params, context) =>
  feedPage(context.queries.globalFeed(params), context)

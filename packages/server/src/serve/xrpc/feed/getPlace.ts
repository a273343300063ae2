import type { app } from '@waypost/lexicon'
import { refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { feedPage, placeNotFound } from './page.ts'

type Params = app.waypost.feed.getPlace.$Params
type Output = app.waypost.feed.getPlace.$OutputBody

export const getPlace: ReadHandler<Params, Output> = (params, context) => {
  const place = context.queries.place(params.place)
  if (place === undefined) return refuse(placeNotFound())
  return feedPage(context.queries.placeFeed(place.ids, params), context)
}

import type { app } from '@waypost/lexicon'
import { refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { feedPage, placeNotFound } from './page.ts'

type Params = app.waypost.feed.getPlace.$Params
type Output = app.waypost.feed.getPlace.$OutputBody

export const getPlace: ReadHandler<Params, Output> = (params, context) => {
  const { queries } = context
  return feedPage(context, () => {
    const place = queries.place(params.place)
    return place === undefined ? refuse(placeNotFound()) : queries.placeFeed(place.ids, params, params)
  })
}

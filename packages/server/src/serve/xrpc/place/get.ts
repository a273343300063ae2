import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { placeView } from '#view/place.ts'
import { placeNotFound } from '#serve/xrpc/feed/page.ts'

type Params = app.waypost.place.get.$Params
type Output = app.waypost.place.get.$OutputBody

export const get: ReadHandler<Params, Output> = (params, { queries, viewer }) => {
  const place = queries.place(params.place)
  if (place === undefined) return refuse(placeNotFound())
  return ok({ place: placeView(place, viewer && queries.visits(viewer, place.id)) })
}

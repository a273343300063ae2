import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import { readPosition } from '#query/area.ts'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { placeView } from '#view/place.ts'
import { invalidCursor } from '#serve/xrpc/feed/page.ts'

type Params = app.waypost.place.search.$Params
type Output = app.waypost.place.search.$OutputBody

export const search: ReadHandler<Params, Output> = (params, { queries, viewer }) => {
  const { q, latitude, longitude } = params
  const near = readPosition(latitude, longitude)
  if (near === undefined && (latitude !== undefined || longitude !== undefined)) {
    return refuse(xrpcFault(400, 'InvalidArea', 'a position is a latitude and a longitude, in range'))
  }
  const page = queries.searchPlaces({ text: q, near, viewer }, params)
  if (!page.ok) return refuse(invalidCursor())
  const { places, cursor } = page.value
  const views = places.map((place) => placeView(place, viewer && { visits: queries.visits(viewer, place.ids) }))
  return ok({ places: views, ...(cursor !== undefined && { cursor }) })
}

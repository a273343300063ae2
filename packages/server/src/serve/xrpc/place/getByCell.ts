import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { placeView } from '#view/place.ts'
import { invalidCursor } from '#serve/xrpc/feed/page.ts'

type Params = app.waypost.place.getByCell.$Params
type Output = app.waypost.place.getByCell.$OutputBody

/** The same for everyone: who asks is not looked at. */
export const getByCell: ReadHandler<Params, Output> = (params, { queries }) => {
  const page = queries.placesInCell(params.cell, params)
  if (!page.ok) {
    if (page.error === 'InvalidCursor') return refuse(invalidCursor())
    return refuse(xrpcFault(400, 'InvalidCell', 'a cell is a geohash of six characters'))
  }
  const { places, cursor } = page.value
  return ok({ places: places.map((place) => placeView(place)), ...(cursor !== undefined && { cursor }) })
}

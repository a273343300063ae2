import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import { readPosition } from '#query/area.ts'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { placeView } from '#view/place.ts'

type Params = app.waypost.place.findSimilar.$Params
type Output = app.waypost.place.findSimilar.$OutputBody

export const findSimilar: ReadHandler<Params, Output> = ({ name, latitude, longitude }, { queries }) => {
  const at = readPosition(latitude, longitude)
  if (at === undefined) return refuse(xrpcFault(400, 'InvalidArea', 'that is no position on Earth'))
  return ok({ places: queries.similarPlaces(name, at).map((place) => placeView(place)) })
}

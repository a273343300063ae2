import type { app } from '@waypost/lexicon'
import { refuse } from '@waypost/kernel'
import { datetimeMs } from '#project/read-checkin.ts'
import { readArea } from '#query/area.ts'
import { readFilter } from '#query/filter.ts'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { askedActor, feedPage } from './page.ts'

type Params = app.waypost.feed.searchCheckins.$Params
type Output = app.waypost.feed.searchCheckins.$OutputBody

export const searchCheckins: ReadHandler<Params, Output> = (params, context) => {
  const { queries } = context
  const { q, actor, place, north, south, east, west, latitude, longitude, radius } = params
  const sides = { north, south, east, west, latitude, longitude, radius }
  const isInArea = Object.values(sides).some((side) => side !== undefined)
  const area = isInArea ? readArea(sides) : undefined
  const filter = readFilter({ category: params.category })
  const text = q?.trim() === '' ? undefined : q
  const isAny = text !== undefined || actor !== undefined || place !== undefined || isInArea
  if (!isAny || filter === undefined || area?.ok === false) {
    return refuse(xrpcFault(400, 'InvalidSearch', 'nothing to search by, no such category, or not a whole area'))
  }
  return feedPage(context, () => {
    const asked = askedActor(context, actor)
    if (!asked.ok) return asked
    const person = asked.value
    const search = {
      text,
      person: person?.id,
      places: place === undefined ? undefined : queries.idsOf(place),
      area: area?.value,
      category: filter.category,
      since: datetimeMs(params.since),
      until: datetimeMs(params.until),
    }
    return queries.searchCheckins(search, params)
  })
}

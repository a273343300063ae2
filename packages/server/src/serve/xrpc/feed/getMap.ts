import type { AtUriString } from '@atproto/lex'
import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import { readArea } from '#query/area.ts'
import type { Cell } from '#query/points/cell-counts.ts'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { actorNotFound, feedValues, type Feed } from './page.ts'

type Params = app.waypost.feed.getMap.$Params
type Output = app.waypost.feed.getMap.$OutputBody
type CellView = app.waypost.feed.getMap.Cell

/** Cells count whatever is visible to anyone; the check-ins beside them are what this viewer may see. */
export const getMap: ReadHandler<Params, Output> = (params, context) => {
  const { queries } = context
  const { north, south, east, west, zoom, actor, cursor } = params
  const area = readArea({ north, south, east, west })
  if (!area.ok || area.value.kind !== 'box')
    return refuse(xrpcFault(400, 'InvalidArea', 'give one whole box, in range'))
  const person = actor === undefined ? undefined : queries.actor(actor)
  if (actor !== undefined && person === undefined) return refuse(actorNotFound())
  const page = feedValues(
    person === undefined
      ? queries.nearbyFeed(area.value, params)
      : queries.searchCheckins({ person: person.id, area: area.value }, params),
    context,
  )
  if (!page.ok) return page
  const { feed } = page.value
  // The first page of a map of one person's is seen by who may see the person.
  const isSeen = person === undefined || feed.length > 0
  const found = cursor === undefined && isSeen ? queries.cells(area.value, { zoom, person: person?.id }) : []
  return ok({ ...page.value, cells: found.map((cell) => cellView(cell, feed)) })
}

function cellView(cell: Cell, feed: Feed['feed']): CellView {
  const newest = feed.find(({ place: { geo } }) => {
    const [lat, lon] = [Number(geo?.latitude), Number(geo?.longitude)]
    return lat <= cell.north && lat >= cell.south && lon <= cell.east && lon >= cell.west
  })
  const degrees = (value: number): string => value.toFixed(6)
  return {
    north: degrees(cell.north),
    south: degrees(cell.south),
    east: degrees(cell.east),
    west: degrees(cell.west),
    count: cell.count,
    ...(newest && { newest: newest.uri as AtUriString }),
  }
}

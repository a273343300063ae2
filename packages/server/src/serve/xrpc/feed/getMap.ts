import type { app } from '@waypost/lexicon'
import { ok, refuse, type AtUri } from '@waypost/kernel'
import { readArea, type BoxArea } from '#query/area.ts'
import type { FeedPage } from '#query/feed.ts'
import type { Cell } from '#query/points/cell-counts.ts'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { askedActor, feedPageWith, invalidCursor } from './page.ts'

type Params = app.waypost.feed.getMap.$Params
type Output = app.waypost.feed.getMap.$OutputBody
type CellView = app.waypost.feed.getMap.Cell

/** Where this viewer may not see the newest of a cell, so many more of it are looked at. */
const LOOKED_AT_MAX = 20

/** Cells count whatever is visible to anyone; the check-ins that they name, and those beside them, this viewer may see. */
export const getMap: ReadHandler<Params, Output> = (params, context) => {
  const { queries, fragments, viewer } = context
  const { north, south, east, west, zoom, actor, cursor } = params
  const area = readArea({ north, south, east, west })
  if (!area.ok || area.value.kind !== 'box')
    return refuse(xrpcFault(400, 'InvalidArea', 'give one whole box, in range'))
  const asked = askedActor(context, actor)
  if (!asked.ok) return asked
  const person = asked.value
  const newestOf = (box: BoxArea, page: Pick<Params, 'limit' | 'cursor'>): FeedPage =>
    person === undefined
      ? queries.nearbyFeed(box, page)
      : queries.searchCheckins({ person: person.id, area: box }, page)
  const page = newestOf(area.value, params)
  if (!page.ok) return refuse(invalidCursor())
  // The first page of a map of one person's is seen by who may see the person.
  const isSeen = person === undefined || fragments.uris(page.value.ids, viewer).size > 0
  const found = cursor === undefined && isSeen ? queries.cells(area.value, { zoom, person: person?.id }) : []
  const uris = fragments.uris(
    found.map(({ newest }) => newest),
    viewer,
  )
  const look = (cell: Cell): AtUri | undefined => {
    const all = newestOf({ kind: 'box', ...cell }, { limit: LOOKED_AT_MAX })
    return all.ok ? fragments.uris(all.value.ids, viewer).values().next().value : undefined
  }
  const cells = found.map((cell) => cellView(cell, uris.get(cell.newest) ?? look(cell)))
  return ok(feedPageWith(page.value, { cells }, context))
}

function cellView(cell: Cell, newest: AtUri | undefined): CellView {
  const degrees = (value: number): string => value.toFixed(6)
  return {
    north: degrees(cell.north),
    south: degrees(cell.south),
    east: degrees(cell.east),
    west: degrees(cell.west),
    count: cell.count,
    ...(newest !== undefined && { newest }),
  }
}

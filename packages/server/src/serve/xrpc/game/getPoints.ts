import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import { worth } from '#query/points.ts'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { visibleTo } from '#view/visible-to.ts'

type Params = app.waypost.game.getPoints.$Params
type Output = app.waypost.game.getPoints.$OutputBody

export const getPoints: ReadHandler<Params, Output> = (params, { queries, viewer }) => {
  const id = queries.checkinId(params.uri)
  const [row] = id === undefined ? [] : visibleTo(queries.sightOf(viewer), queries.checkins([id], viewer))
  const points = row && queries.points(row.id)
  if (points === undefined) return refuse(xrpcFault(400, 'NotFound', 'no such check-in, or it is hidden'))
  const rules = Map.groupBy(points.by, (rule) => rule)
  return ok({
    points: worth(points.by),
    by: [...rules].map(([rule, all]) => ({ rule, count: all.length, points: worth(all) })),
  })
}

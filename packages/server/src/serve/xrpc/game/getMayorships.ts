import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { actorNotFound, invalidCursor } from '#serve/xrpc/feed/page.ts'
import { datetime } from '#view/datetime.ts'
import { placeViewBasic } from '#view/place.ts'
import { visibleTo } from '#view/visible-to.ts'

type Params = app.waypost.game.getMayorships.$Params
type Output = app.waypost.game.getMayorships.$OutputBody

export const getMayorships: ReadHandler<Params, Output> = (params, { queries, viewer, now }) => {
  const person = queries.actor(params.actor)
  const [seen] = person === undefined ? [] : visibleTo(queries.sightOf(viewer), [person])
  if (seen === undefined) return refuse(actorNotFound())
  const page = queries.crownsOf(seen, { ...params, now })
  if (!page.ok) return refuse(invalidCursor())
  const { crowns, cursor } = page.value
  return ok({
    crowns: crowns.flatMap(({ place, days, since }) => {
      const row = queries.place(place)
      return row === undefined ? [] : [{ place: placeViewBasic(row, row.id), days, since: datetime(since) }]
    }),
    ...(cursor !== undefined && { cursor }),
  })
}

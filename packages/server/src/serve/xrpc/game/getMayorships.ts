import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { invalidCursor, seenActor } from '#serve/xrpc/feed/page.ts'
import { datetime } from '#view/datetime.ts'
import { placeViewBasic } from '#view/place.ts'

type Params = app.waypost.game.getMayorships.$Params
type Output = app.waypost.game.getMayorships.$OutputBody

export const getMayorships: ReadHandler<Params, Output> = (params, context) => {
  const { queries, now } = context
  const seen = seenActor(context, params.actor)
  if (!seen.ok) return seen
  const page = queries.crownsOf(seen.value, { ...params, now })
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

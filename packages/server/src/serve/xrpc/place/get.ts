import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { placeView } from '#view/place.ts'
import { profileViewBasic } from '#view/profile.ts'
import { visibleTo } from '#view/visible-to.ts'
import { placeNotFound } from '#serve/xrpc/feed/page.ts'

type Params = app.waypost.place.get.$Params
type Output = app.waypost.place.get.$OutputBody

export const get: ReadHandler<Params, Output> = (params, { queries, viewer, now }) => {
  const place = queries.place(params.place)
  if (place === undefined) return refuse(placeNotFound())
  const found = queries.mayorOf(place.ids, now)
  const [mayor] = found === undefined ? [] : visibleTo(queries.sightOf(viewer), [found])
  return ok({
    place: placeView(
      place,
      viewer && { visits: queries.visits(viewer, place.ids), saves: queries.savesOf(viewer, place.ids) },
    ),
    tipCount: queries.tipCount(place.ids),
    ...(mayor && { mayor: { actor: profileViewBasic(mayor.author), days: mayor.days } }),
  })
}

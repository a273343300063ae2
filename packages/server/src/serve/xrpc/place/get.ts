import type { app } from '@waypost/lexicon'
import { ok, refuse, type Did } from '@waypost/kernel'
import type { ReadContext, ReadHandler } from '#serve/handler.ts'
import { placeLinkView, placeView, type OwnAtPlace } from '#view/place.ts'
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
  const links = queries.placeLinks(place.id, viewer).map(placeLinkView)
  return ok({
    place: placeView(place, viewer && ownAt(viewer, place.ids, { queries, now })),
    tipCount: queries.tipCount(place.ids),
    ...(links.length > 0 && { links }),
    ...(mayor && { mayor: { actor: profileViewBasic(mayor.author), days: mayor.days } }),
  })
}

function ownAt(
  viewer: Did,
  ids: readonly string[],
  { queries, now }: Pick<ReadContext, 'queries' | 'now'>,
): OwnAtPlace {
  const person = queries.personByDid(viewer)
  return {
    visits: queries.visits(viewer, ids),
    saves: queries.savesOf(viewer, ids),
    crownDays: person === undefined ? 0 : queries.crownDays(ids, { person: person.id, now }),
  }
}

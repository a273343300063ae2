import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import { xrpcFault, type ReadHandler } from '#serve/handler.ts'
import { askedActor, invalidCursor } from '#serve/xrpc/feed/page.ts'
import { tipView } from '#view/tip.ts'
import { visibleTo } from '#view/visible-to.ts'

type Params = app.waypost.tip.getTips.$Params
type Output = app.waypost.tip.getTips.$OutputBody

export const getTips: ReadHandler<Params, Output> = (params, context) => {
  const { queries, viewer } = context
  const { place, actor } = params
  if ((place === undefined) === (actor === undefined)) {
    return refuse(xrpcFault(400, 'InvalidRequest', 'give a place or an actor'))
  }
  const asked = askedActor(context, actor)
  if (!asked.ok) return asked
  const person = asked.value
  const of = person === undefined ? { places: queries.idsOf(place!) } : { person: person.id }
  const page = queries.tips(of, params)
  if (!page.ok) return refuse(invalidCursor())
  const { tips, cursor } = page.value
  return ok({
    tips: visibleTo(queries.sightOf(viewer), tips).map(tipView),
    ...(cursor !== undefined && { cursor }),
  })
}

import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { actorNotFound } from '#serve/xrpc/feed/page.ts'
import { viewCheckins } from '#view/page.ts'

type Params = app.waypost.actor.getOnThisDay.$Params
type Output = app.waypost.actor.getOnThisDay.$OutputBody

export const getOnThisDay: ReadHandler<Params, Output> = (params, { queries, viewer, now }) => {
  const person = queries.actor(params.actor)
  if (person === undefined) return refuse(actorNotFound())
  return ok({ feed: viewCheckins(queries, queries.onThisDay(person, now), viewer) })
}

import type { app } from '@waypost/lexicon'
import { refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { actorNotFound, feedPage } from './page.ts'

type Params = app.waypost.feed.getActor.$Params
type Output = app.waypost.feed.getActor.$OutputBody

export const getActor: ReadHandler<Params, Output> = (params, context) => {
  const person = context.queries.actor(params.actor)
  if (person === undefined) return refuse(actorNotFound())
  return feedPage(context.queries.actorFeed(person.id, params), context)
}

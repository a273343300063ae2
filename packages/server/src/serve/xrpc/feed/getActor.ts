import type { app } from '@waypost/lexicon'
import { refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { actorNotFound, feedPage } from './page.ts'

type Params = app.waypost.feed.getActor.$Params
type Output = app.waypost.feed.getActor.$OutputBody

export const getActor: ReadHandler<Params, Output> = (params, context) => {
  const { queries } = context
  return feedPage(context, () => {
    const person = queries.actor(params.actor)
    return person === undefined ? refuse(actorNotFound()) : queries.actorFeed(person.id, params)
  })
}

import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { authRequired } from '#serve/writing.ts'
import { feedPage, NOTHING } from './page.ts'

type Params = app.waypost.feed.getTimeline.$Params
type Output = app.waypost.feed.getTimeline.$OutputBody

/** Of somebody who just signed in nothing may be known yet: their timeline is empty until it is. */
export const getTimeline: ReadHandler<Params, Output> = (params, context) => {
  const { queries, viewer } = context
  if (viewer === undefined) return refuse(authRequired())
  return feedPage(context, () => {
    const person = queries.actor(viewer)
    return person ? queries.timeline(person.id, params) : ok(NOTHING)
  })
}

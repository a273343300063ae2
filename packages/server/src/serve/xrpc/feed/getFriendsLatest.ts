import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { authRequired } from '#serve/writing.ts'
import { feedPage, NOTHING } from './page.ts'

type Params = app.waypost.feed.getFriendsLatest.$Params
type Output = app.waypost.feed.getFriendsLatest.$OutputBody

/** Of somebody who just signed in nothing may be known yet: they follow nobody until it is. */
export const getFriendsLatest: ReadHandler<Params, Output> = (params, context) => {
  const { queries, viewer } = context
  if (viewer === undefined) return refuse(authRequired())
  return feedPage(context, () => {
    const person = queries.actor(viewer)
    return person ? queries.friendsLatest(person.id, params) : ok(NOTHING)
  })
}

import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { authRequired } from '#serve/writing.ts'
import { feedPage } from './page.ts'

type Params = app.waypost.feed.getFriendsLatest.$Params
type Output = app.waypost.feed.getFriendsLatest.$OutputBody

/** Of somebody who just signed in nothing may be known yet: they follow nobody until it is. */
export const getFriendsLatest: ReadHandler<Params, Output> = (params, context) => {
  const { queries, viewer } = context
  if (viewer === undefined) return refuse(authRequired())
  const person = queries.actor(viewer)
  return person ? feedPage(queries.friendsLatest(person.id, params), context) : ok({ feed: [] })
}

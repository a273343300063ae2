import type { app } from '@waypost/lexicon'
import type { Did } from '@waypost/kernel'
import type { Queries } from '#query/queries.ts'
import { checkinView } from './checkin.ts'
import { commentView } from './comment.ts'
import { visibleTo } from './visible-to.ts'

/** From ids to what this viewer sees, in the ids' order; what is gone or hidden by now is left out. */
export function viewCheckins(
  queries: Pick<Queries, 'checkins' | 'sightOf'>,
  ids: readonly number[],
  viewer: Did | undefined,
): app.waypost.feed.defs.CheckinView[] {
  const signedIn = viewer !== undefined
  return visibleTo(queries.sightOf(viewer), queries.checkins(ids, viewer)).map((row) => checkinView(row, { signedIn }))
}

export function viewComments(
  queries: Pick<Queries, 'commentRows' | 'sightOf'>,
  ids: readonly number[],
  viewer: Did | undefined,
): app.waypost.feed.defs.CommentView[] {
  return visibleTo(queries.sightOf(viewer), queries.commentRows(ids)).map(commentView)
}

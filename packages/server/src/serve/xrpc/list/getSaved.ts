import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { invalidCursor, seenActor } from '#serve/xrpc/feed/page.ts'
import { viewSaved } from './saved.ts'

type Params = app.waypost.list.getSaved.$Params
type Output = app.waypost.list.getSaved.$OutputBody

export const getSaved: ReadHandler<Params, Output> = (params, context) => {
  const { queries, viewer } = context
  const seen = seenActor(context, params.actor)
  if (!seen.ok) return seen
  const page = queries.savedIn({ person: seen.value.id }, params)
  if (!page.ok) return refuse(invalidCursor())
  return ok(viewSaved(queries, page.value, viewer))
}

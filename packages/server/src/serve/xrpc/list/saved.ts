import type { app } from '@waypost/lexicon'
import type { Did } from '@waypost/kernel'
import type { SavedPlace } from '#query/list.ts'
import type { Queries } from '#query/queries.ts'
import { savedView } from '#view/list.ts'
import { visibleTo } from '#view/visible-to.ts'

/** A page of saved places, with what is known of them by now. */
export function viewSaved(
  queries: Pick<Queries, 'place' | 'sightOf'>,
  { items, cursor }: { readonly items: readonly SavedPlace[]; readonly cursor: string | undefined },
  viewer: Did | undefined,
): { items: app.waypost.list.defs.SavedView[]; cursor?: string } {
  const seen = visibleTo(queries.sightOf(viewer), items)
  return {
    items: seen.map((item) => savedView(item, queries.place(item.placeId))),
    ...(cursor !== undefined && { cursor }),
  }
}

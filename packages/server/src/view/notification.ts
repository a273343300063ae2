import type { app } from '@waypost/lexicon'
import type { Did } from '@waypost/kernel'
import type { Notice } from '#query/notification.ts'
import type { Queries } from '#query/queries.ts'
import { datetime } from './datetime.ts'
import { viewCheckins, viewComments } from './page.ts'
import { placeViewBasic } from './place.ts'
import { profileViewBasic } from './profile.ts'
import { visibleTo } from './visible-to.ts'

type View = app.waypost.notification.defs.NotificationView

/** What the viewer may see of it; what is about something that they may not see is left out. */
export function viewNotices(
  queries: Queries,
  notices: readonly Notice[],
  { viewer, seenMs }: { readonly viewer: Did; readonly seenMs: number },
): View[] {
  const seen = visibleTo(queries.sightOf(viewer), notices)
  return seen.flatMap((notice): View[] => {
    const [checkin] = notice.checkin === undefined ? [] : viewCheckins(queries, [notice.checkin], viewer)
    const [comment] = notice.comment === undefined ? [] : viewComments(queries, [notice.comment], viewer)
    if ((notice.checkin !== undefined && !checkin) || (notice.comment !== undefined && !comment)) return []
    // Whoever said that they were not there is not named any more.
    if (notice.kind === 'tag' && checkin?.with?.some(({ did }) => did === viewer) !== true) return []
    const place = notice.place === undefined ? undefined : queries.place(notice.place)
    return [
      {
        key: notice.key,
        kind: notice.kind,
        actor: profileViewBasic(notice.author),
        sortAt: datetime(notice.sort),
        isSeen: notice.sort <= seenMs,
        ...(notice.kind === 'tag' && { isPending: !notice.accepted }),
        ...(checkin && { checkin }),
        ...(comment && { comment }),
        ...(place && { place: placeViewBasic(place, place.id) }),
      },
    ]
  })
}

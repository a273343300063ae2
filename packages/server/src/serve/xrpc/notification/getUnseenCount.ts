import type { app } from '@waypost/lexicon'
import { ok, refuse, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import type { SeenStates } from '#serve/seen.ts'
import { authRequired } from '#serve/writing.ts'
import type { QueryContext } from '#serve/xrpc/method.ts'
import { viewNotices } from '#view/notification.ts'

type Output = app.waypost.notification.getUnseenCount.$OutputBody

/** Past this a client says "99+". */
const COUNTED_MAX = 100

export function getUnseenCount(seen: SeenStates) {
  return async (_params: object, { queries, viewer, now }: QueryContext): Promise<Result<Output, XrpcFault>> => {
    if (viewer === undefined) return refuse(authRequired())
    const seenMs = seen.get(viewer)
    const person = queries.personByDid(viewer)
    const page = person && queries.notifications(person, { limit: COUNTED_MAX, now })
    const notices = page?.ok === true ? page.value.notices : []
    const unseen = viewNotices(
      queries,
      notices.filter(({ sort }) => sort > seenMs),
      { viewer, seenMs },
    )
    return ok({ count: unseen.length })
  }
}

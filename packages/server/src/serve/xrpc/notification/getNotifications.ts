import type { app } from '@waypost/lexicon'
import { ok, refuse, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import type { SeenStates } from '#serve/seen.ts'
import { authRequired } from '#serve/writing.ts'
import { invalidCursor } from '#serve/xrpc/feed/page.ts'
import type { QueryContext } from '#serve/xrpc/method.ts'
import { datetime } from '#view/datetime.ts'
import { viewNotices } from '#view/notification.ts'

type Params = app.waypost.notification.getNotifications.$Params
type Output = app.waypost.notification.getNotifications.$OutputBody

export function getNotifications(seen: SeenStates) {
  return async (params: Params, { queries, viewer, now }: QueryContext): Promise<Result<Output, XrpcFault>> => {
    if (viewer === undefined) return refuse(authRequired())
    const seenMs = seen.get(viewer)
    const person = queries.personByDid(viewer)
    if (person === undefined) return ok({ notifications: [] })
    const page = queries.notifications(person, { ...params, now })
    if (!page.ok) return refuse(invalidCursor())
    const { notices, cursor } = page.value
    return ok({
      notifications: viewNotices(queries, notices, { viewer, seenMs }),
      ...(seenMs > 0 && { seenAt: datetime(seenMs) }),
      ...(cursor !== undefined && { cursor }),
    })
  }
}

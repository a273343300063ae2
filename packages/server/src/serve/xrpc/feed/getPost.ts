import type { app } from '@waypost/lexicon'
import { ok, refuse, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { hasCompanion } from '#serve/post/companion.ts'
import { POSTS_SCOPE } from '#serve/session/oauth-client.ts'
import { authRequired, ownKey, type Writing } from '#serve/writing.ts'
import type { QueryContext } from '#serve/xrpc/method.ts'

type Params = app.waypost.feed.getPost.$Params
type Output = app.waypost.feed.getPost.$OutputBody

export function getPost(writing: Writing, origin: () => string) {
  return async ({ uri }: Params, { signedIn }: QueryContext): Promise<Result<Output, XrpcFault>> => {
    if (signedIn === undefined) return refuse(authRequired())
    const key = uri === undefined ? undefined : ownKey(uri, signedIn, 'app.waypost.checkin')
    const [isAllowed, exists] = await Promise.all([
      writing.pds.allows(signedIn.did, POSTS_SCOPE),
      key !== undefined && hasCompanion(writing, signedIn, { rkey: key.rkey, origin: origin() }),
    ])
    return ok({ isAllowed, exists })
  }
}

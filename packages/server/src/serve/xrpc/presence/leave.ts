import type { app } from '@waypost/lexicon'
import { ok, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import type { HereNow } from '#serve/presence/here-now.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

type Output = app.waypost.presence.leave.$OutputBody

/** Never limited: whoever wants to be seen no more is not. */
export function leave(hereNow: HereNow) {
  return async (_input: object, member: SignedIn): Promise<Result<Output, XrpcFault>> => {
    hereNow.leave(member.did)
    return ok({ isHere: false })
  }
}

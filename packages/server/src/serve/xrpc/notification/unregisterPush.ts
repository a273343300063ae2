import type { app } from '@waypost/lexicon'
import { ok, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import type { Push } from '#serve/push/push.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.notification.unregisterPush.main>
type Output = app.waypost.notification.unregisterPush.$OutputBody

/** What is not registered need not be taken back: that is fine too. */
export function unregisterPush(push: Push | undefined) {
  return async ({ endpoint }: Input, member: SignedIn): Promise<Result<Output, XrpcFault>> => {
    await push?.unregister(member.did, endpoint)
    return ok({ isRegistered: false })
  }
}

import type { app } from '@waypost/lexicon'
import { ok, refuse, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { areBrowserKeys } from '#serve/push/keys.ts'
import type { Push } from '#serve/push/push.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.notification.registerPush.main>
type Output = app.waypost.notification.registerPush.$OutputBody

export function registerPush(push: Push | undefined) {
  return async ({ endpoint, p256dh, auth }: Input, member: SignedIn): Promise<Result<Output, XrpcFault>> => {
    if (push === undefined) return refuse(xrpcFault(400, 'PushNotOffered', 'this server pushes nothing'))
    if (!push.mayReach(endpoint) || !areBrowserKeys({ p256dh, auth })) {
      return refuse(xrpcFault(400, 'InvalidSubscription', 'no public push service, or no keys of a browser'))
    }
    await push.register(member.did, { endpoint, p256dh, auth })
    return ok({ isRegistered: true })
  }
}

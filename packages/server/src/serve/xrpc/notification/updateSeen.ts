import { ok, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import type { SeenStates } from '#serve/seen.ts'
import { datetime } from '#view/datetime.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

export function updateSeen(seen: SeenStates) {
  return async (
    { seenAt }: { readonly seenAt: string },
    member: SignedIn,
  ): Promise<Result<{ seenAt: ReturnType<typeof datetime> }, XrpcFault>> => {
    await seen.raise(member.did, Math.max(0, Date.parse(seenAt)))
    return ok({ seenAt: datetime(seen.get(member.did)) })
  }
}

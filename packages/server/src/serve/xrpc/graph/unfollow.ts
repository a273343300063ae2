import type { Did, Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { deleteOwn } from '#serve/own-mark.ts'
import type { Writing } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

export function unfollow(writing: Writing) {
  return ({ subject }: { readonly subject: Did }, member: SignedIn): Promise<Result<{ visible: boolean }, XrpcFault>> =>
    deleteOwn(writing, member, writing.own.follows(member.did, subject))
}

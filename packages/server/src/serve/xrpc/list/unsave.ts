import type { Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { deleteOwn } from '#serve/own-mark.ts'
import type { Writing } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

export function unsave(writing: Writing) {
  return (
    { place, list }: { readonly place: string; readonly list?: string | undefined },
    member: SignedIn,
  ): Promise<Result<{ visible: boolean }, XrpcFault>> => {
    const saves = writing.own.saves(member.did, place).filter((saved) => saved.list === list)
    return deleteOwn(writing, member, saves)
  }
}

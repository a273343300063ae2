import type { Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { deleteOwn } from '#serve/own-mark.ts'
import type { Writing } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

export function unlinkPlaces(writing: Writing) {
  return (
    { place, sameAs }: { readonly place: string; readonly sameAs: string },
    member: SignedIn,
  ): Promise<Result<{ visible: boolean }, XrpcFault>> =>
    deleteOwn(writing, member, writing.own.placeLinks(member.did, place, sameAs))
}

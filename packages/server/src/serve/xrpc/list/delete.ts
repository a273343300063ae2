import { refuse, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { deleteRecord, ownKey, type Writing } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

export function deleteList(writing: Writing) {
  return async (
    { uri }: { readonly uri: string },
    member: SignedIn,
  ): Promise<Result<{ visible: boolean }, XrpcFault>> => {
    const key = ownKey(uri, member, 'app.waypost.list')
    return key ? deleteRecord(writing, member, key) : refuse(xrpcFault(400, 'NotFound', 'that is no list of yours'))
  }
}

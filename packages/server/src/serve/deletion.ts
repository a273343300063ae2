import { refuse, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from './handler.ts'
import { deleteRecord, ownKey, type Writing } from './writing.ts'
import type { SignedIn } from './xrpc/method.ts'

/** Deletes a record of one's own, by its address, where it is of that collection. `what`: as people call it. */
export function deletionOf(collection: string, what: string) {
  return (writing: Writing) =>
    async ({ uri }: { readonly uri: string }, member: SignedIn): Promise<Result<{ visible: boolean }, XrpcFault>> => {
      const key = ownKey(uri, member, collection)
      return key
        ? deleteRecord(writing, member, key)
        : refuse(xrpcFault(400, 'NotFound', `that is no ${what} of yours`))
    }
}

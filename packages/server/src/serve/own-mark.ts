import { ok, splitAtUri, type AtUri, type Result } from '@waypost/kernel'
import type { XrpcFault } from './handler.ts'
import { deleteRecord, type Writing } from './writing.ts'
import type { SignedIn } from './xrpc/method.ts'

/** Takes back every like or follow of a person's that the read model knows of one subject; none is fine too. */
export async function deleteOwn(
  writing: Writing,
  member: SignedIn,
  uris: readonly AtUri[],
): Promise<Result<{ readonly visible: boolean }, XrpcFault>> {
  let visible = true
  for (const uri of uris) {
    const { collection, rkey } = splitAtUri(uri)!
    const deleted = await deleteRecord(writing, member, { collection, rkey })
    if (!deleted.ok) return deleted
    visible &&= deleted.value.visible
  }
  return ok({ visible })
}

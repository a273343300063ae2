import type { l } from '@atproto/lex'
import { ok, splitAtUri, type Result } from '@waypost/kernel'
import type { OwnRecord } from '#query/person.ts'
import type { XrpcFault } from './handler.ts'
import { createTurns, deleteRecord, type Writing, type Written } from './writing.ts'
import type { SignedIn } from './xrpc/method.ts'

/**
 * A like or a follow: at most one of a person for a subject. The second request waits for the first and finds what it
 * wrote; `known` are those in the read model, `write` makes a new one.
 */
export function createOwnMarks() {
  const inTurn = createTurns()
  return (
    member: SignedIn,
    subject: string,
    mark: { readonly known: () => readonly OwnRecord[]; readonly write: () => Promise<Result<Written, XrpcFault>> },
  ): Promise<Result<Written, XrpcFault>> =>
    inTurn(`${member.did} ${subject}`, async () => {
      const known = mark.known()[0]
      if (known !== undefined) return ok({ uri: known.uri, cid: known.cid as l.CidString, visible: true })
      return mark.write()
    })
}

/** Takes back every like or follow of a person's that the read model knows of one subject; none is fine too. */
export async function deleteOwn(
  writing: Writing,
  member: SignedIn,
  marks: readonly OwnRecord[],
): Promise<Result<{ readonly visible: boolean }, XrpcFault>> {
  let visible = true
  for (const { uri } of marks) {
    const { collection, rkey } = splitAtUri(uri)!
    const deleted = await deleteRecord(writing, member, { collection, rkey })
    if (!deleted.ok) return deleted
    visible &&= deleted.value.visible
  }
  return ok({ visible })
}

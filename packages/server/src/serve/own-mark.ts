import type { l, LexMap } from '@atproto/lex'
import { ok, splitAtUri, type Did, type Result } from '@waypost/kernel'
import { createTurns } from '#log/turns.ts'
import type { OwnRecord } from '#query/person.ts'
import type { WriteKind } from '#serve/write-kind.ts'
import type { XrpcFault } from './handler.ts'
import { datetime, deleteRecord, writeRecord, type OwnRecords, type Writing, type Written } from './writing.ts'
import type { SignedIn } from './xrpc/method.ts'

/**
 * Marks: likes, follows, blocks, acceptances, followed lists and saved places, of which a person has at most one for a
 * subject. The second request waits for the first and finds what it wrote; `known` are those in the read model, `write`
 * makes a new one.
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

/** Which marks of the person's the read model knows of a subject. */
type Known = (own: OwnRecords, did: Did, subject: string) => readonly OwnRecord[]

/** A mark whose record says its subject and when, and nothing else. */
export function markSubject(
  writing: Writing,
  { kind, schema, known }: { readonly kind: WriteKind; readonly schema: l.RecordSchema; readonly known: Known },
) {
  const markOnce = createOwnMarks()
  /** `subject`: as the record has it. */
  return (member: SignedIn, subject: string | { readonly uri: string }): Promise<Result<Written, XrpcFault>> => {
    const name = typeof subject === 'string' ? subject : subject.uri
    return markOnce(member, name, {
      known: () => known(writing.own, member.did, name),
      write: () =>
        writeRecord(writing, member, {
          kind,
          schema,
          rkey: writing.nextTid(),
          record: { $type: schema.$type, subject, createdAt: datetime(writing.world.clock.now()) } as LexMap,
        }),
    })
  }
}

/** Takes back a person's marks of a subject. */
export function takingBack(known: Known) {
  return (writing: Writing) =>
    ({ subject }: { readonly subject: string }, member: SignedIn): Promise<Result<{ visible: boolean }, XrpcFault>> =>
      deleteOwn(writing, member, known(writing.own, member.did, subject))
}

/** Takes back every one of them; none is fine too. */
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

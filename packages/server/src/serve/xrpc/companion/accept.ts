import { app } from '@waypost/lexicon'
import { refuse, type AtUri, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { createOwnMarks } from '#serve/own-mark.ts'
import { datetime, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.companion.accept.main>

export function accept(writing: Writing) {
  const markOnce = createOwnMarks()
  return async ({ subject }: Input, member: SignedIn): Promise<Result<Written, XrpcFault>> => {
    if (!writing.own.isNamed(member.did, subject.uri)) {
      return refuse(xrpcFault(400, 'NotFound', 'no check-in that names you'))
    }
    await writing.denials.delete(member.did, subject.uri as AtUri)
    return markOnce(member, subject.uri, {
      known: () => writing.own.acceptances(member.did, subject.uri),
      write: () =>
        writeRecord(writing, member, {
          kind: 'companion',
          schema: app.waypost.companion.main,
          rkey: writing.nextTid(),
          record: { $type: 'app.waypost.companion', subject, createdAt: datetime(writing.world.clock.now()) },
        }),
    })
  }
}

import { app } from '@waypost/lexicon'
import { refuse, type AtUri, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { createOwnMarks } from '#serve/own-mark.ts'
import { datetime, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

export function followList(writing: Writing) {
  const markOnce = createOwnMarks()
  return async ({ subject }: { readonly subject: AtUri }, member: SignedIn): Promise<Result<Written, XrpcFault>> => {
    if (!writing.own.isList(subject)) return refuse(xrpcFault(400, 'NotFound', 'no such list, or it is hidden'))
    return markOnce(member, subject, {
      known: () => writing.own.listFollows(member.did, subject),
      write: () =>
        writeRecord(writing, member, {
          kind: 'follow',
          schema: app.waypost.listFollow.main,
          rkey: writing.nextTid(),
          record: { $type: 'app.waypost.listFollow', subject, createdAt: datetime(writing.world.clock.now()) },
        }),
    })
  }
}

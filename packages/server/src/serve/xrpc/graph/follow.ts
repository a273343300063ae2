import { app } from '@waypost/lexicon'
import { refuse, type Did, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { createOwnMarks } from '#serve/own-mark.ts'
import { datetime, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

export function follow(writing: Writing) {
  const markOnce = createOwnMarks()
  return async ({ subject }: { readonly subject: Did }, member: SignedIn): Promise<Result<Written, XrpcFault>> => {
    if (subject === member.did) return refuse(xrpcFault(400, 'InvalidRequest', 'nobody follows themselves'))
    return markOnce(member, subject, {
      known: () => writing.own.follows(member.did, subject),
      write: () =>
        writeRecord(writing, member, {
          kind: 'follow',
          schema: app.bsky.graph.follow.main,
          rkey: writing.nextTid(),
          record: { $type: 'app.bsky.graph.follow', subject, createdAt: datetime(writing.world.clock.now()) },
        }),
    })
  }
}

import { app } from '@waypost/lexicon'
import { refuse, type Did, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { createOwnMarks } from '#serve/own-mark.ts'
import { datetime, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

export function block(writing: Writing) {
  const markOnce = createOwnMarks()
  return async ({ subject }: { readonly subject: Did }, member: SignedIn): Promise<Result<Written, XrpcFault>> => {
    if (subject === member.did) return refuse(xrpcFault(400, 'InvalidRequest', 'nobody blocks themselves'))
    return markOnce(member, subject, {
      known: () => writing.own.blocks(member.did, subject),
      write: () =>
        writeRecord(writing, member, {
          kind: 'block',
          schema: app.bsky.graph.block.main,
          rkey: writing.nextTid(),
          record: { $type: 'app.bsky.graph.block', subject, createdAt: datetime(writing.world.clock.now()) },
        }),
    })
  }
}

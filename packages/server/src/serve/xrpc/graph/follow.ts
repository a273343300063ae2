import { app } from '@waypost/lexicon'
import { ok, refuse, type Did, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { createTurns, datetime, writeRecord, type Writing } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

type Output = app.waypost.graph.follow.$OutputBody

/** One follow a pair: the second request waits for the first, and finds what it wrote. */
export function follow(writing: Writing) {
  const inTurn = createTurns()
  return async ({ subject }: { readonly subject: Did }, member: SignedIn): Promise<Result<Output, XrpcFault>> => {
    if (subject === member.did) return refuse(xrpcFault(400, 'InvalidRequest', 'nobody follows themselves'))
    return inTurn(`${member.did} ${subject}`, async () => {
      const known = writing.own.follows(member.did, subject)[0]
      if (known !== undefined) return ok({ ...known, visible: true })
      return writeRecord(writing, member, {
        kind: 'follow',
        schema: app.bsky.graph.follow.main,
        rkey: writing.nextTid(),
        record: { $type: 'app.bsky.graph.follow', subject, createdAt: datetime(writing.world.clock.now()) },
      })
    })
  }
}

import { community } from '@waypost/lexicon'
import { ok, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { createTurns, datetime, writeRecord, type Writing } from '#serve/writing.ts'
import type { app } from '@waypost/lexicon'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.feed.like.main>
type Output = app.waypost.feed.like.$OutputBody

/** One like a person and check-in: the second request waits for the first, and finds what it wrote. */
export function like(writing: Writing) {
  const inTurn = createTurns()
  return ({ subject }: Input, member: SignedIn): Promise<Result<Output, XrpcFault>> =>
    inTurn(`${member.did} ${subject.uri}`, async () => {
      const known = writing.own.likes(member.did, subject.uri)[0]
      if (known !== undefined) return ok({ ...known, visible: true })
      return writeRecord(writing, member, {
        kind: 'like',
        schema: community.lexicon.interaction.like.main,
        rkey: writing.nextTid(),
        record: {
          $type: 'community.lexicon.interaction.like',
          subject,
          createdAt: datetime(writing.world.clock.now()),
        },
      })
    })
}

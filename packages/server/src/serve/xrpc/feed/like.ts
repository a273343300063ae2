import { community, type app } from '@waypost/lexicon'
import type { Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { createOwnMarks } from '#serve/own-mark.ts'
import { datetime, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.feed.like.main>

export function like(writing: Writing) {
  const markOnce = createOwnMarks()
  return ({ subject }: Input, member: SignedIn): Promise<Result<Written, XrpcFault>> =>
    markOnce(member, subject.uri, {
      known: () => writing.own.likes(member.did, subject.uri),
      write: () =>
        writeRecord(writing, member, {
          kind: 'like',
          schema: community.lexicon.interaction.like.main,
          rkey: writing.nextTid(),
          record: {
            $type: 'community.lexicon.interaction.like',
            subject,
            createdAt: datetime(writing.world.clock.now()),
          },
        }),
    })
}

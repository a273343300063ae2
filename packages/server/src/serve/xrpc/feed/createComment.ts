import { app } from '@waypost/lexicon'
import type { Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { datetime, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.feed.createComment.main>

export function createComment(writing: Writing) {
  return ({ subject, text, facets, reply }: Input, member: SignedIn): Promise<Result<Written, XrpcFault>> =>
    writeRecord(writing, member, {
      kind: 'comment',
      schema: app.waypost.comment.main,
      rkey: writing.nextTid(),
      record: {
        $type: 'app.waypost.comment',
        subject,
        text,
        ...(facets && { facets }),
        ...(reply && { reply }),
        createdAt: datetime(writing.world.clock.now()),
      },
    })
}

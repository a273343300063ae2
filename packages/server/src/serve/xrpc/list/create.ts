import { app } from '@waypost/lexicon'
import type { Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { datetime, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.list.create.main>

export function create(writing: Writing) {
  return ({ name, description }: Input, member: SignedIn): Promise<Result<Written, XrpcFault>> =>
    writeRecord(writing, member, {
      kind: 'list',
      schema: app.waypost.list.main,
      rkey: writing.nextTid(),
      record: {
        $type: 'app.waypost.list',
        name,
        ...(description !== undefined && { description }),
        createdAt: datetime(writing.world.clock.now()),
      },
    })
}

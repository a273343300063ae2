import { community, type app } from '@waypost/lexicon'
import type { Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { markSubject } from '#serve/own-mark.ts'
import type { Writing, Written } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.feed.like.main>

export function like(writing: Writing) {
  const mark = markSubject(writing, {
    kind: 'like',
    schema: community.lexicon.interaction.like.main,
    known: (own, did, subject) => own.likes(did, subject),
  })
  return ({ subject }: Input, member: SignedIn): Promise<Result<Written, XrpcFault>> => mark(member, subject)
}

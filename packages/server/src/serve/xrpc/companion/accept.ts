import { app } from '@waypost/lexicon'
import { refuse, type AtUri, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { markSubject } from '#serve/own-mark.ts'
import type { Writing, Written } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.companion.accept.main>

export function accept(writing: Writing) {
  const mark = markSubject(writing, {
    kind: 'companion',
    schema: app.waypost.companion.main,
    known: (own, did, subject) => own.acceptances(did, subject),
  })
  return async ({ subject }: Input, member: SignedIn): Promise<Result<Written, XrpcFault>> => {
    if (!writing.own.isNamed(member.did, subject.uri)) {
      return refuse(xrpcFault(400, 'NotFound', 'no check-in that names you'))
    }
    await writing.denials.delete(member.did, subject.uri as AtUri)
    return mark(member, subject)
  }
}

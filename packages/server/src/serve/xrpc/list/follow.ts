import { app } from '@waypost/lexicon'
import { refuse, type AtUri, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { markSubject } from '#serve/own-mark.ts'
import type { Writing, Written } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

export function followList(writing: Writing) {
  const mark = markSubject(writing, {
    kind: 'follow',
    schema: app.waypost.listFollow.main,
    known: (own, did, subject) => own.listFollows(did, subject),
  })
  return async ({ subject }: { readonly subject: AtUri }, member: SignedIn): Promise<Result<Written, XrpcFault>> =>
    writing.own.isList(subject)
      ? mark(member, subject)
      : refuse(xrpcFault(400, 'NotFound', 'no such list, or it is hidden'))
}

import { refuse, type Did, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { markSubject } from '#serve/own-mark.ts'
import type { Writing, Written } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

/** A mark of somebody else; `ofOneself` says what nobody does. */
export function markPerson(ofOneself: string, mark: Parameters<typeof markSubject>[1]) {
  return (writing: Writing) => {
    const markOther = markSubject(writing, mark)
    return async ({ subject }: { readonly subject: Did }, member: SignedIn): Promise<Result<Written, XrpcFault>> =>
      subject === member.did
        ? refuse(xrpcFault(400, 'InvalidRequest', `nobody ${ofOneself} themselves`))
        : markOther(member, subject)
  }
}

import type { app } from '@waypost/lexicon'
import { refuse, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { deleteOwn } from '#serve/own-mark.ts'
import type { Writing } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.companion.deny.main>

/** What was agreed to before is taken back. */
export function deny(writing: Writing) {
  return async ({ subject }: Input, member: SignedIn): Promise<Result<{ visible: boolean }, XrpcFault>> => {
    const { own, denials } = writing
    if (!own.isNamed(member.did, subject)) return refuse(xrpcFault(400, 'NotFound', 'no check-in that names you'))
    if (!(await denials.add(member.did, subject))) {
      return refuse(xrpcFault(400, 'TooManyDenials', 'no more denials of yours are kept; block who names you'))
    }
    return deleteOwn(writing, member, own.acceptances(member.did, subject))
  }
}

import type { app } from '@waypost/lexicon'
import { ok, refuse, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { hasCompanion, POST, postFault } from '#serve/post/companion.ts'
import { ownKey, type Writing } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.feed.deletePost.main>

/** Only what links to the check-in is its companion: another post that has the same key by chance stays. */
export function deletePost(writing: Writing, origin: () => string) {
  return async ({ uri }: Input, member: SignedIn): Promise<Result<object, XrpcFault>> => {
    const key = ownKey(uri, member, 'app.waypost.checkin')
    if (key === undefined) return refuse(xrpcFault(400, 'NotFound', 'that is no check-in of yours'))
    const start = writing.world.clock.elapsed()
    if (!(await hasCompanion(writing, member, { rkey: key.rkey, origin: origin() }))) return ok({})
    const input = { repo: member.did, collection: POST, rkey: key.rkey }
    const answer = await writing.pds.call(member.did, 'com.atproto.repo.deleteRecord', input)
    if (answer.ok) return ok({})
    return refuse(await postFault(writing, member, { kind: 'deletion', start, fault: answer.error }))
  }
}

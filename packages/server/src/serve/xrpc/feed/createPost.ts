import type { app } from '@waypost/lexicon'
import { atUri, ok, refuse, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import type { Writing } from '#serve/writing.ts'
import { pageOf, POST, postFault, readOwnCheckin } from '#serve/post/companion.ts'
import { postRecord } from '#serve/post/post-record.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.feed.createPost.main>
type Output = app.waypost.feed.createPost.$OutputBody

/** `origin`: where this server's pages are, for the link in the post. */
export function createPost(writing: Writing, origin: () => string) {
  return async ({ uri }: Input, member: SignedIn): Promise<Result<Output, XrpcFault>> => {
    const start = writing.world.clock.elapsed()
    const own = await readOwnCheckin(writing, member, uri)
    if (!own.ok) return own
    const { rkey, checkin } = own.value
    const record = postRecord(checkin, pageOf(origin(), member.did, rkey))
    // Null: only where nothing is there yet, so that the same request again changes nothing.
    const input = { repo: member.did, collection: POST, rkey, record, swapRecord: null }
    const put = await writing.pds.call(member.did, 'com.atproto.repo.putRecord', input)
    if (!put.ok && !(put.error.kind === 'failed' && put.error.name === 'InvalidSwap')) {
      return refuse(await postFault(writing, member, { kind: 'post', start, fault: put.error }))
    }
    writing.wrote('post', 'visible', writing.world.clock.elapsed() - start)
    return ok({ uri: atUri(member.did, POST, rkey) })
  }
}

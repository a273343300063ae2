import { app } from '@waypost/lexicon'
import { atUri, ok, refuse, type Did, type Result } from '@waypost/kernel'
import { checkinPath } from '#serve/client-path.ts'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { ownKey, upstreamFault, type Writing } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

/** A post with the record key of a check-in, and a link to its page: its companion on Bluesky. */
export const POST = 'app.bsky.feed.post'

const CHECKIN = app.waypost.checkin.main

/** As it stands in the person's own repository: the read model may be a moment behind. */
export async function readOwnCheckin(
  writing: Writing,
  member: SignedIn,
  uri: string,
): Promise<Result<{ readonly rkey: string; readonly checkin: app.waypost.checkin.Main }, XrpcFault>> {
  const key = ownKey(uri, member, CHECKIN.$type)
  if (key === undefined) return refuse(notFound())
  const start = writing.world.clock.elapsed()
  const found = await writing.pds.ask(member.did, 'com.atproto.repo.getRecord', { repo: member.did, ...key })
  if (!found.ok) {
    const isAbsent = found.error.kind === 'failed' && found.error.name === 'RecordNotFound'
    return refuse(
      isAbsent ? notFound() : await upstreamFault(writing, member, { kind: 'post', start, fault: found.error }),
    )
  }
  const record = CHECKIN.safeParse((found.value as { value?: unknown }).value)
  return record.success ? ok({ rkey: key.rkey, checkin: record.value }) : refuse(notFound())
}

/** False also where the PDS does not answer. */
export async function hasCompanion(
  { pds }: Writing,
  { did }: SignedIn,
  { rkey, origin }: { readonly rkey: string; readonly origin: string },
): Promise<boolean> {
  const found = await pds.ask(did, 'com.atproto.repo.getRecord', { repo: did, collection: POST, rkey })
  if (!found.ok) return false
  return JSON.stringify(found.value).includes(`${pageOf(origin, did, rkey)}"`)
}

/** The address of the check-in's page, which its companion links to. */
export function pageOf(origin: string, did: Did, rkey: string): string {
  return origin + checkinPath(atUri(did, CHECKIN.$type, rkey))
}

/** Why the person's PDS did not do it. */
export async function postFault(
  writing: Writing,
  member: SignedIn,
  failed: Parameters<typeof upstreamFault>[2],
): Promise<XrpcFault> {
  const { fault } = failed
  return fault.kind === 'failed' && fault.name === 'ScopeMissingError'
    ? xrpcFault(403, 'PostsNotAllowed', 'sign in anew, and allow posts')
    : upstreamFault(writing, member, failed)
}

function notFound(): XrpcFault {
  return xrpcFault(400, 'NotFound', 'that is no check-in of yours')
}

import { app } from '@waypost/lexicon'
import { ok, refuse, splitAtUri, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { upstreamFault, type Writing } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.actor.deleteRecords.main>
type Output = app.waypost.actor.deleteRecords.$OutputBody

/** A page of a list at the PDS; it takes 200 deletions in one commit. */
const BATCH_RECORDS_MAX = 100

const { checkin, comment, companion, list, listFollow, listItem, place, placeLink, profile, tip } = app.waypost
const CHECKINS = [checkin.main.$type]
/** Check-ins last: what else there is mostly speaks of them. */
const EVERYTHING = [comment, companion, listItem, listFollow, list, tip, placeLink, place, profile, checkin].map(
  ({ main }) => main.$type,
)

/** What is left is asked of the PDS each time, so that a deletion that was broken off goes on where it stopped. */
export function deleteRecords(writing: Writing) {
  return async ({ what, confirmation }: Input, member: SignedIn): Promise<Result<Output, XrpcFault>> => {
    if (confirmation !== member.did) {
      return refuse(xrpcFault(400, 'NotConfirmed', 'the confirmation is not the DID of who asks'))
    }
    const collections = what === 'everything' ? EVERYTHING : what === 'checkins' ? CHECKINS : undefined
    if (collections === undefined) return refuse(xrpcFault(400, 'InvalidRequest', 'what is checkins or everything'))
    const start = writing.world.clock.elapsed()
    for (const collection of collections) {
      const params = { repo: member.did, collection, limit: String(BATCH_RECORDS_MAX) }
      const listed = await writing.pds.ask(member.did, 'com.atproto.repo.listRecords', params)
      const deleted = listed.ok ? await deleteListed(writing, member, { collection, listed: listed.value }) : listed
      if (!deleted.ok) {
        return refuse(await upstreamFault(writing, member, { kind: 'deletion', start, fault: deleted.error }))
      }
      if (deleted.value === 0) continue
      writing.wrote('deletion', 'visible', writing.world.clock.elapsed() - start)
      return ok({ deletedCount: deleted.value, isDone: false })
    }
    return ok({ deletedCount: 0, isDone: true })
  }
}

/** Answers how many there were. */
async function deleteListed(
  { pds }: Writing,
  { did }: SignedIn,
  { collection, listed }: { readonly collection: string; readonly listed: unknown },
) {
  const { records = [] } = listed as { records?: readonly { readonly uri: string }[] }
  const rkeys = records.flatMap(({ uri }) => {
    const parts = splitAtUri(uri)
    return parts?.did === did && parts.collection === collection ? [parts.rkey] : []
  })
  if (rkeys.length === 0) return ok(0)
  const writes = rkeys.map((rkey) => ({ $type: 'com.atproto.repo.applyWrites#delete', collection, rkey }))
  const applied = await pds.call(did, 'com.atproto.repo.applyWrites', { repo: did, writes })
  return applied.ok ? ok(rkeys.length) : applied
}

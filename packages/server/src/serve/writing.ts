import type { l, LexMap } from '@atproto/lex'
import { atUri, ok, refuse, type AtUri, type Did, type Result, type Tid, type World } from '@waypost/kernel'
import type { OwnRecord } from '#query/person.ts'
import type { PlaceLinks } from '#query/place-link.ts'
import type { ReportSubject } from './moderation/reports.ts'
import type { WriteKind } from '#serve/write-kind.ts'
import { xrpcFault, type XrpcFault } from './handler.ts'
import type { DenialStates } from './denials.ts'
import type { Told } from './presence/here-now.ts'
import type { PdsFault, PersonPds } from './person-pds.ts'
import type { SignedIn } from './xrpc/method.ts'

/**
 * Writes to the repository of the person who asks. In: a record of theirs. Out: where it is, and whether our own read
 * model shows it already. Promise: what would not be valid is never written; the answer comes within a bounded time.
 */
export interface Writing {
  readonly world: World
  readonly pds: PersonPds
  readonly nextTid: () => Tid
  /** True once the read model holds the person's commit at `rev`; false when that takes too long. */
  readonly waitForRev: (did: Did, rev: Tid, options: { readonly timeoutMs: number }) => Promise<boolean>
  readonly own: OwnRecords
  readonly denials: DenialStates
  /** The person's permission is gone: their cookies are worth nothing any more. */
  readonly signedOut: (did: Did) => Promise<void>
  readonly wrote: (
    kind: WriteKind,
    outcome: 'visible' | 'not-yet' | 'upstream-failed' | 'signed-out',
    ms: number,
  ) => void
}

/** What the read model knows of a person's own records; all of it a moment behind their PDS. */
export interface OwnRecords {
  readonly isVisible: (uri: AtUri) => boolean
  /** Whether anybody sees it here. */
  readonly isShown: (subject: ReportSubject) => boolean
  /** A visible check-in of the person's, by whichever app. */
  readonly checkin: (did: Did, uri: string) => Told | undefined
  /** The person's likes of a check-in, in the collection that we write; more than one where they liked it twice. */
  readonly likes: (did: Did, subject: string) => readonly OwnRecord[]
  readonly follows: (did: Did, subject: Did) => readonly OwnRecord[]
  /** Records that save a place, by its id, in whatever list. */
  readonly saves: (did: Did, place: string) => readonly (OwnRecord & { readonly list: AtUri | undefined })[]
  readonly isList: (uri: string) => boolean
  readonly listFollows: (did: Did, list: string) => readonly OwnRecord[]
  /** Records that say of two places, by any of their ids, that they are one. */
  readonly placeLinks: (did: Did, one: string, other: string) => readonly OwnRecord[]
  readonly canBeOne: PlaceLinks['canBeOne']
  /** Whether a visible check-in names somebody. */
  readonly isNamed: (did: Did, checkin: string) => boolean
  readonly acceptances: (did: Did, checkin: string) => readonly OwnRecord[]
  /** `subject`: a DID or a handle. */
  readonly blocks: (did: Did, subject: string) => readonly OwnRecord[]
}

export interface Written {
  readonly uri: AtUri
  readonly cid: l.CidString
  readonly visible: boolean
}

/** How long a person waits for our own read model; the write itself is done by then. */
const VISIBLE_MS_MAX = 5_000

/** `kind` names it in the metrics; `record` has its `$type` and satisfies `schema`, or is refused as InvalidRecord. */
export async function writeRecord(
  writing: Writing,
  member: SignedIn,
  write: { readonly kind: WriteKind; readonly schema: l.RecordSchema; readonly rkey: string; readonly record: LexMap },
): Promise<Result<Written, XrpcFault>> {
  const { world, pds } = writing
  const { kind, rkey } = write
  const start = world.clock.elapsed()
  const record = write.schema.safeParse(write.record)
  if (!record.success) return refuse(xrpcFault(400, 'InvalidRecord', record.reason.message))
  const key = { repo: member.did, collection: write.schema.$type, rkey }
  // Null: only where nothing is there yet, so that the same request again changes nothing.
  const input = { ...key, record: record.value as LexMap, swapRecord: null }
  const put = await pds.call(member.did, 'com.atproto.repo.putRecord', input)
  const there = !put.ok && put.error.kind === 'failed' && put.error.name === 'InvalidSwap'
  const answer = there ? await pds.ask(member.did, 'com.atproto.repo.getRecord', key) : put
  if (!answer.ok) return refuse(await upstreamFault(writing, member, { kind, start, fault: answer.error }))
  const { cid, commit } = answer.value as { cid: string; commit?: { rev?: Tid } }
  const uri = atUri(member.did, key.collection, rkey)
  const visible = await isShown(writing, member.did, commit?.rev, () => writing.own.isVisible(uri))
  writing.wrote(kind, visible ? 'visible' : 'not-yet', world.clock.elapsed() - start)
  return ok({ uri, cid: cid as l.CidString, visible })
}

/** Deleting what is not there changes nothing. */
export async function deleteRecord(
  writing: Writing,
  member: SignedIn,
  key: { readonly collection: string; readonly rkey: string },
): Promise<Result<{ readonly visible: boolean }, XrpcFault>> {
  const start = writing.world.clock.elapsed()
  const answer = await writing.pds.call(member.did, 'com.atproto.repo.deleteRecord', { repo: member.did, ...key })
  if (!answer.ok) return refuse(await upstreamFault(writing, member, { kind: 'deletion', start, fault: answer.error }))
  const rev = (answer.value as { commit?: { rev?: Tid } }).commit?.rev
  const uri = atUri(member.did, key.collection, key.rkey)
  const visible = await isShown(writing, member.did, rev, () => !writing.own.isVisible(uri))
  writing.wrote('deletion', visible ? 'visible' : 'not-yet', writing.world.clock.elapsed() - start)
  return ok({ visible })
}

/** Waits for the rev of the write; where the PDS had nothing to do there is none, and the read model is asked as it is. */
async function isShown(writing: Writing, did: Did, rev: Tid | undefined, now: () => boolean): Promise<boolean> {
  return rev === undefined ? now() : writing.waitForRev(did, rev, { timeoutMs: VISIBLE_MS_MAX })
}

export async function upstreamFault(
  writing: Writing,
  member: SignedIn,
  { kind, start, fault }: { readonly kind: WriteKind; readonly start: number; readonly fault: PdsFault },
): Promise<XrpcFault> {
  const ms = writing.world.clock.elapsed() - start
  if (fault.kind === 'signed-out') {
    writing.wrote(kind, 'signed-out', ms)
    await writing.signedOut(member.did)
    return authRequired()
  }
  writing.wrote(kind, 'upstream-failed', ms)
  return xrpcFault(502, 'UpstreamFailure', `${fault.name}: ${fault.message}`)
}

export function authRequired(): XrpcFault {
  return xrpcFault(401, 'AuthRequired', 'sign in first')
}

/** Time as records have it. */
export function datetime(ms: number): l.DatetimeString {
  return new Date(ms).toISOString() as l.DatetimeString
}

/** A record's address of one's own, in the collection meant; undefined for anyone else's or another kind. */
export function ownKey(
  uri: string,
  member: SignedIn,
  collection: string,
): { readonly collection: string; readonly rkey: string } | undefined {
  const prefix = `at://${member.did}/${collection}/`
  const rkey = uri.startsWith(prefix) ? uri.slice(prefix.length) : ''
  return /^[A-Za-z0-9._:~-]{1,512}$/.test(rkey) ? { collection, rkey } : undefined
}

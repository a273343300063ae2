import { ok, refuse, type Did, type Result, type Tid, type World } from '@waypost/kernel'
import type { CommitFrame, SyncFrame } from '#wire/frame.ts'
import type { Outbound } from '#wire/outbound.ts'
import { fetchRepo, fetchRepoStatus, REPO_BYTES_MAX, REPO_BYTES_USUAL, type PdsFault } from '#wire/repo.ts'
import { createTurnstile } from '#wire/turnstile.ts'
import { fault, type Fault } from '#verify/blocks.ts'
import { speaksFor, type Speaker } from '#verify/authority.ts'
import { follows, revCanFollow } from '#verify/chain.ts'
import type { Checks } from '#verify/check-pool.ts'
import { checkSync, type CheckedCommit } from '#verify/commit.ts'
import type { PublicKey } from '#verify/did-key.ts'
import type {
  AccountEvent,
  CommitEvent,
  EventBody,
  IdentityEvent,
  RepoEvent,
  RepoHead,
  VerifiedEvent,
} from '#verify/event.ts'
import type { HandleCheck, Identities, Identity, IdentityFault } from '#verify/identity.ts'
import { proved } from '#verify/proof.ts'
import type { Refusal } from '#verify/refusal.ts'
import { checkRepo, type CheckedRepo } from '#verify/repo.ts'

/**
 * The door. In: frames and repositories from strangers. Out: events that are true, or refusals with a reason.
 * Promise: nothing else makes a `VerifiedEvent`, and no input makes it throw.
 */
export interface Verifier {
  /** `head`: what is known of the repository before; undefined for one that is not tracked. */
  commit(frame: CommitFrame, said: Said & { source: Source }): Promise<Result<Verified<CommitEvent>, Refusal>>
  /** Whether a `#sync` tells what is known already. */
  sync(frame: SyncFrame, said: Said & { head: RepoHead }): Promise<Result<'same' | 'different', Refusal>>
  /** Whether a host may tell of an account; `authority.ts` says when. May ask the directory. */
  speaksFor(speaker: Speaker, did: Did): ReturnType<typeof speaksFor>
  /** Fetches and checks the whole repository from the person's PDS. */
  repo(did: Did, source: Source, signal?: AbortSignal): Promise<Result<Verified<RepoEvent>, SourceFault>>
  /** How the account stands, by its DID document and its PDS. `fresh`: the document is fetched anew. */
  account(did: Did, options: { fresh: boolean; signal?: AbortSignal }): Promise<Result<AccountState, SourceFault>>
  accountEvent(state: AccountState, source: Source, head: RepoHead | undefined): AccountEvent & VerifiedEvent
  /** The handle in both directions and the PDS; asks the network. `fresh`: as in `IdentityState`, where one may. */
  identity(did: Did, options: { fresh: boolean }): Promise<Result<IdentityState, SourceFault>>
  /** Without a handle where it fails or nobody could say: the latter is for somebody who had none before. */
  identityEvent(state: IdentityState, source: Source, head: RepoHead): IdentityEvent & VerifiedEvent
}

export type Source = EventBody['source']

interface Said {
  readonly speaker: Speaker
  readonly head: RepoHead | undefined
}

export interface Verified<Event extends EventBody> {
  readonly event: Event & VerifiedEvent
  /** Single records that were not let in, or not shown, while the rest stands. */
  readonly notes: readonly Refusal[]
}

export interface AccountState {
  readonly did: Did
  readonly active: boolean
  readonly status: string | undefined
  /** The newest rev, where the PDS says it. */
  readonly rev: Tid | undefined
  /** The PDS knows no such account, or the directory says that the DID was given up. */
  readonly deleted: boolean
  /** The PDS that was asked; undefined where the directory itself gave the answer. */
  readonly pds: string | undefined
  /** When the DID document that led there was asked for; undefined where the directory itself gave the answer. */
  readonly resolvedAt: number | undefined
}

export interface IdentityState {
  readonly did: Did
  readonly handle: HandleCheck
  readonly pds: string | undefined
  /** The DID document was asked for after the call. */
  readonly fresh: boolean
}

/**
 * 'away' is nobody's fault and worth another try, after `retryAfterMs` where the server says so; 'refused' is a
 * stranger's, and counted.
 */
export type SourceFault =
  | { readonly kind: 'away'; readonly detail: string; readonly retryAfterMs?: number }
  | { readonly kind: 'inactive'; readonly status: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/**
 * The directory of did:plc is known to answer fast. Anybody else's server is waited for so long where a frame hangs on
 * it: all hosts wait with it.
 */
const HASTY_MS_MAX = 500
/** Repositories of an unusual size in memory at once; more wait, and hold up none of the usual ones. */
const LARGE_REPOS_MAX = 2

const SLOW: Result<Identity, IdentityFault> = refuse({ kind: 'unresolved', detail: 'no answer in time' })

/** What `getRepo` and `getRepoStatus` call an account that is not served, in the words of `#account`. */
const STATUS_OF_ERROR: Readonly<Record<string, string>> = {
  RepoNotFound: 'deleted',
  RepoDeactivated: 'deactivated',
  RepoTakendown: 'takendown',
  RepoSuspended: 'suspended',
}

export function createVerifier(options: {
  readonly world: World
  readonly identities: Identities
  readonly outbound: Outbound
  readonly checks: Checks
}): Verifier {
  const { world, identities, outbound, checks } = options
  const largeOnes = createTurnstile(LARGE_REPOS_MAX)

  async function inHaste<T>(did: Did, answer: Promise<T>, late: T): Promise<T> {
    if (did.startsWith('did:plc:')) return answer
    const inTime = new AbortController()
    const given = await Promise.race([answer, world.timers.sleep(HASTY_MS_MAX, inTime.signal).then(() => late)])
    inTime.abort()
    return given
  }

  /** For whatever a frame hangs on. What is late is there for the next question. */
  const hasty: Pick<Identities, 'resolve' | 'resolveAnew'> = {
    resolve: (did, wants) => inHaste(did, identities.resolve(did, wants), SLOW),
    resolveAnew: (did) => inHaste(did, identities.resolveAnew(did), undefined),
  }

  /** Checks with the key that is known, and once more with a fresh one where the signature does not hold. */
  async function withKey<T>(
    asked: Pick<Identities, 'resolve'>,
    did: Did,
    check: (key: PublicKey) => Result<T, Fault> | Promise<Result<T, Fault>>,
  ): Promise<Result<T, Fault>> {
    const known = await asked.resolve(did)
    if (!known.ok) return fault('identity-unresolved', known.error.detail)
    const first = await check(known.value.signingKey)
    if (first.ok || first.error.reason !== 'signature') return first
    const fresh = await asked.resolve(did, { force: true })
    if (!fresh.ok || fresh.value.signingKey.text === known.value.signingKey.text) return first
    return check(fresh.value.signingKey)
  }

  async function judgeCommit(frame: CommitFrame, { speaker, head }: Said): Promise<Result<CheckedCommit, Fault>> {
    // What costs nothing comes first: most of what is refused is only a repetition.
    const rev = revCanFollow(frame.rev, head, world.clock.now())
    if (!rev.ok) return rev
    const authority = await judgeAuthority(speaker, frame.did)
    if (!authority.ok) return authority
    if (head && !head.active) return fault('account-inactive', head.status ?? 'inactive')
    const checked = await withKey(hasty, frame.did, (key) => checks.check(frame, key))
    if (!checked.ok) return checked
    const order = follows(checked.value, head)
    return order.ok ? checked : order
  }

  async function judgeAuthority(speaker: Speaker, did: Did): Promise<Result<undefined, Fault>> {
    const says = await speaksFor(hasty, speaker, did)
    if (says === 'yes') return ok(undefined)
    const known = await hasty.resolve(did)
    if (!known.ok) return fault('identity-unresolved', known.error.detail)
    return fault('host-not-authoritative', says === 'no' ? 'not their PDS' : 'not their PDS, by what we know')
  }

  async function resolveAtSource(did: Did, fresh: boolean): Promise<Result<Identity & { pds: string }, SourceFault>> {
    const found = await identities.resolve(did, { force: fresh })
    if (!found.ok && found.error.kind === 'gone') return refuse({ kind: 'inactive', status: 'deleted' })
    if (!found.ok) {
      if (found.error.kind === 'unresolved') return refuse({ kind: 'away', detail: found.error.detail })
      return refuse({ kind: 'refused', refusal: { reason: 'identity-unresolved', detail: found.error.detail, did } })
    }
    const { pds } = found.value
    if (pds) return ok({ ...found.value, pds })
    return refuse({ kind: 'refused', refusal: { reason: 'identity-unresolved', detail: 'no PDS', did } })
  }

  async function fetchAndCheck(
    did: Did,
    pds: string,
    source: Source,
    limits: { maxBytes: number; signal: AbortSignal | undefined },
  ): Promise<Result<Verified<RepoEvent>, SourceFault> | 'too-large'> {
    const car = await fetchRepo(outbound, pds, did, limits)
    if (!car.ok) return car.error.kind === 'too-large' ? 'too-large' : refuse(sourceFault(did, car.error))
    const checked = await withKey(identities, did, (key) => checkRepo(car.value, did, key))
    if (!checked.ok) return refuse({ kind: 'refused', refusal: { ...checked.error, did, seq: source.seq } })
    const rev = revCanFollow(checked.value.rev, undefined, world.clock.now())
    if (!rev.ok) return refuse({ kind: 'refused', refusal: { ...rev.error, did, seq: source.seq } })
    return ok(repoEvent(checked.value, source))
  }

  return {
    async commit(frame, { speaker, source, head }) {
      const { did, seq } = frame
      const checked = await judgeCommit(frame, { speaker, head })
      if (!checked.ok) return refuse({ ...checked.error, did, seq })
      const { rev, data, ops, notes } = checked.value
      const after: RepoHead = { rev, data, active: true, status: undefined }
      return ok({
        event: proved<CommitEvent>({ kind: 'commit', did, source, head: after, rev, ops }),
        notes: notes.map((note) => ({ ...note, did, seq })),
      })
    },

    async sync(frame, { speaker, head }) {
      const { did, seq } = frame
      const authority = await judgeAuthority(speaker, did)
      const checked = authority.ok ? await withKey(hasty, did, (key) => checkSync(frame, key)) : authority
      if (!checked.ok) return refuse({ ...checked.error, did, seq })
      const { rev, data } = checked.value
      if (rev === head.rev && data === head.data) return ok('same')
      const order = revCanFollow(rev, head, world.clock.now())
      return order.ok ? ok('different') : refuse({ ...order.error, did, seq })
    },

    speaksFor: (speaker, did) => speaksFor(hasty, speaker, did),

    async repo(did, source, signal) {
      const person = await resolveAtSource(did, false)
      if (!person.ok) return person
      const { pds } = person.value
      const usual = await fetchAndCheck(did, pds, source, { maxBytes: REPO_BYTES_USUAL, signal })
      if (usual !== 'too-large') return usual
      const large = await largeOnes(() => fetchAndCheck(did, pds, source, { maxBytes: REPO_BYTES_MAX, signal }))
      if (large !== 'too-large') return large
      const refusal: Refusal = { reason: 'car-malformed', detail: 'too large', did, seq: source.seq }
      return refuse({ kind: 'refused', refusal })
    },

    async account(did, { fresh, signal }) {
      const person = await resolveAtSource(did, fresh)
      if (!person.ok) {
        if (person.error.kind !== 'inactive') return person
        const status = { active: false, status: 'deleted', rev: undefined, deleted: true }
        return ok({ did, ...status, pds: undefined, resolvedAt: undefined })
      }
      const { pds, resolvedAt } = person.value
      const status = await fetchRepoStatus(outbound, pds, did, signal)
      const about = { did, pds, resolvedAt }
      if (status.ok) return ok({ ...about, ...status.value, deleted: false })
      if (status.error.kind !== 'refused') return refuse(awayFault(status.error))
      const known = STATUS_OF_ERROR[status.error.error]
      // A PDS that does not serve the question is asked for the repository next, and its answer tells the same.
      if (!known) return ok({ ...about, active: true, status: undefined, rev: undefined, deleted: false })
      return ok({ ...about, active: false, status: known, rev: undefined, deleted: known === 'deleted' })
    },

    accountEvent(state, source, head) {
      const { did, active, status } = state
      return proved<AccountEvent>({
        kind: 'account',
        did,
        source,
        head: { rev: head?.rev, data: head?.data, active, status: active ? undefined : (status ?? 'inactive') },
      })
    },

    async identity(did, { fresh }) {
      const anew = fresh ? await identities.resolveAnew(did) : undefined
      const person = anew ?? (await identities.resolve(did))
      if (!person.ok) {
        if (person.error.kind === 'gone') return refuse({ kind: 'inactive', status: 'deleted' })
        return refuse({ kind: 'away', detail: person.error.detail })
      }
      const handle = await identities.verifiedHandle(person.value)
      return ok({ did, handle, pds: person.value.pds, fresh: anew !== undefined })
    },

    identityEvent({ did, handle, pds }, source, head) {
      const held = handle.kind === 'holds' ? handle.handle : undefined
      return proved<IdentityEvent>({ kind: 'identity', did, source, head, handle: held, pds })
    },
  }
}

function repoEvent(repo: CheckedRepo, source: Source): Verified<RepoEvent> {
  const { did, rev, data, records, notes } = repo
  const head: RepoHead = { rev, data, active: true, status: undefined }
  return {
    event: proved<RepoEvent>({ kind: 'repo', did, source, head, rev, records }),
    notes: notes.map((note) => ({ ...note, did, seq: source.seq })),
  }
}

function sourceFault(did: Did, error: PdsFault): SourceFault {
  if (error.kind !== 'refused') return awayFault(error)
  const status = STATUS_OF_ERROR[error.error]
  if (status) return { kind: 'inactive', status }
  return { kind: 'away', detail: `${error.error} for ${did}` }
}

function awayFault(error: Exclude<PdsFault, { readonly kind: 'refused' }>): SourceFault {
  const { detail } = error
  const retryAfterMs = error.kind === 'unreachable' ? error.retryAfterMs : undefined
  return { kind: 'away', detail, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

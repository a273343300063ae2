import { refuse, tidMicros, type Did, type Result, type Tid, type World } from '@waypost/kernel'
import type { Outbound } from '#wire/outbound.ts'
import { fetchRepoStatus, type PdsFault } from '#wire/repo.ts'
import { fetchCollections, type ListedRepo } from '#wire/repo-list.ts'
import { makesMember } from '#verify/collections.ts'
import type { RepoHead } from '#verify/event.ts'
import type { Identities } from '#verify/identity.ts'
import type { SourceFault, Verifier } from '#verify/verify.ts'
import type { Pace } from '#log/backfill-pace.ts'

/** What came of one person in a list. `pds`: whom they could not be had from. */
export type Outcome =
  | { readonly kind: OutcomeKind }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly pds?: string }

/**
 * adopted: a member now, whole and in the log. member: was one before. behind: a member of whom the host has something
 * that the log lacks; under repair now. foreign: has no records that concern us. inactive: whatever the reason.
 */
export type OutcomeKind = 'adopted' | 'member' | 'behind' | 'foreign' | 'inactive'

/**
 * Why somebody could not be had; they are tried again by the next run.
 * identity-unresolved: no directory says where they are. pds-away: their PDS does not answer. repo-unavailable: it
 * answers, and what it has cannot be had or does not hold. too-slow: it took longer than anybody is waited for.
 */
export type FailureReason = 'identity-unresolved' | 'pds-away' | 'repo-unavailable' | 'too-slow'

export interface BackfillPeopleOptions {
  readonly world: World
  readonly signal: AbortSignal
  readonly outbound: Outbound
  readonly identities: Identities
  readonly verifier: Pick<Verifier, 'repo'>
  readonly pace: Pace
  readonly headOf: (did: Did) => Promise<RepoHead | undefined>
  /** The ingest's. */
  readonly track: (did: Did) => Promise<boolean>
  /** The ingest's. */
  readonly repair: (did: Did) => Promise<void>
}

/**
 * Looks at one person. `isListedForIt`: the list is one of people with records of a collection that makes a member.
 * `wasMember`: they were one already, and are taken in whatever records they have.
 */
export type LookAt = (
  listed: ListedRepo,
  options: { readonly isListedForIt: boolean; readonly wasMember?: boolean },
) => Promise<Outcome>

/** Of one question to a person's PDS. */
const PDS_TRIES_MAX = 4
const IDENTITY_TRIES_MAX = 3
const IDENTITY_RETRY_MS = 1_000
/** The ingest tries again by itself, ever more rarely; after so many of its tries the person counts as failed. */
const ADOPTION_TRIES_MAX = 5
/** The largest repositories take ten minutes. */
const ADOPTION_MS_MAX = 15 * 60_000
/** A rev that is younger is on its way by the stream. */
const BEHIND_MS_MIN = 10 * 60_000

/** What `describeRepo` and `getRepoStatus` call an account that is not served. */
const INACTIVE = new Set(['RepoNotFound', 'RepoDeactivated', 'RepoTakendown', 'RepoSuspended'])

export function createLookAt(options: BackfillPeopleOptions): LookAt {
  const { world, signal, outbound, identities, verifier, pace, headOf, track, repair } = options

  async function pdsOf(did: Did): Promise<string | undefined> {
    for (let tries = 1; ; tries++) {
      const found = await identities.resolve(did)
      if (found.ok) return found.value.pds
      if (found.error.kind !== 'unresolved' || tries >= IDENTITY_TRIES_MAX || signal.aborted) return undefined
      await world.timers.sleep(IDENTITY_RETRY_MS * 2 ** (tries - 1), signal)
    }
  }

  const askPds = <T>(pds: string, question: () => Promise<Result<T, PdsFault>>): Promise<Result<T, PdsFault>> =>
    pace.ask(pds, question, { triesMax: PDS_TRIES_MAX })

  /** Whether somebody who is not in the log belongs there; otherwise what is to be said of them. */
  async function hasRecordsOfOurs(did: Did, pds: string, isListedForIt: boolean): Promise<true | Outcome> {
    const described = await askPds(pds, () => fetchCollections(outbound, pds, did, signal))
    if (described.ok) return described.value.some(makesMember) || { kind: 'foreign' }
    if (described.error.kind === 'unreachable' || isInactive(described.error)) return outcomeOf(described.error, pds)
    // It does not describe repositories: what is in one shows in the whole of it alone.
    if (isListedForIt) return true
    const repo = await askPds(pds, async () => {
      const found = await verifier.repo(did, { host: pds, seq: 0 }, signal)
      return found.ok ? found : refuse(asPdsFault(found.error))
    })
    if (!repo.ok) return outcomeOf(repo.error, pds)
    return repo.value.event.records.some(({ collection }) => makesMember(collection)) || { kind: 'foreign' }
  }

  /** The ingest says that somebody is not a member now, but not why. */
  async function whyNot(did: Did, pds: string): Promise<Outcome> {
    const status = await askPds(pds, () => fetchRepoStatus(outbound, pds, did, signal))
    if (!status.ok) return outcomeOf(status.error, pds)
    return status.value.active ? failed('repo-unavailable', pds) : { kind: 'inactive' }
  }

  async function adopt(did: Did): Promise<Outcome> {
    const over = new AbortController()
    const tooSlow = world.timers.sleep(ADOPTION_MS_MAX, AbortSignal.any([signal, over.signal])).then(() => undefined)
    try {
      for (let tries = 1; ; tries++) {
        const inTheLog = await Promise.race([track(did), tooSlow])
        if (inTheLog === true) return { kind: 'adopted' }
        if (inTheLog === undefined) return failed('too-slow')
        const pds = await pdsOf(did)
        if (pds === undefined) return failed('identity-unresolved')
        const why = await whyNot(did, pds)
        const isWorthIt = why.kind === 'failed' && why.reason !== 'pds-away' && tries < ADOPTION_TRIES_MAX
        if (!isWorthIt || signal.aborted) return why
      }
    } finally {
      over.abort()
    }
  }

  return async ({ did, rev, active }, { isListedForIt, wasMember = false }) => {
    if (!active) return { kind: 'inactive' }
    const head = await headOf(did)
    if (head?.active && head.rev !== undefined) {
      const isBehind = rev !== undefined && rev > head.rev && isOlderThan(rev, BEHIND_MS_MIN, world)
      if (isBehind) await repair(did)
      return { kind: isBehind ? 'behind' : 'member' }
    }
    if (!head && !wasMember) {
      const pds = await pdsOf(did)
      if (pds === undefined) return failed('identity-unresolved')
      const found = await hasRecordsOfOurs(did, pds, isListedForIt)
      if (found !== true) return found
    }
    return adopt(did)
  }
}

function isOlderThan(rev: Tid, ms: number, { clock }: World): boolean {
  return tidMicros(rev) / 1_000 <= clock.now() - ms
}

function isInactive(fault: PdsFault): boolean {
  return fault.kind === 'refused' && INACTIVE.has(fault.error)
}

function outcomeOf(fault: PdsFault, pds: string): Outcome {
  if (isInactive(fault)) return { kind: 'inactive' }
  return failed(fault.kind === 'unreachable' ? 'pds-away' : 'repo-unavailable', pds)
}

function asPdsFault(fault: SourceFault): PdsFault {
  if (fault.kind === 'away') return { kind: 'unreachable', detail: fault.detail }
  const error = fault.kind === 'inactive' ? 'RepoNotFound' : fault.refusal.reason
  return { kind: 'refused', error, status: 200 }
}

function failed(reason: FailureReason, pds?: string): Outcome {
  return { kind: 'failed', reason, ...(pds !== undefined && { pds }) }
}

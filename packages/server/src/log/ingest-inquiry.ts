import type { Did } from '@waypost/kernel'
import type { Speaker } from '#verify/authority.ts'
import type { VerifiedEvent } from '#verify/event.ts'
import type { AccountState, Source, SourceFault, Verifier } from '#verify/verify.ts'
import type { Person } from '#log/ingest-people.ts'
import type { IngestEvents } from '#log/ingest-port.ts'
import type { Claim, Repair } from '#log/ingest-repair.ts'

/**
 * One question to a person's own PDS.
 * In: what is known of the person, and what hosts said. Out: what goes into the log, or that it has to be asked again.
 * Promise: nothing of the person is changed, and nobody's word but the PDS's and the directory's is taken for true.
 */
export interface Inquiry {
  ask(person: Person, repair: Repair): Promise<Found>
}

export type Outcome = Parameters<IngestEvents['repair']>[0]

/** What a try came to: what goes into the log, or that another try is needed. */
export type Found = Concluded | Postponed

export interface Postponed {
  readonly again: true
  readonly detail: string
  /** How long the PDS wants to be left alone, where it says so. */
  readonly retryAfterMs?: number
}

export interface Concluded {
  readonly again: false
  readonly outcome: Outcome
  readonly events: readonly VerifiedEvent[]
  readonly erase: boolean
  /** What was said of the account when the question was put; what was said later is not answered. */
  readonly claim: Claim | undefined
  /** How often it had been wanted by then. */
  readonly needs: number
}

/** Before it is known what it answers. */
type Answer = Omit<Concluded, 'claim' | 'needs'> | Postponed

interface Compared {
  readonly claim: Claim | undefined
  readonly account: AccountState
}

/** The status of an account that its PDS does not know, while nobody said that it was deleted. */
const MISSING = 'missing'
/** A DID document at most this much older than the question counts as new: it may be asked for once a minute. */
const FRESH_MS = 60_000

export function createInquiry(options: {
  readonly signal: AbortSignal
  readonly verifier: Verifier
  readonly events: IngestEvents
  /** Whether the account's end was found true before. */
  readonly hasEnded: (did: Did) => Promise<boolean>
}): Inquiry {
  const { signal, verifier, events, hasEnded } = options

  async function ask(person: Person, repair: Repair): Promise<Found> {
    repair.isAsking = true
    const { claim, needs } = repair
    try {
      const asked = await verifier.account(person.did, { fresh: repair.fresh, signal })
      if (!asked.ok) return again(asked.error, repair.source)
      const found = await compare(person, repair, { claim, account: asked.value })
      return found.again ? found : { ...found, claim, needs }
    } finally {
      repair.isAsking = false
    }
  }

  /** What hosts say against what the PDS says. */
  async function compare(person: Person, repair: Repair, { claim, account }: Compared): Promise<Answer> {
    const { did } = person
    const { source, speaker } = repair
    const isForeign = (by: Speaker | undefined): boolean => by !== undefined && !mayHold(by, account)
    const isNewOnWrongHost = !person.head && isForeign(speaker)
    if ((!account.active || isForeign(claim?.by) || isNewOnWrongHost) && !isFresh(account, repair)) {
      repair.fresh = true
      return { again: true, detail: 'the DID document may be out of date' }
    }
    const isRefused = claim !== undefined && (isForeign(claim.by) || claim.active !== account.active)
    if (isRefused) {
      const detail = `the host says ${describe(claim)}, the PDS ${describe(account)}`
      events.refused({ reason: 'host-not-authoritative', detail, did, seq: source.seq }, source.host)
      if (repair.claim === claim) repair.claim = undefined
    }
    if (isNewOnWrongHost) {
      const detail = 'an account that is not on this host'
      events.refused({ reason: 'host-not-authoritative', detail, did, seq: source.seq }, source.host)
      return { again: false, outcome: 'unchanged', events: [], erase: false }
    }
    if (account.active) return activeFound(person, repair, account)
    return inactiveFound(person, repair, { claim: isRefused ? undefined : claim, account })
  }

  async function inactiveFound({ did, head }: Person, repair: Repair, { claim, account }: Compared): Promise<Answer> {
    if (!head) return { again: false, outcome: 'inactive', events: [], erase: false }
    const wasSaid = claim?.status === 'deleted' || account.resolvedAt === undefined || head.status === 'deleted'
    // A PDS that lost an account looks like one that deleted it: without a word from the stream it is hidden, and
    // nothing is erased.
    const erase = account.deleted && (wasSaid || (await hasEnded(did)))
    const state = account.deleted && !erase ? { ...account, status: MISSING } : account
    // A deletion goes into the log again, where it is recognised: its place there says up to where to erase.
    const news = erase || head.active || head.status !== state.status
    return {
      again: false,
      outcome: 'inactive',
      events: news ? [verifier.accountEvent(state, repair.source, head)] : [],
      erase,
    }
  }

  async function activeFound(person: Person, repair: Repair, account: AccountState): Promise<Answer> {
    const { did, head } = person
    const { source } = repair
    const known = head?.status === 'deleted' ? undefined : head
    const back = head && !head.active ? [verifier.accountEvent(account, source, head)] : []
    const needed = known?.rev === undefined || repair.broken || account.rev === undefined || account.rev > known.rev
    if (!needed) return { again: false, outcome: 'unchanged', events: back, erase: false }

    const repo = await verifier.repo(did, source, signal)
    if (!repo.ok) {
      if (repo.error.kind === 'inactive') repair.fresh = true
      return again(repo.error, source)
    }
    const { event, notes } = repo.value
    for (const note of notes) events.refused(note, source.host)
    if (known?.rev !== undefined && event.rev < known.rev) {
      const detail = 'the PDS has an older repository than the log'
      events.refused({ reason: 'rev-repeated', detail, did, seq: source.seq }, source.host)
      if (repair.broken) return { again: true, detail }
      return { again: false, outcome: 'unchanged', events: back, erase: false }
    }
    if (known && event.rev === known.rev && event.head.data === known.data) {
      return { again: false, outcome: 'unchanged', events: back, erase: false }
    }
    return { again: false, outcome: known ? 'repaired' : 'adopted', events: [...back, event], erase: false }
  }

  function again(error: SourceFault, source: Source): Postponed {
    if (error.kind === 'refused') {
      events.refused(error.refusal, source.host)
      return { again: true, detail: error.refusal.reason }
    }
    if (error.kind === 'inactive') return { again: true, detail: error.status }
    const { detail, retryAfterMs } = error
    return { again: true, detail, ...(retryAfterMs !== undefined && { retryAfterMs }) }
  }

  return { ask }
}

/** A relay passes on accounts of any PDS; where the directory itself gave the answer, any host may have been right. */
function mayHold({ kind, host }: Speaker, { pds }: AccountState): boolean {
  return kind === 'relay' || pds === undefined || pds === host
}

/** Whether the DID document that led to the answer is as new as one can ask for. */
function isFresh({ resolvedAt }: AccountState, { startedAt }: Repair): boolean {
  return resolvedAt === undefined || resolvedAt >= startedAt - FRESH_MS
}

function describe({ active, status }: { active: boolean; status: string | undefined }): string {
  return active ? 'active' : (status ?? 'inactive')
}

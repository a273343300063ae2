import { hash } from 'node:crypto'
import type { Did, Logger, World } from '@waypost/kernel'
import type { RepoHead } from '#verify/event.ts'
import type { AccountState, Verifier } from '#verify/verify.ts'
import type { IdentityLookups } from '#log/ingest-identity.ts'
import type { Patience } from '#log/patience.ts'
import type { People, Person } from '#log/ingest-people.ts'
import type { IngestEvents, IngestOptions } from '#log/ingest-port.ts'
import type { Repairs } from '#log/ingest-repair.ts'
import type { EventLog } from '#log/log.ts'

/**
 * The chain shows a gap only at the next commit, so what came last may be missing without a sign. From time to time each
 * member's PDS is therefore asked how its account stands and how far its repository is, and who is behind is repaired.
 * Once a day it is also looked whether their handle and their PDS are still what is shown of them.
 * What the log says is read there and not remembered: an ingest that was paused may have written late.
 * In: everybody of whom the log holds something. Out: repairs. Promise: everybody is asked once in a sweep; a PDS that is
 * away is asked in the next one; the pace is bounded, whatever the number of members.
 */
export interface Reconciler {
  /** Sweeps until the signal aborts. */
  start(): Promise<void>
  /** Begins the next sweep now. */
  now(): void
  /** The same, once in a while: a host has said that there are events which nobody will tell. */
  afterGap(): void
}

export interface ReconcilerOptions {
  readonly world: World
  readonly log: Logger
  readonly signal: AbortSignal
  readonly eventLog: EventLog
  readonly verifier: Verifier
  readonly people: People
  readonly patience: Patience
  readonly repairs: Pick<Repairs, 'start'>
  readonly lookups: Pick<IdentityLookups, 'start'>
  readonly shown: IngestOptions['shown']
  readonly events: IngestEvents
  /** Whether a stream is being caught up with: what its PDSes are ahead is then on its way. */
  readonly isCatchingUp: () => boolean
}

/** The source of what no host told. */
const RECONCILIATION = 'reconciliation'
/** After the start the hosts' streams come first. */
const FIRST_REST_MS = 60_000
/** From the beginning of one sweep to that of the next; a larger membership takes longer. */
const SWEEP_EVERY_MS = 6 * 60 * 60_000
/** In each sweep another part of the members has its identity looked at: all of them in so many sweeps. */
const IDENTITY_SWEEPS = 4
/** So many are asked at a time, and one such group begins each second at the earliest. */
const ASKED_AT_ONCE_MAX = 32
const GROUP_EVERY_MS = 1_000
/** While a stream is being caught up with, this is waited before looking again; in one sweep no longer than the second. */
const CATCH_UP_MS = 10_000
const CATCH_UP_MS_MAX = 10 * 60_000
/** A host may say as often as it likes that it has forgotten events: no sooner than this after the last time it counts. */
const GAP_EVERY_MS_MIN = 10 * 60_000
/** What the PDS is ahead may be on its way to us; after this long it should be here. */
const GRACE_MS = 30_000

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { world, log, signal, eventLog, verifier, people, patience, repairs, lookups, events } = options
  let waking = new AbortController()
  let isWanted = false
  let sweeps = 0
  let gapAt = -Infinity
  let isGapWaiting = false

  async function start(): Promise<void> {
    await rest(FIRST_REST_MS)
    while (!signal.aborted) {
      isWanted = false
      sweeps++
      const began = world.clock.elapsed()
      await sweep()
      await rest(Math.max(0, SWEEP_EVERY_MS - (world.clock.elapsed() - began)))
    }
  }

  /** Until the time is over or a sweep is wanted. */
  async function rest(delayMs: number): Promise<void> {
    waking = new AbortController()
    if (!isWanted) await world.timers.sleep(delayMs, AbortSignal.any([signal, waking.signal]))
  }

  async function sweep(): Promise<void> {
    let after = ''
    let [asked, behind, waitedMs] = [0, 0, 0]
    while (!signal.aborted) {
      // A host may say for ever that its frames are old: everybody else is not kept waiting for it.
      while (options.isCatchingUp() && waitedMs < CATCH_UP_MS_MAX && !signal.aborted) {
        await world.timers.sleep(CATCH_UP_MS, signal)
        waitedMs += CATCH_UP_MS
      }
      const group = await patience('list members', () => eventLog.people(after, ASKED_AT_ONCE_MAX))
      if (group.length === 0) break
      after = group.at(-1)!
      const late = (await Promise.all(group.map(ask))).filter((account) => account !== undefined)
      asked += group.length
      if (late.length > 0) behind += await mend(late)
      await world.timers.sleep(GROUP_EVERY_MS, signal)
    }
    log.info({ asked, behind }, "reconciled with the members' servers")
  }

  /** Answers what the PDS says where it is something else than the log has. */
  async function ask(did: Did): Promise<AccountState | undefined> {
    const head = await people.inTurn(did, async (person) => (person.repair ? undefined : logged(person)))
    // Whoever has come to an end is asked no more.
    if (!head || head.status === 'deleted') return undefined
    if ((hash('sha256', did, 'buffer')[0]! + sweeps) % IDENTITY_SWEEPS === 0) await lookAgain(did)
    const account = await verifier.account(did, { fresh: false, signal })
    if (!account.ok) {
      events.reconciled('away')
      return undefined
    }
    if (differs(account.value, head)) return account.value
    events.reconciled('equal')
    return undefined
  }

  /** What the log says of the account, and of its repository at least what is known. */
  async function logged({ did, head: known }: Person): Promise<RepoHead | undefined> {
    const newest = await patience('read a head', () => eventLog.repoHead(did))
    if (!newest || known?.rev === undefined || (newest.rev !== undefined && newest.rev >= known.rev)) return newest
    return { ...known, active: newest.active, status: newest.status }
  }

  async function lookAgain(did: Did): Promise<void> {
    const shown = options.shown?.(did)
    if (!shown) return
    const found = await verifier.identity(did, { fresh: false })
    if (!found.ok || found.value.handle.kind === 'away') return
    const handle = found.value.handle.kind === 'holds' ? found.value.handle.handle : undefined
    if (handle === shown.handle && found.value.pds === shown.pds) return
    await people.inTurn(did, (person) => lookups.start(person, { host: RECONCILIATION, why: 'news' }))
  }

  /** Answers how many were behind after all: what was on its way is here by then, and what came since is not asked about. */
  async function mend(late: readonly AccountState[]): Promise<number> {
    await world.timers.sleep(GRACE_MS, signal)
    let count = 0
    for (const account of late) {
      if (signal.aborted) break
      await people.inTurn(account.did, async (person) => {
        const head = person.repair ? undefined : await logged(person)
        const isBehind = head && differs(account, head)
        events.reconciled(isBehind ? 'behind' : 'equal')
        if (!isBehind) return
        count++
        person.head = head
        await repairs.start(person, { source: { host: RECONCILIATION, seq: 0 }, fresh: true })
      })
    }
    return count
  }

  function now(): void {
    isWanted = true
    waking.abort()
  }

  async function afterGap(): Promise<void> {
    if (isGapWaiting) return
    isGapWaiting = true
    const waitMs = gapAt + GAP_EVERY_MS_MIN - world.clock.elapsed()
    if (waitMs > 0) await world.timers.sleep(waitMs, signal)
    isGapWaiting = false
    gapAt = world.clock.elapsed()
    now()
  }

  return { start, now, afterGap: () => void afterGap() }
}

/** A PDS that does not know an account is told apart from one that deleted it by the repair alone. */
function differs(account: AccountState, head: RepoHead): boolean {
  if (account.active !== head.active) return true
  if (!account.active) return !account.deleted && account.status !== head.status
  return account.rev !== undefined && (head.rev === undefined || account.rev > head.rev)
}

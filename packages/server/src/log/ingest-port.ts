import type { KeyValue } from '@waypost/engine'
import type { Did, Handle, Logger, World } from '@waypost/kernel'
import type { HostKind } from '#wire/host-kind.ts'
import type { Outbound } from '#wire/outbound.ts'
import type { Received, subscribe } from '#wire/subscription.ts'
import type { Checks } from '#verify/check-pool.ts'
import type { EventBody } from '#verify/event.ts'
import type { Identities } from '#verify/identity.ts'
import type { Refusal } from '#verify/refusal.ts'
import type { Position } from '@waypost/engine'
import type { Passed } from '#log/journeys.ts'
import type { Departures } from '#log/departures.ts'
import type { EventLog } from '#log/log.ts'

/** What `startIngest` needs. */
export interface IngestOptions {
  readonly world: World
  readonly log: Logger
  readonly eventLog: EventLog
  /** Holds who is due for repair, so that a kill forgets nobody. */
  readonly keyValue: KeyValue
  readonly identities: Identities
  readonly outbound: Outbound
  /** Where commits are checked; without it on this thread. */
  readonly checks?: Checks
  readonly hosts: readonly IngestHost[]
  /**
   * What readers are shown of somebody's identity, which is looked at again from time to time: a word about it may have
   * been missed. Without it nothing is.
   */
  readonly shown?: (did: Did) => ShownIdentity | undefined
  /**
   * A host has forgotten what we did not read. Members are looked after by the ingest itself; whoever has become one
   * meanwhile is not known to it.
   */
  readonly onGap?: (host: string, kind: HostKind) => void
  /** Told of accounts that end, before their events are erased, and of people who come (back). */
  readonly departures?: Departures
  readonly events: IngestEvents
  /** Ends the ingest like disposing it does. */
  readonly signal?: AbortSignal
  /** Where the frames come from; the real socket unless a test brings its own. */
  readonly subscribe?: typeof subscribe
}

export interface ShownIdentity {
  readonly handle: Handle | undefined
  readonly pds: string | undefined
}

/** A PDS or a relay; its origin (`https://…`) is its name in the log. */
export interface IngestHost {
  readonly url: string
  /** Where to begin with a host that the log does not know yet: with all that it still keeps, unless 'newest'. */
  readonly from?: 'oldest' | 'newest'
  /** Without it the host is asked what it is. A host that nobody here has named is a PDS, and speaks for its own alone. */
  readonly kind?: HostKind
}

export interface Ingest extends AsyncDisposable {
  /**
   * Makes a person a member now, as a sign-in does: their whole repository goes into the log.
   * Resolves with true once it is there (also where it was before); with false where the first try failed or the
   * account is not active. A failed try is repeated by itself until it succeeds.
   */
  track(did: Did): Promise<boolean>
  /** Has a member's PDS asked for what the log lacks. Resolves once the need is durable; the rest goes on by itself. */
  repair(did: Did): Promise<void>
  /** Follows one more host; nothing happens where it is followed already. */
  addHost(host: IngestHost): void
  status(): readonly HostStatus[]
  /** How many frames are being verified, and how many wait for the log. */
  waiting(): Waiting
  /** Asks all members' servers for what is missing, now rather than in a few hours. */
  reconcile(): void
  /** How a person's repository stands; undefined for one who is not tracked. */
  syncState(did: Did): Promise<SyncState | undefined>
  /** How many repositories are not synchronized. */
  unsynchronized(): Readonly<Record<Exclude<SyncState, 'synchronized'>, number>>
  /** Rejects with our own fault, if there is one; resolves after disposal. */
  readonly finished: Promise<void>
}

/**
 * synchronized: the log has every commit that was heard of. desynchronized: the chain is broken, or nothing of the
 * repository is there yet; it waits for its turn, or for its PDS to come back. in-progress: the PDS is being asked.
 */
export type SyncState = 'synchronized' | 'in-progress' | 'desynchronized'

export interface HostStatus {
  readonly url: string
  /** Undefined while it could not be asked yet. */
  readonly kind: HostKind | undefined
  readonly connected: boolean
  /** All of the host's frames up to here are in the log, refused or of no concern. */
  readonly cursor: number | undefined
  /** The newest frame that was taken off the socket. */
  readonly lastSeq: number | undefined
  /** Messages that came off the socket and were not looked at yet. */
  readonly waiting: number
  /** Frames that were, and are not yet settled. */
  readonly queued: number
  /** Milliseconds between the host's `time` of the newest frame and its arrival here. */
  readonly lagMs: number | undefined
}

export interface Waiting {
  readonly verify: number
  readonly log: number
}

/** Events that became durable at once. */
export interface LoggedBatch {
  /** Of the append alone. */
  readonly appendMs: number
  /** How long its oldest frame was verified … */
  readonly verifyMs: number
  /** … and until it was in the log then. */
  readonly logMs: number
}

/** What the ingest tells about itself, for counters. Called on the hot path: no promises, no exceptions. */
export interface IngestEvents {
  frameReceived(host: string, received: Pick<Received, 'receivedAt'>): void
  /** A frame that concerns nobody whom we track and no collection that makes one tracked. */
  frameForeign(host: string): void
  refused(refusal: Refusal, host: string): void
  /** An event is durable. */
  logged(event: EventBody, position: Position, passed: Passed): void
  batchLogged(batch: LoggedBatch): void
  /** The engine did not do what was asked of it; it is asked again. */
  engineFailed(what: string): void
  connection(host: string, state: 'connected' | 'disconnected'): void
  /** What a host says of its stream: `OutdatedCursor`, `FutureCursor`, `ConsumerTooSlow`, or anything else. */
  hostSaid(name: string): void
  /** A whole repository was asked for. */
  repair(outcome: 'adopted' | 'repaired' | 'unchanged' | 'inactive' | 'failed'): void
  /** A member's PDS was asked whether it has more than the log. */
  reconciled(outcome: 'equal' | 'behind' | 'away'): void
}

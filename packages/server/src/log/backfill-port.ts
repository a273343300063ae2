import type { Waiting } from '#log/backfill-pace.ts'
import type { FailureReason, OutcomeKind } from '#log/backfill-people.ts'

/** How far a backfill is. The entries are those of the host's lists; a person may be in several of them. */
export interface BackfillProgress {
  readonly host: string
  /** Entries that need no further look, also of earlier runs. */
  readonly seen: number
  /** Of so many, as far as they are counted. */
  readonly total: number
  readonly isCounted: boolean
  readonly entriesPerSecond: number
  /** People, in this run. */
  readonly outcomes: Readonly<Record<OutcomeKind, number>>
  readonly failed: Readonly<Partial<Record<FailureReason, number>>>
  /** Entries that were passed over, in this run. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>
  readonly underWay: number
  readonly waiting?: Waiting
}

/** did-invalid: an entry that names nobody. repeated: one that names somebody whom the same list has named before. */
export type SkipReason = 'did-invalid' | 'repeated'

export type BackfillEnd =
  | { readonly kind: 'finished' }
  /** By an earlier run; there was nothing left to do. `at`: milliseconds since 1970. */
  | { readonly kind: 'finished-before'; readonly at: number }
  | { readonly kind: 'stopped' }
  /** The host's list cannot be walked to its end now, and why. */
  | { readonly kind: 'broken'; readonly detail: string }

/** What a backfill tells about itself, for counters. */
export interface BackfillEvents {
  backfilled(outcome: OutcomeKind | 'failed'): void
}

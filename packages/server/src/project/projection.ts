import type { Database } from 'better-sqlite3'
import type { AtUri, Cid, Did } from '@waypost/kernel'
import type { Position } from '@waypost/engine'
import type { Persons } from './person.ts'
import type { Mayors } from './mayor.ts'
import type { Places } from './place-rows.ts'
import type { Visit } from './read-checkin.ts'
import type { Subjects } from './subject.ts'
import type { Tally } from './tally.ts'

/**
 * A fold of the log into tables. Deterministic: no clock, no dice, no network; the same events give the same rows, and
 * how the log interleaved different people shows in surrogate ids only.
 * All projections run in one transaction per batch, together with the position. `apply.ts` turns an event into calls
 * of these: it guards by (did, rev), so a fold never sees a commit twice.
 */
export interface Projection {
  readonly name: string
  /** Raise it when the meaning of the tables changes: the read model is then rebuilt beside the old one. */
  readonly version: number
  /**
   * `create` statements, triggers among them: rows of a person hide and show with `person.hidden`, and counters follow
   * from the rows, whatever changes them. What nearly every event moves is kept by a `Register` instead.
   */
  readonly schema: string
  /**
   * `create index` statements for readers: no fold asks these while a read model is being built, so that a rebuild makes
   * them at its end. One that a fold asks now and then says `if not exists`, and the fold makes it then (`askedSeldom`).
   */
  readonly readIndexes?: string
  /** What a rebuild leaves to its end, when all rows and indexes are there: what follows from other rows alone. */
  complete?(db: Database): void
  /** The collections whose records it folds; each collection belongs to one projection. */
  readonly collections: readonly string[]
  /** Prepares its statements once. `report` hears what live readers should know. */
  prepare(db: Database, registers: Registers, report: (change: Change) => void): Fold
  /** Queries whose ordered rows are the projection's content by natural keys (no surrogate ids, no clocks). */
  readonly digest: readonly string[]
}

export interface Fold {
  /** Folds a record in, in place of whatever its key held before. */
  put(record: FoldedRecord): void
  /** What remains is as if the key had never held a record. Unknown keys change nothing. */
  remove(key: RecordKey): void
  /** The records that the tables hold of a person (those shown and those hidden with their author). */
  held(person: PersonId): readonly HeldRecord[]
  /** The person's records hide or show from now on; for what does not follow by a trigger. */
  visibilityChanges?(person: PersonId, options: { readonly hidden: boolean; readonly position: Position }): void
}

/**
 * Rows that several folds speak of, or that one batch moves often: they are remembered, and written once when it ends.
 * There is one of each for a database that is written to.
 */
export interface Register {
  /** Writes what a batch changed; inside its transaction, at the end. */
  settle(): void
  /** Forgets everything, written or not: the transaction was rolled back. */
  reset(): void
}

export interface Registers {
  /** Whether what `complete` does is left to it. */
  readonly building: boolean
  readonly tally: Tally
  readonly persons: Persons
  readonly subjects: Subjects
  readonly places: Places
  readonly mayors: Mayors
}

/** The row of a person: small, and the same on all replicas at one position. */
export type PersonId = number

export interface RecordKey {
  readonly person: PersonId
  readonly did: Did
  readonly collection: string
  readonly rkey: string
  readonly position: Position
}

export interface HeldRecord {
  readonly collection: string
  readonly rkey: string
  readonly cid: Cid
}

export interface FoldedRecord extends RecordKey {
  readonly cid: Cid
  readonly bytes: Uint8Array
  /** `bytes`, decoded by @atcute/cbor. */
  readonly value: unknown
  /** The time of the commit's rev, milliseconds since 1970. */
  readonly commitMs: number
  /** Whether the author is hidden now, and the record with them. */
  readonly hidden: boolean
  /** Part of a whole repository rather than of a commit: old records among it are no news. */
  readonly backfilled: boolean
}

/** Something for live readers: a check-in became visible or changed, or is visible no longer. */
export type Change = {
  readonly position: Position
  readonly uri: AtUri
  /** The check-in's id; its row is there for `checkin`, and gone or hidden for `deletion`. */
  readonly id: number
} & (
  | {
      readonly kind: 'checkin'
      /** What feeds order it by. */
      readonly sortMs: number
      /** Of now, and not of history that is told, edited or shown again. */
      readonly isNews: boolean
      /** Of news: the time of the commit's rev, milliseconds since 1970. */
      readonly commitMs?: number
      /** As its row has them. */
      readonly person: PersonId
      readonly live: boolean
      readonly lat: number | null
      readonly lon: number | null
      /** Of news of a record that nobody spoke of before: spares whoever shows it to read the row. */
      readonly said?: Said | undefined
    }
  | { readonly kind: 'deletion' }
)

/** For live readers: nothing of this account is visible any more, also to whoever never saw what there was of it. */
export interface Departure {
  readonly position: Position
  readonly did: Did
}

export interface Said {
  readonly cid: Cid
  readonly visit: Visit
  /** The record, decoded by @atcute/cbor. */
  readonly record: unknown
}

/** The earlier of what the author says and what is known to be no earlier; never before 1970. Milliseconds. */
export function sortTime(saidMs: number | undefined, latestMs: number): number {
  return Math.max(0, Math.floor(Math.min(saidMs ?? latestMs, latestMs)))
}

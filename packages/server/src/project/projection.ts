import type { Database } from 'better-sqlite3'
import type { LoggedEvent } from '#log/log.ts'

/**
 * A fold of the log into tables. Deterministic: no clock, no dice, no network; the same events give the same rows.
 * All projections run in one transaction per batch, together with the position.
 */
export interface Projection {
  readonly name: string
  /** Raise it when the meaning of the tables changes: the read model is then rebuilt beside the old one. */
  readonly version: number
  /** `create table` and `create index` statements. */
  readonly schema: string
  /** Prepares its statements once; the returned function is called for each event, in order. */
  prepare(db: Database): (logged: LoggedEvent) => void
  /** Queries whose ordered rows are the projection's content by natural keys (no surrogate ids, no clocks). */
  readonly digest: readonly string[]
}

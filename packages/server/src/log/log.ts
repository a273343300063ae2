import type { Did } from '@waypost/kernel'
import type { Position } from '@waypost/engine'
import type { EventBody, RepoHead, VerifiedEvent } from '#verify/event.ts'

/** A verified event at its place in the log. */
export interface LoggedEvent {
  readonly position: Position
  /** Milliseconds since 1970 at which this server took it in; for freshness, never for order. */
  readonly receivedAt: number
  readonly event: EventBody
}

/**
 * The engine's log with our events in it.
 * In: verified events. Out: the same, in order, for ever.
 * Promise: an appended event is durable, and the host's cursor moves with it and never without it.
 */
export interface EventLog {
  append(events: readonly VerifiedEvent[]): Promise<readonly Position[]>
  /** Notes how far a stream was read although nothing of ours came by. */
  appendCheckpoint(stream: string, seq: number): Promise<void>
  /** The next events after `after` (checkpoints left out) and the position up to which that is all. */
  read(after: Position, limit: number): Promise<{ readonly events: readonly LoggedEvent[]; readonly through: Position }>
  /** What the newest event of a person says of their repository; undefined for one who is not tracked. */
  repoHead(did: Did): Promise<RepoHead | undefined>
  /** Reads what others appended since, so that the next append of this process need not. */
  readAlong(): Promise<void>
  /** How far a stream was read. */
  cursor(stream: string): Promise<number | undefined>
  /** A host's stream in its newest numbering: what the sources of its events call it. */
  streamOf(host: string): Promise<string>
  /** The host has begun a new numbering: from now on `streamOf` answers a name of which nothing was read yet. */
  renumber(host: string): Promise<string>
  /** The next people after `after` (the empty text: from the first one) of whom the log holds something, in order. */
  people(after: string, limit: number): Promise<readonly Did[]>
  head(): Promise<Position>
  waitPast(after: Position, signal: AbortSignal): Promise<void>
  /** Takes everything of a person's out up to the given position: what `deleted` means. */
  erase(did: Did, through: Position): Promise<number>
}

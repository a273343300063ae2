import { ok, refuse, type Result } from '@waypost/kernel'
import type { NodeId } from '../machine.ts'
import type { SourceName } from './source.ts'

/** Values of one source in a row, from number `first` on. Who sends it has everything of the source up to its end. */
export type Run = readonly [source: SourceName, first: number, values: readonly unknown[]]

/** Somebody has everything of the source up to this number. */
export type Mark = readonly [source: SourceName, upTo: number]

/** The only message between nodes; what does not apply is absent. */
export interface BroadcastMessage {
  readonly runs?: readonly Run[]
  /** What the sender has. With a digest: all of it; else what the receiver waits to hear. */
  readonly known?: readonly Mark[]
  /** `ask`: say what you have, and send what I lack. `answer`: this is what I have, send what I lack. */
  readonly digest?: 'ask' | 'answer'
  /** What everybody has: it can be forgotten. */
  readonly stable?: readonly Mark[]
  /** Whom the sender takes batches from: itself, if it is a hub. */
  readonly hub: NodeId
  /** To be confirmed at once, and its news passed on at once: it comes late already. */
  readonly urgent?: true
  /** How long the oldest of the values has waited to be sent. */
  readonly waitedMs?: number
  /** From a hub: its next batch leaves after this long. */
  readonly nextMs?: number
  /** How often the sender has lost its memory; absent if never. */
  readonly life?: number
  /** The sender's clock in this life of it. No two messages bear the same, so it orders them too. */
  readonly sentMs: number
  /** The last `sentMs` that came from the receiver, and how long ago that was. */
  readonly echo?: readonly [sentMs: number, heldMs: number]
}

/** What makes a message unreadable. */
export type BroadcastFault = 'not-an-object' | 'bad-runs' | 'bad-marks' | 'bad-fields'

/** Reads what came over a wire. Only the shape is judged; keys of other protocols in the same object are left alone. */
export function readBroadcastMessage(raw: unknown): Result<BroadcastMessage, BroadcastFault> {
  if (typeof raw !== 'object' || raw === null) return refuse('not-an-object')
  const { runs, known, digest, stable, hub, urgent, waitedMs, nextMs, life, sentMs, echo } = raw as Record<
    string,
    unknown
  >
  if (runs !== undefined && !(Array.isArray(runs) && runs.every(isRun))) return refuse('bad-runs')
  for (const marks of [known, stable]) {
    if (marks !== undefined && !(Array.isArray(marks) && marks.every(isMark))) return refuse('bad-marks')
  }
  const sound =
    typeof hub === 'string' &&
    isTime(sentMs) &&
    (digest === undefined || digest === 'ask' || digest === 'answer') &&
    (urgent === undefined || urgent === true) &&
    (waitedMs === undefined || isTime(waitedMs)) &&
    (nextMs === undefined || isTime(nextMs)) &&
    (life === undefined || isTime(life)) &&
    (echo === undefined || (Array.isArray(echo) && echo.length === 2 && echo.every(isTime)))
  return sound ? ok(raw as BroadcastMessage) : refuse('bad-fields')
}

function isRun(run: unknown): boolean {
  return (
    Array.isArray(run) &&
    run.length === 3 &&
    isMark(run.slice(0, 2)) &&
    run[1] !== 0 &&
    Array.isArray(run[2]) &&
    run[2].length > 0
  )
}

function isMark(mark: unknown): boolean {
  return (
    Array.isArray(mark) &&
    mark.length === 2 &&
    typeof mark[0] === 'string' &&
    Number.isSafeInteger(mark[1]) &&
    mark[1] >= 0
  )
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

import type { Random, Result } from '@waypost/kernel'
import type { Topology } from '../net/topology.ts'
import type { Body } from '../node/program.ts'
import type { ReplySchema, RequestFault } from '../run/client.ts'
import type { History, Outcome } from '../run/history.ts'
import type { Verdict } from '../run/verdict.ts'

/** What a client is to do: the function's name and its argument, as they stand in the history. */
export interface Op {
  readonly f: string
  readonly value: unknown
}

export interface Completion {
  readonly type: Outcome
  readonly value: unknown
  readonly error?: string
}

/** Asks the client's node; the time limit is the workload's. */
export type Ask = (body: Body) => Promise<Result<Body, RequestFault>>

/** What a connection remembers, and how it does an operation. */
export interface Session {
  run(op: Op): Promise<Completion>
}

/** Who wants an operation: worker `thread` of `threads`, which talks to node `thread mod nodes`. */
export interface Worker {
  readonly thread: number
  readonly process: number
}

export interface Generator {
  /** What this worker is to do next; nothing if it has no part in what there is to do. */
  next(worker: Worker): Op | undefined
  /** Told of every completion. */
  observe?(completion: Completion & { readonly f: string }): void
}

export interface FinalPhase {
  /** What a worker does next; nothing when it is done. Called again after each completion. */
  next(worker: Worker, last: Completion | undefined): Op | undefined
  /** Past this the phase is over, done or not. */
  readonly limitMs?: number
}

/** What the workload may know of the run. */
export interface WorkloadOptions {
  readonly nodeIds: readonly string[]
  /** How many workers. */
  readonly concurrency: number
  readonly ratePerSecond: number
  readonly topology: Topology
  readonly random: Random
  readonly meanLatencyMs: number
  readonly consistencyModel: string
  readonly keyCount: number
  readonly maxTxnLength: number
  readonly maxWritesPerKey: number
}

/** A kind of test: what clients ask, and what the answers must be. */
export interface Workload {
  readonly name: string
  /** Answers that nodes may give to clients. */
  readonly replies: ReplySchema
  readonly requestTimeoutMs: number
  /** Whether a client goes on with the same connection when it does not know what became of an operation. */
  readonly keepsConnection: boolean
  /** Functions that need not succeed once. */
  readonly mayNeverSucceed?: readonly string[]
  /** A question without effect that a node which is alive answers. */
  readonly probe: Body
  /** What each node is told before it all begins, and again when it was restarted. */
  setUp?(nodeId: string): Body
  open(ask: Ask): Session
  generator(): Generator
  finalPhase?(): FinalPhase
  check(history: History): Verdict | Promise<Verdict>
}

export type MakeWorkload = (options: WorkloadOptions) => Workload

/** A client's time limit in all workloads but lin-kv. */
export const REQUEST_TIMEOUT_MS = 5_000

/** What an operation came to whose request failed. */
export function failed(op: Op, fault: RequestFault, options: { isIdempotent: boolean }): Completion {
  const type = fault.isDefinite || options.isIdempotent ? 'fail' : 'info'
  return { type, value: op.value, error: `${fault.code}: ${fault.text}` }
}

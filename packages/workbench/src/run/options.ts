import type { FaultName } from '../nemesis/fault.ts'
import type { Latency } from '../net/latency.ts'
import type { TopologyName } from '../net/topology.ts'

/** What a run is made of. The same options and, inside, the same seed make the same run. */
export interface RunOptions {
  readonly workload: string
  readonly nodeIds: readonly string[]
  /** Workers; number i talks to node i mod n. */
  readonly concurrency: number
  /** Operations per second, over all workers. */
  readonly ratePerSecond: number
  readonly timeLimitMs: number
  readonly latency: Latency
  readonly loss: number
  readonly duplication: number
  readonly topology: TopologyName
  readonly faults: readonly FaultName[]
  readonly nemesisIntervalMs: number
  /** The share of operations that must succeed; 1 where every one must. Without it none need. */
  readonly availability: number | undefined
  readonly consistencyModel: string
  readonly keyCount: number
  readonly maxTxnLength: number
  readonly maxWritesPerKey: number
  readonly seed: number
}

export const DEFAULTS: Omit<RunOptions, 'workload' | 'seed'> = {
  nodeIds: ['n1', 'n2', 'n3', 'n4', 'n5'],
  concurrency: 5,
  ratePerSecond: 5,
  timeLimitMs: 60_000,
  latency: { meanMs: 0, distribution: 'constant' },
  loss: 0,
  duplication: 0,
  topology: 'grid',
  faults: [],
  nemesisIntervalMs: 10_000,
  availability: undefined,
  consistencyModel: 'strict-serializable',
  keyCount: 10,
  maxTxnLength: 4,
  maxWritesPerKey: 16,
}

/** Nodes n0 … n(count − 1), as Maelstrom names them where their number is given. */
export function nodesNamed(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `n${at}`)
}

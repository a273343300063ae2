import { stepBroadcast, type BroadcastCommand } from '../src/broadcast/broadcast.ts'
import type { Pace } from '../src/broadcast/pace.ts'
import { newBroadcast, type BroadcastState } from '../src/broadcast/state.ts'
import type { NodeId } from '../src/machine.ts'
import { createNetwork, type Network } from './network.ts'

/** Maelstrom's broadcast workload over this package's machine, in virtual time and with Maelstrom's arithmetic. */
export interface Workload {
  readonly pace: Pace
  readonly seed: number
  readonly nodes?: number
  readonly ratePerSecond?: number
  readonly durationMs?: number
  /** Between the last operation and the final reads. */
  readonly recoveryMs?: number
  readonly latencyMs?: number
  readonly latencyShape?: 'constant' | 'exponential'
  /** Up to this much more for each message, as on a busy machine. */
  readonly jitterMs?: number
  readonly loss?: number
  /** Mean time between a partition's begin and end, and between partitions. */
  readonly partitionEveryMs?: number
  readonly shapes?: readonly Shape[]
}

export type Shape = 'one' | 'majority' | 'minority-third' | 'majorities-ring'

export interface Outcome {
  readonly messagesPerOp: number
  /** Stable latency of set-full: from known to the last read that misses it. */
  readonly p50Ms: number
  readonly maxMs: number
  /** How long until the value was everywhere, whether or not somebody read. */
  readonly everywhereMaxMs: number
  readonly values: number
  /** Values that some node lacks in the end. */
  readonly lost: number
  readonly repeated: number
  /** From the end of the last partition that hit a value until it was everywhere; the worst. */
  readonly healToKnownMs: number
  readonly partitions: number
  /** Values still held for repair at the end, in all nodes. */
  readonly held: number
  readonly network: BroadcastNetwork
}

export type BroadcastNetwork = Network<BroadcastState, BroadcastCommand, unknown>

type Cut = ReadonlyMap<NodeId, ReadonlySet<NodeId>>

export function runWorkload(workload: Workload): Outcome {
  const { pace, seed, nodes = 25, ratePerSecond = 100, durationMs = 20_000, latencyMs = 100, jitterMs = 0 } = workload
  const { recoveryMs = 10_000 } = workload
  const ids = Array.from({ length: nodes }, (_, at) => `n${at}`)
  const network = createNetwork(stepBroadcast, {
    ids,
    seed,
    loss: workload.loss ?? 0,
    initial: (self) => newBroadcast({ self, members: ids, pace }),
    latencyMs: (fraction) =>
      (workload.latencyShape === 'exponential' ? Math.round(-Math.log(1 - fraction()) * latencyMs) : latencyMs) +
      fraction() * jitterMs,
  })
  const saidAt: number[] = []
  const everywhereAt: number[] = []
  const holders: number[] = []
  const has = new Map(ids.map((id) => [id, new Set<number>()]))
  const lastAbsentMs: number[] = []
  const heals: { fromMs: number; toMs: number }[] = []
  let ops = 0
  let repeated = 0

  function note(id: NodeId, value: number): void {
    if (has.get(id)!.has(value)) repeated++
    has.get(id)!.add(value)
    holders[value] = (holders[value] ?? 0) + 1
    if (holders[value] === nodes) everywhereAt[value] = network.nowMs()
  }
  network.onEvent = (id, value) => note(id, value as number)

  function read(id: NodeId): void {
    ops++
    const seen = has.get(id)!
    for (let value = 0; value < saidAt.length; value++) {
      if (!seen.has(value)) lastAbsentMs[value] = network.nowMs()
    }
  }

  function say(id: NodeId): void {
    ops++
    const value = saidAt.length
    saidAt.push(network.nowMs())
    note(id, value)
    network.command(id, { kind: 'say', value })
  }

  let turn = 0
  for (let atMs = 0; atMs < durationMs; atMs += network.fraction() * (2_000 / ratePerSecond)) {
    const id = ids[turn++ % nodes]!
    const action = network.fraction() < 0.5 ? say : read
    network.at(atMs, () => action(id))
  }
  if (workload.partitionEveryMs) partition(network, workload, durationMs, heals)
  network.runTo(durationMs + recoveryMs)
  for (const id of ids) read(id)

  const latencies = saidAt.map((at, value) => Math.max(0, (lastAbsentMs[value] ?? 0) - at)).toSorted((a, b) => a - b)
  const lost = saidAt.filter((_, value) => everywhereAt[value] === undefined).length
  const whole = saidAt.map((at, value) => (everywhereAt[value] ?? Infinity) - at)
  let healToKnownMs = 0
  for (const [value, at] of saidAt.entries()) {
    const end = everywhereAt[value] ?? Infinity
    const hit = heals.findLast(({ fromMs, toMs }) => fromMs < end && toMs > at - 2_000)
    if (hit) healToKnownMs = Math.max(healToKnownMs, end - Math.max(hit.toMs, at))
  }
  return {
    messagesPerOp: network.sent() / ops,
    p50Ms: latencies[Math.floor(latencies.length / 2)]!,
    maxMs: latencies.at(-1)!,
    everywhereMaxMs: Math.max(...whole),
    values: saidAt.length,
    lost,
    repeated,
    healToKnownMs,
    partitions: heals.length,
    held: ids.reduce(
      (sum, id) => sum + [...network.state(id).sources.values()].reduce((n, s) => n + s.values.length, 0),
      0,
    ),
    network,
  }
}

/** Maelstrom's nemesis: begins at once, then starts and stops in turn; gaps are uniform around the mean; ends with the load. */
function partition(
  network: BroadcastNetwork,
  workload: Workload,
  durationMs: number,
  heals: { fromMs: number; toMs: number }[],
): void {
  const shapes = workload.shapes ?? ['one', 'majority', 'minority-third', 'majorities-ring']
  const gap = (): number => network.fraction() * 2 * workload.partitionEveryMs!
  let fromMs = 0
  while (fromMs < durationMs) {
    const toMs = Math.min(durationMs, fromMs + gap())
    const cut = cutOf(shapes[Math.floor(network.fraction() * shapes.length)]!, network.ids, network.fraction)
    heals.push({ fromMs, toMs })
    network.at(fromMs, () => (network.cut = (from, to) => cut.get(to)?.has(from) ?? false))
    network.at(toMs, () => (network.cut = () => false))
    fromMs = toMs + gap()
  }
}

export function cutOf(shape: Shape, ids: readonly NodeId[], fraction: () => number): Cut {
  const shuffled = ids
    .map((id) => ({ id, key: fraction() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ id }) => id)
  const sizes = { one: 1, majority: Math.floor(ids.length / 2), 'minority-third': Math.floor((ids.length - 1) / 3) }
  if (shape !== 'majorities-ring') {
    const few = new Set(shuffled.slice(0, sizes[shape]))
    return new Map(ids.map((id) => [id, new Set(ids.filter((other) => few.has(other) !== few.has(id)))]))
  }
  // Each sees the nearest half of the others around a ring: a majority with itself, and no two the same.
  const reach = Math.ceil((Math.floor(ids.length / 2) + 1 - 1) / 2)
  return new Map(
    shuffled.map((id, at) => [
      id,
      new Set(
        shuffled.filter((_, other) => {
          const distance = Math.abs(at - other)
          return Math.min(distance, ids.length - distance) > reach
        }),
      ),
    ]),
  )
}

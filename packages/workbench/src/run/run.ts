import type { Random, World } from '@waypost/kernel'
import type { Passage } from '../net/journal.ts'
import { createNetwork, type Network } from '../net/network.ts'
import { topologyOf } from '../net/topology.ts'
import { faultOf, type FaultName } from '../nemesis/fault.ts'
import { startNemesis, type FaultWindow, type Nemesis } from '../nemesis/nemesis.ts'
import { attachServices } from '../services/attach-services.ts'
import { diceFor, shuffled } from '../time/dice.ts'
import { workloads } from '../workloads/workloads.ts'
import type { Generator, Op, Workload } from '../workloads/workload.ts'
import { openClient, type Client } from './client.ts'
import type { Cluster, Misdeed, MisdeedKind } from './cluster.ts'
import { operationsOf, type History, type HistoryEvent } from './history.ts'
import type { RunOptions } from './options.ts'
import { netStatsOf, statsOf, type NetStats, type Stats } from './stats.ts'
import { worst, type Validity, type Verdict } from './verdict.ts'
import { startWorkers, type RunningWorker } from './workers.ts'

const INIT_LIMIT_MS = 10_000
/** How long the cluster is left alone after the faults, before the final operations. */
const RECOVERY_MS = 10_000
/** A node that does not answer a harmless question for so long, with all faults over, is mute. */
const PROBE_LIMIT_MS = 10_000
const PROBE_EVERY_MS = 1_000
/** Between two looks for work where no worker has any. */
const IDLE_MS = 10
/** Between two final operations of a worker. */
const FINAL_PAUSE_MS = 20
const PROGRESS_EVERY_OPS = 10

export interface FaultReport {
  readonly name: FaultName
  readonly windows: number
  readonly fired: number
}

export interface RunResult {
  readonly valid: Validity
  readonly options: RunOptions
  /** The workload's verdict. */
  readonly verdict: Verdict
  readonly stats: Stats
  readonly availability: { readonly valid: Validity; readonly fraction: number }
  readonly net: NetStats
  readonly faults: { readonly valid: Validity; readonly reports: readonly FaultReport[] }
  readonly misdeeds: readonly Misdeed[]
  readonly history: History
  readonly passages: readonly Passage[]
  /** Messages between nodes and services, by type. */
  readonly messageTypes: ReadonlyMap<string, number>
  readonly windows: readonly FaultWindow[]
  /** When the clients began, and when they had done, before the recovery. */
  readonly mainMs: { readonly from: number; readonly to: number }
}

export interface RunParts {
  readonly world: World
  readonly options: RunOptions
  makeCluster(network: Network, misdeed: (kind: MisdeedKind, node: string, words: string) => void): Cluster
  /** Called now and then: how far the run is, with some words. */
  readonly onProgress?: (doneMs: number, ofMs: number, words: string) => void
}

interface Run extends RunParts {
  readonly network: Network
  readonly cluster: Cluster
  readonly workload: Workload
  readonly history: HistoryEvent[]
  readonly misdeeds: Misdeed[]
  readonly misdeed: (kind: MisdeedKind, node: string, words: string) => void
  readonly record: (event: Omit<HistoryEvent, 'index' | 'timeMs'>) => void
  readonly nextClientId: () => string
  readonly generatorDice: Random
}

/**
 * A whole test: nodes are started and told their names, clients ask, faults come and go, the cluster recovers, clients ask a
 * last time, and what they saw is judged.
 */
export async function runTest(parts: RunParts): Promise<RunResult> {
  const run = prepare(parts)
  await using cluster = run.cluster
  const { network, workload, options } = run
  attachServices(network, options.seed)
  await Promise.all(options.nodeIds.map((nodeId) => (cluster.start(nodeId), introduce(run, nodeId))))
  const workers = startWorkers({
    ...run,
    nodeIds: options.nodeIds,
    concurrency: options.concurrency,
    onMalformed: (nodeId, words) => run.misdeed('malformed-reply', nodeId, words),
  })
  const from = network.nowMs()
  const isWhole = run.misdeeds.length === 0
  const nemesis = unleash(run)
  // A node that did not even start is not worth a test.
  if (isWhole) await mainPhase(run, workers, from)
  const to = network.nowMs()
  nemesis.stop()
  if (isWhole && workload.finalPhase) await finalPhase(run, workers)
  network.journal.close()
  if (isWhole) await Promise.all(options.nodeIds.map((nodeId) => probe(run, nodeId)))
  return judge(run, nemesis, { from, to })
}

function prepare(parts: RunParts): Run {
  const { world, options } = parts
  const { nodeIds, concurrency, seed } = options
  const network = createNetwork(world, diceFor(seed, 'network'), options)
  const generatorDice = diceFor(seed, 'generator')
  const workload = workloads[options.workload]!({
    ...options,
    nodeIds,
    concurrency,
    topology: topologyOf(options.topology, nodeIds),
    random: generatorDice,
    meanLatencyMs: options.latency.meanMs,
  })
  const history: HistoryEvent[] = []
  const misdeeds: Misdeed[] = []
  let clients = 0
  function misdeed(kind: MisdeedKind, node: string, words: string): void {
    // The first of a kind says it all.
    if (misdeeds.some((known) => known.kind === kind && known.node === node)) return
    misdeeds.push({ kind, node, words, atMs: network.nowMs() })
  }
  return {
    ...parts,
    network,
    cluster: parts.makeCluster(network, misdeed),
    workload,
    history,
    misdeeds,
    misdeed,
    record: (event) => void history.push({ index: history.length, timeMs: exact(network.nowMs()), ...event }),
    nextClientId: () => `c${clients++}`,
    generatorDice,
  }
}

/** Microseconds are enough, and keep histories readable. */
function exact(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

/** Tells a node its name and its peers, and what the workload has to say first. */
async function introduce(run: Run, nodeId: string): Promise<void> {
  const { world, network, cluster, workload, options } = run
  const replies = { init_ok: {}, ...workload.replies }
  using client = disposable(openClient(world, network, { id: run.nextClientId(), nodeId, replies }))
  const init = { type: 'init', node_id: nodeId, node_ids: options.nodeIds }
  const { lives } = cluster.touched(nodeId)
  for (let isFirst = true; ; isFirst = false) {
    const { times } = cluster.touched(nodeId)
    const answer = await client.request(init, INIT_LIMIT_MS)
    // Asked once more, a node that knows its name may well refuse.
    if (answer.ok || (!isFirst && answer.error.code !== 'timeout')) break
    // It is told its name when it is started again.
    if (cluster.touched(nodeId).lives !== lives) return
    // A node that was held up meanwhile is asked once more.
    if (cluster.touched(nodeId).times === times) {
      return run.misdeed('no-init', nodeId, `init was not answered: ${answer.error.text}`)
    }
  }
  const setUp = workload.setUp?.(nodeId)
  if (setUp) await client.request(setUp, workload.requestTimeoutMs)
}

function disposable(client: Client): Client & Disposable {
  return { ...client, [Symbol.dispose]: () => client.close() }
}

function unleash(run: Run): Nemesis {
  const { world, network, cluster, options } = run
  const { nodeIds, seed } = options
  function restart(nodeId: string): void {
    if (cluster.start(nodeId)) void introduce(run, nodeId)
  }
  cluster.onDiskDeath = (nodeId) => {
    run.record({
      type: 'info',
      process: 'nemesis',
      f: 'disk-death',
      value: `${nodeId} ended, since its disk failed`,
      node: nodeId,
    })
    void world.timers.sleep(1_000).then(() => restart(nodeId))
  }
  const victims = { nodeIds, network, cluster, restart }
  return startNemesis(world, {
    faults: options.faults.map((name) => faultOf(name, victims, diceFor(seed, `fault ${name}`))),
    intervalMs: options.nemesisIntervalMs,
    random: diceFor(seed, 'nemesis'),
    nowMs: network.nowMs,
    note: (f, value) => run.record({ type: 'info', process: 'nemesis', f, value }),
  })
}

/** Gives operations to free workers, spaced evenly at random, until the time is over and all have ended. */
async function mainPhase(run: Run, workers: readonly RunningWorker[], fromMs: number): Promise<void> {
  const { world, network, workload, options, generatorDice: dice } = run
  const { timeLimitMs, ratePerSecond } = options
  const generator = workload.generator()
  const running = new Set<Promise<void>>()
  const toMs = fromMs + timeLimitMs
  let [nextMs, count] = [fromMs, 0]

  async function perform(worker: RunningWorker, op: Op): Promise<void> {
    const completion = await worker.perform(op)
    generator.observe?.({ ...completion, f: op.f })
  }

  while (network.nowMs() < toMs) {
    await world.timers.sleep(Math.max(0, Math.min(nextMs, toMs) - network.nowMs()))
    if (network.nowMs() >= toMs) break
    const work = findWork(workers, generator, dice)
    if (!work) {
      await Promise.race([...running, world.timers.sleep(Math.max(0, Math.min(IDLE_MS, toMs - network.nowMs())))])
      continue
    }
    const performed = perform(work.worker, work.op)
    running.add(performed)
    void performed.then(() => running.delete(performed))
    nextMs = Math.max(nextMs, network.nowMs()) + (dice.fraction() * 2_000) / ratePerSecond
    if (++count % PROGRESS_EVERY_OPS === 0)
      run.onProgress?.(network.nowMs() - fromMs, timeLimitMs, `${count} operations`)
  }
  run.onProgress?.(timeLimitMs, timeLimitMs, `${count} operations`)
  await Promise.all(running)
}

/** A free worker for whom there is something to do, and that. */
function findWork(
  workers: readonly RunningWorker[],
  generator: Generator,
  dice: Random,
): { readonly worker: RunningWorker; readonly op: Op } | undefined {
  const free = workers.filter(({ isFree }) => isFree)
  for (const worker of shuffled(dice, free)) {
    const op = generator.next(worker)
    if (op) return { worker, op }
  }
  return undefined
}

async function finalPhase(run: Run, workers: readonly RunningWorker[]): Promise<void> {
  const { world, network, workload } = run
  run.onProgress?.(0, 1, 'waiting for recovery')
  await world.timers.sleep(RECOVERY_MS)
  const phase = workload.finalPhase!()
  const limitMs = network.nowMs() + (phase.limitMs ?? Number.POSITIVE_INFINITY)
  await Promise.all(
    workers.map(async (worker) => {
      let op = phase.next(worker, undefined)
      while (op && network.nowMs() < limitMs) {
        const completion = await worker.perform(op, { isFinal: true })
        op = phase.next(worker, completion)
        // Where nothing takes any time, time must pass all the same.
        if (op) await world.timers.sleep(FINAL_PAUSE_MS)
      }
    }),
  )
  run.onProgress?.(1, 1, 'final operations done')
}

/** Whether a node still says anything at all, be it an error. */
async function probe(run: Run, nodeId: string): Promise<void> {
  const { world, network, workload } = run
  using client = disposable(openClient(world, network, { id: run.nextClientId(), nodeId, replies: workload.replies }))
  const untilMs = network.nowMs() + PROBE_LIMIT_MS
  while (network.nowMs() < untilMs) {
    const answer = await client.request(workload.probe, PROBE_EVERY_MS)
    if (answer.ok || answer.error.code !== 'timeout') return
  }
  run.misdeed('mute', nodeId, `nothing was answered for ${PROBE_LIMIT_MS / 1_000} s, with all faults over`)
}

async function judge(run: Run, nemesis: Nemesis, mainMs: RunResult['mainMs']): Promise<RunResult> {
  const { workload, options, history, network, misdeeds } = run
  const { journal } = network
  const verdict = await workload.check(history)
  const stats = statsOf(history, workload.mayNeverSucceed)
  const fraction = stats.count === 0 ? 0 : stats.ok / stats.count
  const asked = options.availability
  const availability = { valid: asked === undefined || fraction >= asked, fraction }
  const faults = faultsOf(nemesis)
  return {
    valid: worst([verdict.valid, stats.valid, availability.valid, faults.valid, ...misdeeds.map(weightOf)]),
    options,
    verdict,
    stats,
    availability,
    net: netStatsOf(journal, operationsOf(history).length),
    faults,
    misdeeds,
    history,
    passages: journal.passages,
    messageTypes: journal.types,
    windows: nemesis.windows,
    mainMs,
  }
}

/** Of a mute node nobody knows what it would have said; all else is wrong. */
function weightOf({ kind }: Misdeed): Validity {
  return kind === 'mute' ? 'unknown' : false
}

/** A fault that was asked for and never made a difference proves nothing. */
function faultsOf({ windows, faults }: Nemesis): RunResult['faults'] {
  const reports = faults.map((fault) => ({
    name: fault.name,
    windows: windows.filter(({ name }) => name === fault.name).length,
    fired: fault.fired(),
  }))
  return { valid: reports.every(({ fired }) => fired > 0) || 'unknown', reports }
}

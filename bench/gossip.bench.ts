import { program as broadcast } from '../packages/workbench/nodes/broadcast.ts'
import { program as uniqueIds } from '../packages/workbench/nodes/unique-ids.ts'
import { runInside } from '../packages/workbench/src/inside/run-inside.ts'
import { isOk, operationsOf } from '../packages/workbench/src/run/history.ts'
import { DEFAULTS, nodesNamed, type RunOptions } from '../packages/workbench/src/run/options.ts'
import type { RunResult } from '../packages/workbench/src/run/run.ts'
import type { Bench, BenchOptions, Figure } from './main.ts'

const SEEDS = [1, 2, 3, 4, 5]
const THOUSAND_NODES_RATE = 50

const GOALS: Readonly<Record<string, { readonly messages: string; readonly p50: string; readonly max: string }>> = {
  fast: { messages: '≤ 24', p50: '≤ 220', max: '≤ 350' },
  balanced: { messages: '≤ 2, moonshot 1.5', p50: '≤ 400', max: '≤ 600' },
  frugal: { messages: '≤ 0.7, moonshot 0.5', p50: '≤ 1,000', max: '≤ 2,000' },
}

const PACES = Object.keys(GOALS)

/** Gossip Glomers' run, in virtual time: 25 nodes, 100 ms one way, 100 operations a second, 20 s. */
const CHALLENGE: Omit<RunOptions, 'seed'> = {
  ...DEFAULTS,
  workload: 'broadcast',
  nodeIds: nodesNamed(25),
  concurrency: 25,
  ratePerSecond: 100,
  timeLimitMs: 20_000,
  latency: { meanMs: 100, distribution: 'constant' },
}

export const bench: Bench = {
  about: "gossip: messages of servers per operation and stable latencies in Maelstrom's arithmetic, medians of 5 seeds",
  parts: [...PACES, 'partition', 'ids', 'thousand'],
  async run({ only, note }) {
    const figures: Figure[] = []
    for (const pace of PACES) if (only === undefined || only === pace) figures.push(...(await challenge(pace, note)))
    if (only === undefined || only === 'partition') figures.push(...(await partitioned(note)))
    if (only === undefined || only === 'ids') figures.push(await availabilityOfIds(note))
    if (only === undefined || only === 'thousand') figures.push(...(await thousand(note)))
    return figures
  },
}

async function challenge(pace: string, note: BenchOptions['note']): Promise<readonly Figure[]> {
  const runs: RunResult[] = []
  for (const seed of SEEDS) runs.push(await validRun({ ...CHALLENGE, seed }, pace))
  note(`${pace}: ${runs.length} runs`)
  const { messages, p50, max } = GOALS[pace]!
  const latencyAt = (quantile: string) => median(runs.map((run) => stableLatency(run, quantile)))
  const perOp = median(runs.map(({ net }) => net.servers['msgs-per-op']))
  return [
    { name: `${pace}_msgs_per_op`, value: perOp, unit: 'messages', goal: messages },
    { name: `${pace}_p50_ms`, value: latencyAt('0.5'), unit: 'ms', goal: p50 },
    { name: `${pace}_max_ms`, value: latencyAt('1'), unit: 'ms', goal: max },
  ]
}

/** All three paces under partitions: the worst of all runs. */
async function partitioned(note: BenchOptions['note']): Promise<readonly Figure[]> {
  let [lost, healMs] = [0, 0]
  for (const pace of PACES) {
    for (const seed of SEEDS) {
      const run = await runOf({ ...CHALLENGE, faults: ['partition'], nemesisIntervalMs: 4_000, seed }, pace)
      lost += Number(run.verdict.facts['lost-count'])
      healMs = Math.max(healMs, healToKnownMs(run))
    }
    note(`${pace}, with partitions: ${SEEDS.length} runs`)
  }
  return [
    { name: 'lost_under_partition', value: lost, unit: 'elements', goal: '0' },
    { name: 'heal_to_known_ms', value: healMs, unit: 'ms', goal: '≤ 2,000' },
  ]
}

/** The least share of requests for an id that were answered while the network was cut again and again; none was given twice. */
async function availabilityOfIds(note: BenchOptions['note']): Promise<Figure> {
  const shares: number[] = []
  for (const seed of SEEDS) {
    const cut: Partial<RunOptions> = { faults: ['partition'], nemesisIntervalMs: 4_000, availability: 1 }
    const options = { ...CHALLENGE, ...cut, workload: 'unique-ids', seed }
    const run = await runInside(options, { program: uniqueIds })
    if (run.valid !== true) throw new Error(`unique-ids, seed ${seed}: ${JSON.stringify(run.verdict)}`)
    shares.push(run.availability.fraction)
  }
  note(`unique ids, with partitions: ${shares.length} runs`)
  return { name: 'unique_ids_availability', value: Math.min(...shares), unit: 'of requests', goal: '1' }
}

/** A thousand nodes: at least one message must reach each other node, and half of the operations are reads. */
async function thousand(note: BenchOptions['note']): Promise<readonly Figure[]> {
  const nodeIds = nodesNamed(1_000)
  const options = { ...CHALLENGE, nodeIds, concurrency: nodeIds.length, ratePerSecond: THOUSAND_NODES_RATE, seed: 1 }
  const from = performance.now()
  const run = await validRun(options, 'balanced')
  const seconds = (performance.now() - from) / 1_000
  note('1,000 nodes: 1 run')
  const adds = run.stats.byF['add']!.count
  const bound = ((nodeIds.length - 1) * adds) / run.stats.count
  return [
    { name: 'thousand_msgs_per_op', value: run.net.servers['msgs-per-op'], unit: 'messages' },
    {
      name: 'thousand_unbatched_bound',
      value: bound,
      unit: 'messages',
      goal: 'what sending each value alone costs at least',
    },
    { name: 'thousand_wall_s', value: seconds, unit: 's', goal: '≤ 60' },
  ]
}

function runOf(options: RunOptions, pace: string): Promise<RunResult> {
  return runInside(options, { program: broadcast, args: ['--pace', pace] })
}

async function validRun(options: RunOptions, pace: string): Promise<RunResult> {
  const run = await runOf(options, pace)
  if (run.valid !== true) throw new Error(`${pace}, seed ${options.seed}: ${JSON.stringify(run.verdict)}`)
  return run
}

function stableLatency({ verdict }: RunResult, quantile: string): number {
  return (verdict.facts['stable-latencies'] as Readonly<Record<string, number>>)[quantile]!
}

/**
 * The longest time from the end of a partition to a read that still missed what was known before that end, milliseconds. A read
 * while another partition lasts says nothing.
 */
function healToKnownMs({ history, windows }: RunResult): number {
  const operations = operationsOf(history).filter(isOk)
  const adds = operations.filter(({ invoke }) => invoke.f === 'add')
  let longestMs = 0
  for (const { invoke, completion } of operations.filter((operation) => operation.invoke.f === 'read')) {
    const atMs = invoke.timeMs
    if (windows.some(({ startMs, endMs }) => startMs <= atMs && atMs < endMs)) continue
    const healedMs = Math.max(...windows.filter(({ endMs }) => endMs <= atMs).map(({ endMs }) => endMs))
    if (atMs - healedMs <= longestMs || !Number.isFinite(healedMs)) continue
    const shown = new Set(completion.value as readonly unknown[])
    const isMissing = adds.some((add) => add.completion.timeMs < healedMs && !shown.has(add.invoke.value))
    if (isMissing) longestMs = atMs - healedMs
  }
  return longestMs
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

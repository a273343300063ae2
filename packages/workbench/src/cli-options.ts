import { InvalidArgumentError, Option, type Command } from 'commander'
import { MODEL_NAMES } from './checkers/transactions/models.ts'
import { FAULTS, type FaultName } from './nemesis/fault.ts'
import { LATENCY_DISTRIBUTIONS, type LatencyDistribution } from './net/latency.ts'
import { TOPOLOGIES, type TopologyName } from './net/topology.ts'
import { DEFAULTS, nodesNamed, type RunOptions } from './run/options.ts'
import { workloads } from './workloads/workloads.ts'

/** What the command line says. Names and defaults are Maelstrom's where it has them. */
export interface Flags {
  readonly workload: string
  readonly bin?: string
  readonly nodeCount?: number
  readonly concurrency: string
  readonly rate: number
  readonly timeLimit: number
  readonly latency: number
  readonly latencyDist: LatencyDistribution
  readonly loss: number
  readonly duplication: number
  readonly topology: TopologyName
  readonly nemesis: readonly FaultName[]
  readonly nemesisInterval: number
  readonly availability?: number
  readonly consistencyModels: string
  readonly keyCount: number
  readonly maxTxnLength: number
  readonly maxWritesPerKey: number
  readonly seed?: number
  readonly seeds: number
  readonly inside: boolean
  readonly logStderr: boolean
  readonly json: boolean
  readonly store: string
}

export function addTestOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-w, --workload <name>', 'what is tested').choices(Object.keys(workloads)).makeOptionMandatory(),
    )
    .option('--bin <file>', "the node's program; without it the one of ours for this workload")
    .option('--node-count <count>', 'nodes n0 … n(count − 1); without it n1 … n5', atLeastOne)
    .option('--concurrency <count>', 'workers; "2n" is twice the number of nodes', '1n')
    .option('--rate <per second>', 'operations per second, over all workers', above0, DEFAULTS.ratePerSecond)
    .option('--time-limit <seconds>', 'how long clients ask', above0, DEFAULTS.timeLimitMs / 1_000)
    .option('--latency <ms>', 'mean time of a message between nodes', notNegative, DEFAULTS.latency.meanMs)
    .addOption(new Option('--latency-dist <name>').choices(LATENCY_DISTRIBUTIONS).default('constant'))
    .option('--loss <share>', 'share of the messages between nodes that are lost', share, DEFAULTS.loss)
    .option('--duplication <share>', 'share of them that arrive twice', share, DEFAULTS.duplication)
    .addOption(new Option('--topology <name>', 'what broadcast nodes are told').choices(TOPOLOGIES).default('grid'))
    .option('--nemesis <names>', `faults, with commas between: ${FAULTS.join(', ')}`, faultNames, [])
    .option('--nemesis-interval <seconds>', 'mean time between two faults', above0, DEFAULTS.nemesisIntervalMs / 1_000)
    .option('--availability <share>', '"total", or the share of operations that must succeed', availability)
    .option('--consistency-models <name>', 'what transactions must be', DEFAULTS.consistencyModel)
    .option('--key-count <count>', 'keys in use at a time', atLeastOne, DEFAULTS.keyCount)
    .option('--max-txn-length <count>', 'operations in a transaction', atLeastOne, DEFAULTS.maxTxnLength)
    .option('--max-writes-per-key <count>', 'after so many another key is used', atLeastOne, DEFAULTS.maxWritesPerKey)
    .option('--seed <number>', 'the dice; without it they are rolled', integer)
    .option('--seeds <count>', 'so many runs, with one seed after the other, until one is not valid', atLeastOne, 1)
    .option('--inside', 'in virtual time: all follows from the seed', false)
    .option('--log-stderr', "shows nodes' standard error", false)
    .option('--json', 'results as JSON on standard output', false)
    .option('--store <folder>', 'where results are kept', '.workbench')
}

/** What a run is made of. Throws for what only makes sense in virtual time. */
export function runOptionsOf(flags: Flags, seed: number): RunOptions {
  const nodeIds = flags.nodeCount === undefined ? DEFAULTS.nodeIds : nodesNamed(flags.nodeCount)
  const onlyInside = flags.nemesis.filter((name) => name === 'clock' || name === 'disk')
  if (!flags.inside && onlyInside.length > 0) throw new FlagFault(`${onlyInside.join(', ')}: only with --inside`)
  if (!MODEL_NAMES.includes(flags.consistencyModels)) throw new FlagFault(`There are ${MODEL_NAMES.join(', ')}`)
  const perNode = /^(\d+)n$/.exec(flags.concurrency)?.[1]
  const concurrency = perNode === undefined ? Number(flags.concurrency) : Number(perNode) * nodeIds.length
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new FlagFault('--concurrency is a number, or one with n')
  if (flags.workload === 'lin-kv' && concurrency % (2 * nodeIds.length) !== 0) {
    throw new FlagFault('lin-kv needs a concurrency that is a multiple of twice the number of nodes: --concurrency 2n')
  }
  return {
    workload: flags.workload,
    nodeIds,
    concurrency,
    ratePerSecond: flags.rate,
    timeLimitMs: flags.timeLimit * 1_000,
    latency: { meanMs: flags.latency, distribution: flags.latencyDist },
    loss: flags.loss,
    duplication: flags.duplication,
    topology: flags.topology,
    faults: flags.nemesis,
    nemesisIntervalMs: flags.nemesisInterval * 1_000,
    availability: flags.availability,
    consistencyModel: flags.consistencyModels,
    keyCount: flags.keyCount,
    maxTxnLength: flags.maxTxnLength,
    maxWritesPerKey: flags.maxWritesPerKey,
    seed,
  }
}

/** A command line that makes no sense. */
export class FlagFault extends Error {
  override name = 'FlagFault'
}

function numberWhere(isGood: (value: number) => boolean, what: string): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !isGood(value)) throw new InvalidArgumentError(`It must be ${what}.`)
    return value
  }
}

const above0 = numberWhere((value) => value > 0, 'above 0')
const notNegative = numberWhere((value) => value >= 0, '0 or more')
const atLeastOne = numberWhere((value) => Number.isInteger(value) && value >= 1, 'a whole number, 1 or more')
const integer = numberWhere((value) => Number.isInteger(value), 'a whole number')
const share = numberWhere((value) => value >= 0 && value <= 1, 'between 0 and 1')

function availability(text: string): number {
  return text === 'total' ? 1 : share(text)
}

function faultNames(text: string): readonly FaultName[] {
  const names = text.split(',').map((name) => name.trim())
  return names.map((name) => {
    const fault = FAULTS.find((known) => known === name)
    if (!fault) throw new InvalidArgumentError(`There are ${FAULTS.join(', ')}.`)
    return fault
  })
}

import type { Random } from '@waypost/kernel'
import { NO_CUTS, PARTITION_SHAPES, partitionOf } from '../net/cuts.ts'
import type { Network } from '../net/network.ts'
import { RIGHT_CLOCK, type Cluster } from '../run/cluster.ts'
import { pick, roll, shuffled } from '../time/dice.ts'

export const FAULTS = ['partition', 'crash', 'power', 'pause', 'clock', 'disk'] as const
export type FaultName = (typeof FAULTS)[number]

/** Something that is done to the cluster, and undone. */
export interface Fault {
  readonly name: FaultName
  /** Both say in words what they did. */
  start(): string
  stop(): string
  /** How often it has made a difference: messages cut, nodes crashed, readings of a wrong clock … */
  fired(): number
}

export interface Victims {
  readonly nodeIds: readonly string[]
  readonly network: Network
  readonly cluster: Cluster
  /** Starts a crashed node again and tells it its name. */
  restart(nodeId: string): void
}

/** A clock is put forward or back by up to this, and runs faster or slower by up to this share. */
const SKEW_MS_MAX = 120_000
const RATE_OFF_MAX = 0.5

/** With more, a node that ends at the first failure would do nothing else. */
const FAILING_WRITES_SHARE = 0.2

export function faultOf(name: FaultName, victims: Victims, random: Random): Fault {
  switch (name) {
    case 'partition':
      return partitions(victims, random)
    case 'crash':
      return crashes(victims, 'crash', () => fewOf(victims.nodeIds, random))
    case 'power':
      return crashes(victims, 'power', () => victims.nodeIds)
    case 'pause':
      return pauses(victims, random)
    case 'clock':
      return skews(victims, random)
    case 'disk':
      return diskFaults(victims, random)
  }
}

function partitions({ nodeIds, network }: Victims, random: Random): Fault {
  const nodes = new Set(nodeIds)
  let cutLinks = 0

  /** Whether nodes speak with each other at all, and not with services alone. */
  function haveSpoken(): boolean {
    return network.journal.passages.some(({ message: { src, dest } }) => nodes.has(src) && nodes.has(dest))
  }

  return {
    name: 'partition',
    start() {
      const shape = pick(random, PARTITION_SHAPES)
      const cuts = partitionOf(shape, nodeIds, random)
      network.setCuts(cuts)
      cutLinks += [...cuts.values()].reduce((sum, sources) => sum + sources.size, 0)
      const words = [...cuts].map(([dest, sources]) => `${dest} hears nothing of ${[...sources].join(', ')}`)
      return `${shape}: ${words.join('; ') || 'nothing is cut'}`
    },
    stop() {
      network.setCuts(NO_CUTS)
      return 'everybody hears everybody'
    },
    // Where nodes say nothing to each other a link that is cut is all that can happen.
    fired: () => (haveSpoken() ? network.journal.losses.cut : cutLinks),
  }
}

/** One node up to a minority of them, so that a majority is left. */
function fewOf(nodeIds: readonly string[], random: Random): readonly string[] {
  const most = Math.max(1, Math.floor((nodeIds.length - 1) / 2))
  return shuffled(random, nodeIds).slice(0, 1 + roll(random, most))
}

/** `crash` takes few nodes down, `power` all of them at once. */
function crashes({ cluster, restart }: Victims, name: 'crash' | 'power', choose: () => readonly string[]): Fault {
  let down: readonly string[] = []
  let fired = 0
  return {
    name,
    start() {
      down = choose()
      fired += down.filter((nodeId) => cluster.crash(nodeId)).length
      return `${down.join(', ')} crashed`
    },
    stop() {
      for (const nodeId of down) restart(nodeId)
      const words = `${down.join(', ')} started again`
      down = []
      return words
    },
    fired: () => fired,
  }
}

function pauses({ nodeIds, cluster }: Victims, random: Random): Fault {
  let paused: readonly string[] = []
  return {
    name: 'pause',
    start() {
      paused = fewOf(nodeIds, random)
      for (const nodeId of paused) cluster.pause(nodeId)
      return `${paused.join(', ')} paused`
    },
    stop() {
      for (const nodeId of paused) cluster.resume(nodeId)
      const words = `${paused.join(', ')} resumed`
      paused = []
      return words
    },
    fired: () => cluster.felt.held,
  }
}

function skews({ nodeIds, cluster }: Victims, random: Random): Fault {
  let skewed: readonly string[] = []
  return {
    name: 'clock',
    start() {
      skewed = fewOf(nodeIds, random)
      const steps = skewed.map((nodeId) => {
        const byMs = roll(random, 2 * SKEW_MS_MAX + 1) - SKEW_MS_MAX
        const rate = 1 + RATE_OFF_MAX * (2 * random.fraction() - 1)
        cluster.skewClock(nodeId, { byMs, rate })
        return `${nodeId}'s clock is off by ${byMs} ms and runs at ${rate.toFixed(2)}`
      })
      return steps.join('; ')
    },
    stop() {
      for (const nodeId of skewed) cluster.skewClock(nodeId, RIGHT_CLOCK)
      return `the clocks of ${skewed.join(', ')} are right again`
    },
    fired: () => cluster.felt.wrongReadings,
  }
}

function diskFaults({ nodeIds, cluster }: Victims, random: Random): Fault {
  let failing: readonly string[] = []
  return {
    name: 'disk',
    start() {
      failing = fewOf(nodeIds, random)
      for (const nodeId of failing) cluster.failDisk(nodeId, FAILING_WRITES_SHARE)
      return `a write in ${1 / FAILING_WRITES_SHARE} fails on the disks of ${failing.join(', ')}`
    },
    stop() {
      for (const nodeId of failing) cluster.failDisk(nodeId, 0)
      return `the disks of ${failing.join(', ')} are well again`
    },
    fired: () => cluster.felt.failedWrites,
  }
}

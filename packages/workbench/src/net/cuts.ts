import type { Random } from '@waypost/kernel'
import { pick, shuffled } from '../time/dice.ts'

/** By destination: from whom nothing arrives. */
export type Cuts = ReadonlyMap<string, ReadonlySet<string>>

export const NO_CUTS: Cuts = new Map()

export const PARTITION_SHAPES = ['one', 'majority', 'minority-third', 'majorities-ring'] as const
export type PartitionShape = (typeof PARTITION_SHAPES)[number]

/** Past this many nodes an exact ring of majorities would be one circle that every node could learn. */
const EXACT_RING_NODES_MAX = 5

/** One of the four shapes that Maelstrom cuts a network into. `minority-third` cuts nothing where there are three nodes or fewer. */
export function partitionOf(shape: PartitionShape, nodeIds: readonly string[], random: Random): Cuts {
  const order = shuffled(random, nodeIds)
  switch (shape) {
    case 'one':
      return between([pick(random, nodeIds)], nodeIds)
    case 'majority':
      return between(order.slice(0, Math.floor(order.length / 2)), nodeIds)
    case 'minority-third':
      return between(order.slice(0, Math.floor((order.length - 1) / 3)), nodeIds)
    case 'majorities-ring':
      return order.length <= EXACT_RING_NODES_MAX ? exactRing(order) : linkedMajorities(order, random)
  }
}

/** Cuts a group off from all others, in both directions. */
export function between(group: readonly string[], nodeIds: readonly string[]): Cuts {
  const inside = new Set(group)
  const outside = new Set(nodeIds.filter((nodeId) => !inside.has(nodeId)))
  if (inside.size === 0 || outside.size === 0) return NO_CUTS
  return new Map(nodeIds.map((nodeId) => [nodeId, inside.has(nodeId) ? outside : inside]))
}

function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1
}

/** Nodes in a circle, each of which hears the majority around it and nobody else. */
function exactRing(order: readonly string[]): Cuts {
  const size = majorityOf(order.length)
  return new Map(
    order.map((_, from) => {
      const heard = Array.from({ length: size }, (_step, step) => order[(from + step) % order.length]!)
      return [heard[Math.floor(size / 2)]!, allBut(order, new Set(heard))]
    }),
  )
}

/** Links the two least linked nodes until each has a majority. */
function linkedMajorities(order: readonly string[], random: Random): Cuts {
  const heard = new Map(order.map((nodeId) => [nodeId, new Set([nodeId])]))
  const leastLinked = (among: readonly string[]): string | undefined =>
    shuffled(random, among).toSorted((a, b) => heard.get(a)!.size - heard.get(b)!.size)[0]
  for (;;) {
    const one = leastLinked(order)!
    const links = heard.get(one)!
    if (links.size >= majorityOf(order.length)) break
    const other = leastLinked(order.filter((nodeId) => !links.has(nodeId)))!
    links.add(other)
    heard.get(other)!.add(one)
  }
  return new Map(order.map((nodeId) => [nodeId, allBut(order, heard.get(nodeId)!)]))
}

function allBut(nodeIds: readonly string[], heard: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(nodeIds.filter((nodeId) => !heard.has(nodeId)))
}

export const TOPOLOGIES = ['line', 'grid', 'tree', 'tree2', 'tree3', 'tree4', 'total'] as const
export type TopologyName = (typeof TOPOLOGIES)[number]

export type Topology = Readonly<Record<string, readonly string[]>>

/**
 * Who is told to be whose neighbour, symmetrically. `grid` is a square filled row by row; `treeB` is a heap of branching
 * B over the list of nodes.
 */
export function topologyOf(name: TopologyName, nodeIds: readonly string[]): Topology {
  const neighbours = neighboursIn(name, nodeIds.length)
  return Object.fromEntries(
    nodeIds.map((nodeId, at) => [
      nodeId,
      neighbours(at)
        .filter((other) => other >= 0 && other < nodeIds.length)
        .map((other) => nodeIds[other]!),
    ]),
  )
}

function neighboursIn(name: TopologyName, count: number): (at: number) => readonly number[] {
  switch (name) {
    case 'line':
      return (at) => [at - 1, at + 1]
    case 'grid':
      return gridNeighbours(Math.ceil(Math.sqrt(count)))
    case 'total':
      return (at) => Array.from({ length: count }, (_, other) => other).filter((other) => other !== at)
    case 'tree':
    case 'tree2':
      return treeNeighbours(2)
    case 'tree3':
      return treeNeighbours(3)
    case 'tree4':
      return treeNeighbours(4)
  }
}

function gridNeighbours(side: number): (at: number) => readonly number[] {
  return (at) => {
    const column = at % side
    return [at - side, at + side, ...(column > 0 ? [at - 1] : []), ...(column < side - 1 ? [at + 1] : [])]
  }
}

function treeNeighbours(branching: number): (at: number) => readonly number[] {
  return (at) => {
    const children = Array.from({ length: branching }, (_, child) => branching * at + child + 1)
    return at === 0 ? children : [Math.floor((at - 1) / branching), ...children]
  }
}

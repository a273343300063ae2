import { componentsOf, RELATIONS, type Graph, type Relation } from './graph.ts'

/** A way round: each transaction comes before the next by a relation, and the last before the first. */
export interface Cycle {
  readonly kind: string
  readonly steps: readonly { readonly from: number; readonly to: number; readonly relation: Relation }[]
}

/** Cycles looked for of each kind. */
const CYCLES_PER_KIND_MAX = 8

type Order = 'none' | 'process' | 'realtime'

/**
 * Adya's cycles, in Elle's names: G0 is made of writes over writes alone; G1c has a read of a write besides; G-single has exactly
 * one anti-dependency (something was read that another overwrote), G-nonadjacent several of which no two follow each other, G2
 * several. Those that need the order of a process or of real time say so in their names, and are looked for last.
 */
export function findCycles(graph: Graph, orders: readonly Order[]): readonly Cycle[] {
  const found = orders.flatMap((order) => cyclesWith(graph, order))
  // A cycle that is there without an order is not reported again with it.
  const seen = new Set<string>()
  return found.filter(({ kind, steps }) => {
    const key = `${kind.split('-')[0]} ${steps
      .map(({ from }) => from)
      .toSorted((a, b) => a - b)
      .join()}`
    return seen.has(key) ? false : seen.add(key)
  })
}

function cyclesWith(graph: Graph, order: Order): readonly Cycle[] {
  const orderEdges: readonly Relation[] =
    order === 'none' ? [] : order === 'process' ? ['process'] : ['process', 'realtime']
  const suffix = order === 'none' ? '' : `-${order}`
  const within = (...relations: Relation[]): ReadonlySet<Relation> => new Set([...relations, ...orderEdges])
  const [writes, dependencies] = [within('ww'), within('ww', 'wr')]
  const g0 = closing(graph, 'ww', writes, `G0${suffix}`)
  const g1c = closing(graph, 'wr', dependencies, `G1c${suffix}`)
  const single = closing(graph, 'rw', dependencies, `G-single${suffix}`)
  const hasSingle = new Set(single.map(({ steps }) => `${steps[0]!.from} ${steps[0]!.to}`))
  const several = closing(graph, 'rw', within('ww', 'wr', 'rw'), `G2${suffix}`)
    .filter(({ steps }) => steps.some(({ relation }, at) => at > 0 && relation === 'rw'))
    .filter(({ steps }) => !hasSingle.has(`${steps[0]!.from} ${steps[0]!.to}`))
    .map((cycle) => (isNonadjacent(cycle) ? { ...cycle, kind: `G-nonadjacent${suffix}` } : cycle))
  const all = [...g0, ...g1c, ...single, ...several]
  if (order === 'none') return all
  return all.filter(({ steps }) => steps.some(({ relation }) => relation === 'process' || relation === 'realtime'))
}

/** Cycles through an edge of one relation that close by others, the shortest for each such edge. */
function closing(graph: Graph, first: Relation, rest: ReadonlySet<Relation>, kind: string): readonly Cycle[] {
  const components = componentsOf(graph, new Set([first, ...rest]))
  const cycles: Cycle[] = []
  for (const [from, to] of graph.edges(first)) {
    if (components.get(from) !== components.get(to)) continue
    const back = shortestPath(graph, to, from, { relations: rest, components })
    if (back) cycles.push({ kind, steps: [{ from, to, relation: first }, ...back] })
    if (cycles.length >= CYCLES_PER_KIND_MAX) break
  }
  return cycles
}

interface Search {
  readonly relations: ReadonlySet<Relation>
  readonly components: ReadonlyMap<number, number>
}

function shortestPath(
  graph: Graph,
  start: number,
  goal: number,
  { relations, components }: Search,
): Cycle['steps'] | undefined {
  const cameFrom = new Map<number, number>([[start, start]])
  const queue = [start]
  for (const node of queue) {
    if (node === goal) return pathTo(graph, cameFrom, goal, relations)
    for (const next of graph.next(node, relations)) {
      if (cameFrom.has(next) || components.get(next) !== components.get(start)) continue
      cameFrom.set(next, node)
      queue.push(next)
    }
  }
  return undefined
}

function pathTo(
  graph: Graph,
  cameFrom: ReadonlyMap<number, number>,
  goal: number,
  relations: ReadonlySet<Relation>,
): Cycle['steps'] {
  const steps: { from: number; to: number; relation: Relation }[] = []
  for (let to = goal; cameFrom.get(to) !== to; to = cameFrom.get(to)!) {
    const from = cameFrom.get(to)!
    const relation = RELATIONS.find((one) => relations.has(one) && graph.why(from, to, one) !== undefined)!
    steps.unshift({ from, to, relation })
  }
  return steps
}

function isNonadjacent({ steps }: Cycle): boolean {
  return steps.every(({ relation }, at) => relation !== 'rw' || steps[(at + 1) % steps.length]!.relation !== 'rw')
}

/** Why one transaction comes before another. */
export const RELATIONS = ['ww', 'wr', 'rw', 'process', 'realtime'] as const
export type Relation = (typeof RELATIONS)[number]

/** Transactions by number, and what orders them. */
export interface Graph {
  readonly nodes: ReadonlySet<number>
  /** `why` says in words what an edge rests on; the first that is given counts. */
  add(from: number, to: number, relation: Relation, why: string): void
  next(from: number, relations: ReadonlySet<Relation>): Iterable<number>
  edges(relation: Relation): Iterable<readonly [from: number, to: number]>
  why(from: number, to: number, relation: Relation): string | undefined
}

export function createGraph(): Graph {
  const nodes = new Set<number>()
  const edges = new Map<Relation, Map<number, Map<number, string>>>(RELATIONS.map((relation) => [relation, new Map()]))
  return {
    nodes,
    add(from, to, relation, why) {
      if (from === to) return
      nodes.add(from).add(to)
      const ofRelation = edges.get(relation)!
      const targets = ofRelation.get(from) ?? new Map<number, string>()
      if (!targets.has(to)) targets.set(to, why)
      ofRelation.set(from, targets)
    },
    *next(from, relations) {
      for (const relation of relations) yield* edges.get(relation)!.get(from)?.keys() ?? []
    },
    *edges(relation) {
      for (const [from, targets] of edges.get(relation)!) for (const to of targets.keys()) yield [from, to]
    },
    why: (from, to, relation) => edges.get(relation)!.get(from)?.get(to),
  }
}

/** Which nodes lie on cycles together (Tarjan, 1972): a number for each node, equal exactly if they do. */
export function componentsOf(graph: Graph, relations: ReadonlySet<Relation>): ReadonlyMap<number, number> {
  const component = new Map<number, number>()
  const index = new Map<number, number>()
  const low = new Map<number, number>()
  const stack: number[] = []

  function open(node: number): Frame {
    index.set(node, index.size)
    low.set(node, index.get(node)!)
    stack.push(node)
    return { node, next: graph.next(node, relations)[Symbol.iterator]() }
  }

  function close(node: number): void {
    if (low.get(node) !== index.get(node)) return
    for (let member = stack.pop()!; ; member = stack.pop()!) {
      component.set(member, node)
      if (member === node) return
    }
  }

  for (const start of graph.nodes) {
    if (index.has(start)) continue
    // With a stack of its own, since a path may be longer than the machine's.
    const frames = [open(start)]
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const { node, next } = frame
      const step = next.next()
      if (step.done) {
        close(node)
        frames.pop()
        const parent = frames.at(-1)?.node
        if (parent !== undefined) low.set(parent, Math.min(low.get(parent)!, low.get(node)!))
      } else if (!index.has(step.value)) frames.push(open(step.value))
      else if (!component.has(step.value)) low.set(node, Math.min(low.get(node)!, index.get(step.value)!))
    }
  }
  return component
}

interface Frame {
  readonly node: number
  readonly next: Iterator<number>
}

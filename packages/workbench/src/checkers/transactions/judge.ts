import { verdictOf, type Anomaly, type Verdict } from '../../run/verdict.ts'
import { findCycles, type Cycle } from './cycles.ts'
import type { Graph } from './graph.ts'
import { forbiddenBy, ruledOut } from './models.ts'
import { addOrders, eventsOf, wordsOf, type Transaction } from './transactions.ts'

/** What an analysis of a history found: what orders its transactions, and what is wrong without any cycle. */
export interface Findings {
  readonly graph: Graph
  readonly anomalies: readonly Anomaly[]
}

/** Holds what was found against a model: only what the model forbids is wrong. */
export function judge(transactions: readonly Transaction[], { graph, anomalies }: Findings, model: string): Verdict {
  addOrders(graph, transactions)
  const cycles = findCycles(graph, ['none', 'process', 'realtime'])
  const found = [...anomalies, ...cycles.map((cycle) => anomalyOf(cycle, graph, transactions))]
  const forbidden = forbiddenBy(model)
  const kinds = [...new Set(found.map(({ kind }) => kind))]
  const facts = {
    model,
    not: ruledOut(kinds),
    allowed: kinds.filter((kind) => !forbidden.has(kind)),
    'transaction-count': transactions.length,
  }
  const verdict = verdictOf(
    found.filter(({ kind }) => forbidden.has(kind)),
    facts,
  )
  if (verdict.valid !== true || graph.nodes.size > 0) return verdict
  return { ...verdict, valid: 'unknown', doubt: 'Nothing that was read orders any two transactions.' }
}

function anomalyOf({ kind, steps }: Cycle, graph: Graph, transactions: readonly Transaction[]): Anomaly {
  const involved = steps.map(({ from }) => transactions[from]!)
  const reasons = steps.map(
    ({ from, to, relation }) => `T${from} before T${to}, since ${graph.why(from, to, relation)}`,
  )
  return {
    kind,
    words: `${involved.map(wordsOf).join('; ')}. They can't be put in an order: ${reasons.join('; ')}.`,
    events: eventsOf(...involved),
  }
}

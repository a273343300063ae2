import { isDeepStrictEqual } from 'node:util'
import type { History } from '../../run/history.ts'
import type { Anomaly, Verdict } from '../../run/verdict.ts'
import { keyOf } from '../../services/key-value.ts'
import { createGraph, type Graph } from './graph.ts'
import { judge } from './judge.ts'
import { eventsOf, transactionsOf, wordsOf, type Transaction } from './transactions.ts'

interface ExternalRead {
  readonly transaction: Transaction
  readonly key: string
  readonly value: unknown
}

interface Evidence {
  readonly transactions: readonly Transaction[]
  /** By key and value, which is written once. */
  readonly writers: ReadonlyMap<string, Transaction>
  /** By key: all that is known to have written it. */
  readonly writersOfKey: ReadonlyMap<string, ReadonlySet<Transaction>>
  readonly reads: readonly ExternalRead[]
  /** Versions that a transaction replaced after it had read them. */
  readonly successions: readonly { readonly key: string; readonly from: unknown; readonly to: Transaction }[]
}

/**
 * Elle's analysis of registers whose values are written once. Of the order of versions little is known: nothing comes first, and
 * what a transaction writes follows what it read. So this finds less than lists do.
 */
export function checkRwRegister(history: History, model: string): Verdict {
  const transactions = transactionsOf(history)
  const evidence = evidenceOf(transactions)
  const anomalies = [...wrongReads(evidence), ...wrongWithin(transactions), ...lostUpdates(evidence)]
  return judge(transactions, { graph: graphOf(evidence), anomalies }, model)
}

function evidenceOf(transactions: readonly Transaction[]): Evidence {
  const writers = new Map<string, Transaction>()
  const writersOfKey = new Map<string, Set<Transaction>>()
  const reads: ExternalRead[] = []
  const successions: { key: string; from: unknown; to: Transaction }[] = []
  for (const transaction of transactions) {
    const current = new Map<string, unknown>()
    const written = new Set<string>()
    for (const [f, rawKey, value] of transaction.microOps) {
      const key = keyOf(rawKey)
      if (f === 'w') {
        writers.set(`${key} ${keyOf(value)}`, transaction)
        if (transaction.fate === 'ok') writersOfKey.set(key, (writersOfKey.get(key) ?? new Set()).add(transaction))
        if (current.has(key) && !written.has(key)) successions.push({ key, from: current.get(key), to: transaction })
        written.add(key)
      } else if (transaction.fate === 'ok' && !written.has(key) && !current.has(key)) {
        reads.push({ transaction, key, value })
        current.set(key, value)
      }
    }
  }
  return { transactions, writers, writersOfKey, reads, successions }
}

function wrongReads({ writers, reads }: Evidence): readonly Anomaly[] {
  return reads.flatMap(({ transaction, key, value }): Anomaly[] => {
    if (value === null) return []
    const writer = writers.get(`${key} ${keyOf(value)}`)
    const about = (kind: string, words: string): Anomaly[] => [
      { kind, words: `${wordsOf(transaction)} ${words}`, events: eventsOf(transaction, ...(writer ? [writer] : [])) },
    ]
    if (!writer) return about('invented-value', `shows ${keyOf(value)} in ${key}, which nobody wrote.`)
    if (writer.fate === 'fail') return about('G1a', `shows what had failed: ${wordsOf(writer)}.`)
    const last = writer.microOps.findLast(([f, other]) => f === 'w' && keyOf(other) === key)!
    if (writer === transaction) return about('future-read', `shows what it wrote to ${key} only later.`)
    return isDeepStrictEqual(last[2], value)
      ? []
      : about('G1b', `shows ${key} as ${wordsOf(writer)} had it in its midst.`)
  })
}

function wrongWithin(transactions: readonly Transaction[]): readonly Anomaly[] {
  return transactions
    .filter(({ fate }) => fate === 'ok')
    .flatMap((transaction): Anomaly[] => {
      const current = new Map<string, unknown>()
      const isWrong = transaction.microOps.some(([f, rawKey, value]) => {
        const key = keyOf(rawKey)
        const differs = f === 'r' && current.has(key) && !isDeepStrictEqual(current.get(key), value)
        current.set(key, value)
        return differs
      })
      if (!isWrong) return []
      const words = `${wordsOf(transaction)} does not show what it had read and written itself.`
      return [{ kind: 'internal', words, events: eventsOf(transaction) }]
    })
}

function lostUpdates({ successions }: Evidence): readonly Anomaly[] {
  const byVersion = Map.groupBy(
    successions.filter(({ to }) => to.fate === 'ok'),
    ({ key, from }) => `${key} ${keyOf(from)}`,
  )
  return [...byVersion.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      kind: 'lost-update',
      words: `${group.map(({ to }) => wordsOf(to)).join(' and ')} read the same version of ${group[0]!.key} and both wrote to it.`,
      events: eventsOf(...group.map(({ to }) => to)),
    }))
}

function graphOf({ writers, writersOfKey, reads, successions }: Evidence): Graph {
  const graph = createGraph()
  const later = Map.groupBy(successions, ({ key, from }) => `${key} ${keyOf(from)}`)
  for (const { key, from, to } of successions) {
    const writer = from === null ? undefined : writers.get(`${key} ${keyOf(from)}`)
    if (writer && writer.fate !== 'fail' && to.fate !== 'fail') {
      graph.add(writer.number, to.number, 'ww', `it read ${keyOf(from)} in ${key} and wrote upon it`)
    }
  }
  for (const { transaction, key, value } of reads) {
    const writer = value === null ? undefined : writers.get(`${key} ${keyOf(value)}`)
    if (writer && writer.fate !== 'fail')
      graph.add(writer.number, transaction.number, 'wr', `it read ${keyOf(value)} in ${key}`)
    const next =
      value === null ? (writersOfKey.get(key) ?? []) : (later.get(`${key} ${keyOf(value)}`) ?? []).map(({ to }) => to)
    for (const other of next) {
      if (other.fate !== 'fail')
        graph.add(transaction.number, other.number, 'rw', `it read ${key} as it was before that`)
    }
  }
  return graph
}

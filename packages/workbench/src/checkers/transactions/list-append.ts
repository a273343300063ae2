import { isDeepStrictEqual } from 'node:util'
import type { History } from '../../run/history.ts'
import type { Anomaly, Verdict } from '../../run/verdict.ts'
import { keyOf } from '../../services/key-value.ts'
import { createGraph, type Graph } from './graph.ts'
import { judge } from './judge.ts'
import { eventsOf, transactionsOf, wordsOf, type Transaction } from './transactions.ts'

type List = readonly unknown[]

/** A read of a key that a transaction made before it wrote to it: what it saw of the others. */
interface ExternalRead {
  readonly transaction: Transaction
  readonly key: string
  readonly list: List
}

/** Who wrote what, and in which order the versions of a key came. */
interface Evidence {
  readonly transactions: readonly Transaction[]
  /** By key and element. */
  readonly writers: ReadonlyMap<string, Transaction>
  readonly reads: readonly ExternalRead[]
  /** By key: the longest list that was read. */
  readonly orders: ReadonlyMap<string, List>
}

/**
 * Elle's analysis of lists that are only appended to (Kingsbury and Alvaro, "Elle", 2020). The longest list read of a key is the
 * order of its versions; what was read and appended then orders the transactions, and cycles are what can't be.
 */
export function checkListAppend(history: History, model: string): Verdict {
  const transactions = transactionsOf(history)
  const evidence = evidenceOf(transactions)
  const anomalies = [
    ...wrongReads(evidence),
    ...wrongWithin(transactions),
    ...dirtyUpdates(evidence),
    ...lostUpdates(evidence),
  ]
  return judge(transactions, { graph: graphOf(evidence), anomalies }, model)
}

function evidenceOf(transactions: readonly Transaction[]): Evidence {
  const writers = new Map<string, Transaction>()
  const reads: ExternalRead[] = []
  const orders = new Map<string, List>()
  for (const transaction of transactions) {
    const written = new Set<string>()
    const seen = new Set<string>()
    for (const [f, rawKey, value] of transaction.microOps) {
      const key = keyOf(rawKey)
      if (f === 'append') {
        writers.set(elementKey(key, value), transaction)
        written.add(key)
      } else if (transaction.fate === 'ok' && !written.has(key) && !seen.has(key)) {
        const list = (value ?? []) as List
        reads.push({ transaction, key, list })
        seen.add(key)
        if (list.length > (orders.get(key)?.length ?? 0)) orders.set(key, list)
      }
    }
  }
  return { transactions, writers, reads, orders }
}

function elementKey(key: string, value: unknown): string {
  return `${key} ${keyOf(value)}`
}

/** What a read shows that it may not: twice the same, what nobody or nobody successful wrote, or another order. */
function wrongReads({ writers, reads, orders }: Evidence): readonly Anomaly[] {
  return reads.flatMap(({ transaction, key, list }): Anomaly[] => {
    const found: Anomaly[] = []
    const note = (kind: string, words: string, ...others: Transaction[]): void => {
      found.push({ kind, words: `${wordsOf(transaction)} ${words}`, events: eventsOf(transaction, ...others) })
    }
    if (new Set(list.map(keyOf)).size < list.length) note('duplicate-elements', `shows an element of ${key} twice.`)
    for (const element of list) {
      const writer = writers.get(elementKey(key, element))
      if (!writer) note('invented-value', `shows ${keyOf(element)} in ${key}, which nobody appended.`)
      if (writer?.fate === 'fail')
        note('G1a', `shows ${keyOf(element)} in ${key}, whose transaction had failed: ${wordsOf(writer)}.`, writer)
    }
    const order = orders.get(key) ?? []
    if (!isDeepStrictEqual(list, order.slice(0, list.length))) {
      note('incompatible-order', `does not fit another read of ${key}: ${JSON.stringify(order)}.`)
    }
    const last = list.at(-1)
    const writer = last === undefined ? undefined : writers.get(elementKey(key, last))
    if (writer && writer !== transaction && isIntermediate(writer, key, last)) {
      note('G1b', `shows ${key} as ${wordsOf(writer)} had it in its midst.`, writer)
    }
    return found
  })
}

function isIntermediate({ microOps }: Transaction, key: string, element: unknown): boolean {
  const appended = microOps.filter(([f, other]) => f === 'append' && keyOf(other) === key)
  return !isDeepStrictEqual(appended.at(-1)![2], element)
}

/** What a transaction read against what it had read and written itself. */
function wrongWithin(transactions: readonly Transaction[]): readonly Anomaly[] {
  return transactions
    .filter(({ fate }) => fate === 'ok')
    .flatMap((transaction): Anomaly[] => {
      const expected = new Map<string, { readonly base: List | undefined; readonly own: List }>()
      const found: Anomaly[] = []
      transaction.microOps.forEach(([f, rawKey, value], at) => {
        const key = keyOf(rawKey)
        const known = expected.get(key) ?? { base: undefined, own: [] }
        if (f === 'append') {
          expected.set(key, { ...known, own: [...known.own, value] })
          return
        }
        const list = (value ?? []) as List
        const later = transaction.microOps.slice(at + 1).filter(([g, other]) => g === 'append' && keyOf(other) === key)
        const isFuture = later.some(([, , element]) => list.some((shown) => isDeepStrictEqual(shown, element)))
        const events = eventsOf(transaction)
        if (isFuture)
          found.push({
            kind: 'future-read',
            words: `${wordsOf(transaction)} shows what it appended to ${key} only later.`,
            events,
          })
        else if (!fits(list, known)) {
          found.push({
            kind: 'internal',
            words: `${wordsOf(transaction)} does not show in ${key} what it had read and appended itself.`,
            events,
          })
        }
        expected.set(key, { base: list, own: [] })
      })
      return found
    })
}

function fits(list: List, { base, own }: { readonly base: List | undefined; readonly own: List }): boolean {
  if (base) return isDeepStrictEqual(list, [...base, ...own])
  return own.length === 0 || isDeepStrictEqual(list.slice(-own.length), own)
}

/** A write upon one that had failed. */
function dirtyUpdates({ writers, orders }: Evidence): readonly Anomaly[] {
  return [...orders].flatMap(([key, order]) => {
    const found: Anomaly[] = []
    for (const [at, element] of order.entries()) {
      const [writer, before] = [element, order[at - 1]].map((one) => writers.get(elementKey(key, one)))
      if (at === 0 || before?.fate !== 'fail' || writer?.fate !== 'ok') continue
      const words = `${wordsOf(writer)} wrote to ${key} upon what had failed: ${wordsOf(before)}.`
      found.push({ kind: 'dirty-update', words, events: eventsOf(before, writer) })
    }
    return found
  })
}

/** Two that read one version of a key and both wrote to it: one of them did not see the other. */
function lostUpdates({ reads }: Evidence): readonly Anomaly[] {
  const updates = reads.filter(({ transaction, key }) =>
    transaction.microOps.some(([f, other]) => f === 'append' && keyOf(other) === key),
  )
  const byVersion = Map.groupBy(updates, ({ key, list }) => `${key} ${keyOf(list)}`)
  return [...byVersion.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      kind: 'lost-update',
      words: `${group.map(({ transaction }) => wordsOf(transaction)).join(' and ')} read the same version of ${group[0]!.key} and both wrote to it.`,
      events: eventsOf(...group.map(({ transaction }) => transaction)),
    }))
}

function graphOf({ transactions, writers, reads, orders }: Evidence): Graph {
  const graph = createGraph()
  const writerOf = (key: string, element: unknown): Transaction | undefined => writers.get(elementKey(key, element))

  function link(
    from: Transaction | undefined,
    to: Transaction | undefined,
    relation: 'ww' | 'wr' | 'rw',
    why: string,
  ): void {
    if (from && to && from.fate !== 'fail' && to.fate !== 'fail') graph.add(from.number, to.number, relation, why)
  }

  const unread = unreadAppends(transactions, orders)
  for (const [key, order] of orders) {
    for (const [at, element] of order.entries()) {
      if (at === 0) continue
      const [earlier, later] = [writerOf(key, order[at - 1]), writerOf(key, element)]
      link(earlier, later, 'ww', `${key} got ${keyOf(order[at - 1])} and then ${keyOf(element)}`)
    }
    for (const writer of unread.get(key) ?? []) {
      link(
        writerOf(key, order.at(-1)),
        writer,
        'ww',
        `no read of ${key} shows what T${writer.number} appended, so it came later`,
      )
    }
  }
  for (const { transaction, key, list } of reads) {
    if (list.length > 0) link(writerOf(key, list.at(-1)), transaction, 'wr', `it read ${keyOf(list.at(-1))} in ${key}`)
    const order = orders.get(key) ?? []
    const why = `it read ${key} as it was before that`
    if (list.length < order.length) link(transaction, writerOf(key, order[list.length]), 'rw', why)
    else for (const writer of unread.get(key) ?? []) link(transaction, writer, 'rw', why)
  }
  return graph
}

/** By key: who appended, successfully, what no read shows. */
function unreadAppends(
  transactions: readonly Transaction[],
  orders: Evidence['orders'],
): ReadonlyMap<string, readonly Transaction[]> {
  const shown = new Set([...orders].flatMap(([key, order]) => order.map((element) => elementKey(key, element))))
  const unread = transactions
    .filter(({ fate }) => fate === 'ok')
    .flatMap((transaction) =>
      transaction.microOps
        .filter(([f, key, value]) => f === 'append' && !shown.has(elementKey(keyOf(key), value)))
        .map(([, key]) => ({ key: keyOf(key), transaction })),
    )
  return new Map(
    [...Map.groupBy(unread, ({ key }) => key)].map(([key, group]) => [
      key,
      [...new Set(group.map((one) => one.transaction))],
    ]),
  )
}

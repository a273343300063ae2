import { isOk, operationsOf, type History, type Operation } from '../../run/history.ts'
import type { Graph } from './graph.ts'

/** `r` reads a key, `append` and `w` write one. In an answer the value of a read is what was read. */
export type MicroOp = readonly [f: 'r' | 'append' | 'w', key: unknown, value: unknown]

export interface Transaction {
  /** Its place among the transactions of the history. */
  readonly number: number
  readonly operation: Operation
  readonly fate: 'ok' | 'fail' | 'info'
  /** With what was read, where the answer is known. */
  readonly microOps: readonly MicroOp[]
}

export function transactionsOf(history: History): readonly Transaction[] {
  return operationsOf(history).map((operation, number) => ({
    number,
    operation,
    fate: fateOf(operation),
    microOps: (isOk(operation) ? operation.completion.value : operation.invoke.value) as readonly MicroOp[],
  }))
}

function fateOf({ completion }: Operation): Transaction['fate'] {
  return completion === undefined || completion.type === 'invoke' ? 'info' : completion.type
}

/** A transaction as a person would write it down. */
export function wordsOf({ number, microOps, operation }: Transaction): string {
  const parts = microOps.map(([f, key, value]) => {
    const object = JSON.stringify(key)
    return f === 'r'
      ? `reads ${object} as ${JSON.stringify(value)}`
      : `${f === 'w' ? 'sets' : 'appends to'} ${object}${f === 'w' ? ' to' : ''} ${JSON.stringify(value)}`
  })
  return `T${number} (${operation.invoke.node}: ${parts.join(', ')})`
}

export function eventsOf(...transactions: readonly Transaction[]): readonly number[] {
  return transactions.flatMap(({ operation: { invoke, completion } }) => [
    invoke.index,
    ...(completion ? [completion.index] : []),
  ])
}

/** Who was done before whom began: in real time, and within a process. */
export function addOrders(graph: Graph, transactions: readonly Transaction[]): void {
  const events = transactions
    .filter(({ fate }) => fate !== 'fail')
    .flatMap((transaction) => {
      const { invoke, completion } = transaction.operation
      const end = transaction.fate === 'ok' ? completion!.index : undefined
      return [
        { transaction, at: invoke.index, isEnd: false },
        ...(end === undefined ? [] : [{ transaction, at: end, isEnd: true }]),
      ]
    })
    .toSorted((a, b) => a.at - b.at)
  /** Those that ended, and that no other that ended came after: all else follows by way of them. */
  let frontier: readonly Transaction[] = []
  const before = new Map<Transaction, readonly Transaction[]>()
  const lastOfProcess = new Map<unknown, Transaction>()
  for (const { transaction, isEnd } of events) {
    const { number, operation } = transaction
    if (isEnd) {
      const covered = new Set(before.get(transaction))
      frontier = [...frontier.filter((other) => !covered.has(other)), transaction]
      lastOfProcess.set(operation.invoke.process, transaction)
      continue
    }
    before.set(transaction, frontier)
    for (const earlier of frontier)
      graph.add(earlier.number, number, 'realtime', `T${earlier.number} had ended before T${number} began`)
    const own = lastOfProcess.get(operation.invoke.process)
    if (own) graph.add(own.number, number, 'process', `one process did T${own.number} and then T${number}`)
  }
}

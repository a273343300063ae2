import { isOk, operationsOf, type History, type HistoryEvent, type Operation } from '../run/history.ts'
import { verdictOf, type Anomaly, type Verdict } from '../run/verdict.ts'
import type { Assigned, Messages, Sent } from '../workloads/kafka.ts'
import { checkCommits } from './kafka-commits.ts'
import { findCycles } from './transactions/cycles.ts'
import { createGraph } from './transactions/graph.ts'

interface SendOp {
  readonly operation: Operation
  readonly key: string
  readonly message: number
  /** Where it stands, if the node said so. */
  readonly offset: number | undefined
}

interface PollOp {
  readonly operation: Operation & { readonly completion: HistoryEvent }
  readonly messages: readonly Messages[]
}

/** A key's log as clients saw it. */
interface Log {
  /** By offset, the messages that were seen there. */
  readonly at: Map<number, Set<number>>
  /** By message, the offsets that it was seen at. */
  readonly offsetsOf: Map<number, Set<number>>
  /** Messages that some poll showed. */
  readonly read: Set<number>
  highestRead: number
}

/**
 * Jepsen's checks of a log that is appended to and polled, and one of our own: that committed offsets are not lost. A message's place is
 * where `send` or a poll say that it is. A poll goes on where the last one of its process ended, unless the key was assigned anew.
 */
export function checkKafka(history: History): Verdict {
  const operations = operationsOf(history)
  const sends = operations.flatMap(sendsOf)
  const polls = operations
    .filter(isOk)
    .filter(({ completion }) => pollsIn(completion).length > 0)
    .map((operation) => ({ operation, messages: pollsIn(operation.completion) }))
  const logs = logsOf(sends, polls)
  const anomalies = [
    ...wrongLogs(logs),
    ...wrongMessages(sends, polls, logs),
    ...lostAndUnseen(sends, logs),
    ...wrongSendOrders(sends),
    ...wrongPollOrders(operations, logs),
    ...cyclesOf(sends, polls),
    ...checkCommits(operations),
  ]
  const acknowledged = sends.filter(({ offset }) => offset !== undefined).length
  const verdict = verdictOf(anomalies, {
    'sent-count': sends.length,
    'acknowledged-count': acknowledged,
    'poll-count': polls.length,
  })
  if (verdict.valid !== true || polls.some(({ messages }) => messages.some((one) => pairsOf(one).length > 0)))
    return verdict
  return { ...verdict, valid: 'unknown', doubt: 'No poll showed a message.' }
}

/** Micro-operations of either kind may stand in one operation, as in Jepsen's transactions. */
type MicroOp = readonly ['poll', Messages] | Sent['txn'][number]

function microOpsOf(event: HistoryEvent): readonly MicroOp[] {
  return (event.value as { readonly txn?: readonly MicroOp[] } | null)?.txn ?? []
}

function sendsOf(operation: Operation): readonly SendOp[] {
  const event = isOk(operation) ? operation.completion : operation.invoke
  return microOpsOf(event).flatMap((microOp): SendOp[] => {
    if (microOp[0] !== 'send') return []
    const [, key, value] = microOp
    if (typeof value === 'number') return [{ operation, key, message: value, offset: undefined }]
    return [{ operation, key, message: value[1], offset: value[0] }]
  })
}

function pollsIn(event: HistoryEvent): readonly Messages[] {
  return microOpsOf(event).flatMap((microOp) => (microOp[0] === 'poll' ? [microOp[1]] : []))
}

function logsOf(sends: readonly SendOp[], polls: readonly PollOp[]): ReadonlyMap<string, Log> {
  const logs = new Map<string, Log>()
  function place(key: string, offset: number, message: number): Log {
    const log = logs.get(key) ?? { at: new Map(), offsetsOf: new Map(), read: new Set(), highestRead: -1 }
    logs.set(key, log)
    log.at.set(offset, (log.at.get(offset) ?? new Set()).add(message))
    log.offsetsOf.set(message, (log.offsetsOf.get(message) ?? new Set()).add(offset))
    return log
  }
  for (const { key, offset, message } of sends) if (offset !== undefined) place(key, offset, message)
  for (const [key, offset, message] of polls.flatMap(({ messages }) => messages.flatMap(pairsOf))) {
    const log = place(key, offset, message)
    log.read.add(message)
    log.highestRead = Math.max(log.highestRead, offset)
  }
  return logs
}

function pairsOf(messages: Messages): readonly (readonly [key: string, offset: number, message: number])[] {
  return Object.entries(messages).flatMap(([key, pairs]) =>
    pairs.map(([offset, message]) => [key, offset, message] as const),
  )
}

function wrongLogs(logs: ReadonlyMap<string, Log>): readonly Anomaly[] {
  return [...logs].flatMap(([key, { at, offsetsOf }]) => [
    ...[...at]
      .filter(([, messages]) => messages.size > 1)
      .map(([offset, messages]) => ({
        kind: 'inconsistent-offsets',
        words: `Offset ${offset} of key ${key} holds ${[...messages].join(' and ')}.`,
        events: [],
      })),
    ...[...offsetsOf]
      .filter(([, offsets]) => offsets.size > 1)
      .map(([message, offsets]) => ({
        kind: 'duplicate',
        words: `Message ${message} of key ${key} stands at the offsets ${[...offsets].join(' and ')}.`,
        events: [],
      })),
  ])
}

/** Messages that a poll may not show: of sends that failed, of nobody, or of its own transaction. */
function wrongMessages(
  sends: readonly SendOp[],
  polls: readonly PollOp[],
  logs: ReadonlyMap<string, Log>,
): readonly Anomaly[] {
  const sentBy = new Map(sends.map((send) => [`${send.key} ${send.message}`, send]))
  const failedReads = sends
    .filter(({ operation, key, message }) => operation.completion?.type === 'fail' && logs.get(key)?.read.has(message))
    .map(({ operation, key, message }) => ({
      kind: 'G1a',
      words: `Message ${message} of key ${key} was read, though its send had failed.`,
      events: [operation.invoke.index, operation.completion!.index],
    }))
  const others = polls.flatMap(({ operation, messages }) =>
    messages.flatMap(pairsOf).flatMap(([key, , message]): Anomaly[] => {
      const send = sentBy.get(`${key} ${message}`)
      const events = [operation.invoke.index, operation.completion.index]
      if (!send)
        return [
          {
            kind: 'invented-message',
            words: `${operation.invoke.node} showed ${message} in key ${key}, which nobody sent.`,
            events,
          },
        ]
      if (send.operation !== operation) return []
      return [
        {
          kind: 'precommitted-read',
          words: `A transaction of ${operation.invoke.node} read its own message ${message} of key ${key}.`,
          events,
        },
      ]
    }),
  )
  return [...failedReads, ...others]
}

function lostAndUnseen(sends: readonly SendOp[], logs: ReadonlyMap<string, Log>): readonly Anomaly[] {
  return sends.flatMap(({ operation, key, message, offset }): Anomaly[] => {
    const { read, highestRead } = logs.get(key) ?? { read: new Set(), highestRead: -1 }
    if (offset === undefined || read.has(message)) return []
    const events = [operation.invoke.index, operation.completion!.index]
    const about = `Message ${message} of key ${key} was acknowledged by ${operation.invoke.node} at offset ${offset}`
    if (offset < highestRead)
      return [
        {
          kind: 'lost-write',
          words: `${about}, and no poll showed it, though one showed offset ${highestRead}.`,
          events,
        },
      ]
    return [{ kind: 'unseen', words: `${about}, and no poll ever showed it.`, events }]
  })
}

/** Offsets of one process's sends to a key rise, and so do those within a transaction. */
function wrongSendOrders(sends: readonly SendOp[]): readonly Anomaly[] {
  const last = new Map<string, SendOp & { readonly offset: number }>()
  const anomalies: Anomaly[] = []
  for (const send of sends) {
    const { operation, key, offset } = send
    if (offset === undefined) continue
    const process = `${operation.invoke.process} ${key}`
    const before = last.get(process)
    last.set(process, { ...send, offset })
    if (!before || offset > before.offset) continue
    const kind = before.operation === operation ? 'int-nonmonotonic-send' : 'nonmonotonic-send'
    const words = `Process ${operation.invoke.process} sent to key ${key}, first to offset ${before.offset} and then to ${offset}.`
    anomalies.push({ kind, words, events: [before.operation.invoke.index, operation.invoke.index] })
  }
  return anomalies
}

/** Where a process is in a key: the place, among the offsets that are known, of what it read last. */
interface Reader {
  readonly place: number
  readonly operation: Operation
}

function wrongPollOrders(operations: readonly Operation[], logs: ReadonlyMap<string, Log>): readonly Anomaly[] {
  const places = new Map([...logs].map(([key, { at }]) => [key, placesOf([...at.keys()])]))
  const readers = new Map<unknown, Map<string, Reader>>()
  const anomalies: Anomaly[] = []
  for (const operation of operations.filter(isOk)) {
    const { process, f } = operation.invoke
    const keys = readers.get(process) ?? new Map<string, Reader>()
    readers.set(process, keys)
    if (f === 'assign') forget(keys, operation.completion.value as Assigned)
    for (const messages of pollsIn(operation.completion)) {
      for (const [key, offset] of pairsOf(messages)) {
        const place = places.get(key)!.get(offset)!
        const before = keys.get(key)
        keys.set(key, { place, operation })
        const wrong = before && stepFault(before, { place, operation })
        if (wrong) anomalies.push({ ...wrong, words: `${wrong.words} key ${key}: then came offset ${offset}.` })
      }
    }
  }
  return anomalies
}

/** A key that is assigned again is read on, if it was kept; anything may come next of the others, and of all from the beginning. */
function forget(keys: Map<string, Reader>, { keys: kept, fromBeginning }: Assigned): void {
  for (const key of keys.keys()) if (fromBeginning || !kept.includes(key)) keys.delete(key)
}

function placesOf(offsets: readonly number[]): ReadonlyMap<number, number> {
  return new Map(offsets.toSorted((a, b) => a - b).map((offset, place) => [offset, place]))
}

function stepFault(before: Reader, after: Reader): Anomaly | undefined {
  if (after.place === before.place + 1) return undefined
  const isWithin = before.operation === after.operation
  const fault = after.place > before.place ? 'skip' : 'nonmonotonic'
  const kind = fault === 'skip' ? 'poll-skip' : 'nonmonotonic-poll'
  const { process, node } = after.operation.invoke
  return {
    kind: isWithin ? `int-${kind}` : kind,
    words: `Process ${process} ${fault === 'skip' ? 'was not shown what lies between' : 'went back'}, polling ${node} for`,
    events: [before.operation.invoke.index, after.operation.invoke.index],
  }
}

/** Transactions that read from each other in a circle (G1c); that they wrote in one (G0) is allowed. */
function cyclesOf(sends: readonly SendOp[], polls: readonly PollOp[]): readonly Anomaly[] {
  const graph = createGraph()
  const sentBy = new Map(sends.map((send) => [`${send.key} ${send.message}`, send.operation]))
  for (const { operation, messages } of polls) {
    for (const [key, , message] of messages.flatMap(pairsOf)) {
      const sender = sentBy.get(`${key} ${message}`)
      if (sender) graph.add(sender.invoke.index, operation.invoke.index, 'wr', `it read ${message} of key ${key}`)
    }
  }
  return findCycles(graph, ['none']).map(({ kind, steps }) => ({
    kind,
    words: `Each of these read what the one before had sent: ${steps.map(({ from, to }) => `operation ${to} (${graph.why(from, to, 'wr')})`).join(', ')}.`,
    events: steps.map(({ from }) => from),
  }))
}

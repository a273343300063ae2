import { isOk, operationsOf, type History, type Operation } from '../run/history.ts'
import { verdictOf, type Anomaly, type Verdict } from '../run/verdict.ts'
import { linearize, type RegisterCall } from './linearize.ts'

/** How the error of a read begins that found no such key: beyond Jepsen's, that counts as having read nothing. */
const MISSING_KEY = '20:'

/** Linearizability of one compare-and-set register per key, nothing at first. Values are `[key, value]`. */
export function checkRegisters(history: History): Verdict {
  const calls = operationsOf(history).flatMap(callOf)
  const byKey = Map.groupBy(calls, ({ key }) => key)
  const anomalies: Anomaly[] = []
  const undecided: number[] = []
  for (const [key, ofKey] of byKey) {
    const outcome = linearize(ofKey)
    if (outcome.linearizable === 'unknown') undecided.push(key)
    if (outcome.linearizable === false) anomalies.push(anomalyOf(key, outcome.stuck, outcome.possible))
  }
  const verdict = verdictOf(anomalies, { 'key-count': byKey.size, undecided, failures: anomalies.length })
  if (verdict.valid !== true) return verdict
  if (undecided.length > 0) {
    return { ...verdict, valid: 'unknown', doubt: `Too many orders are possible for key ${undecided.join(', ')}.` }
  }
  if (calls.length > 0) return verdict
  return { ...verdict, valid: 'unknown', doubt: 'No operation was answered.' }
}

interface KeyedCall extends RegisterCall {
  readonly key: number
  readonly operation: Operation
}

/** What an operation means for the register: nothing where it did not happen, or nobody would see whether it did. */
function callOf(operation: Operation): readonly KeyedCall[] {
  const { invoke, completion } = operation
  const isMissing = invoke.f === 'read' && completion?.type === 'fail' && completion.error?.startsWith(MISSING_KEY)
  if (completion?.type === 'fail' && !isMissing) return []
  const [key, argument] = invoke.value as readonly [number, unknown]
  const returnedAt = isOk(operation) || isMissing ? completion!.index : undefined
  const about = { key, operation, calledAt: invoke.index, returnedAt }
  if (isMissing) return [{ ...about, f: 'read', from: undefined }]
  if (invoke.f === 'write') return [{ ...about, f: 'write', to: argument }]
  if (invoke.f === 'cas') {
    const [from, to] = argument as readonly [unknown, unknown]
    return [{ ...about, f: 'cas', from, to }]
  }
  if (!isOk(operation)) return []
  const [, seen] = operation.completion.value as readonly [number, unknown]
  // A read of nothing says nothing, as in Jepsen's register.
  return seen === null ? [] : [{ ...about, f: 'read', from: seen }]
}

function anomalyOf(key: number, stuck: KeyedCall, possible: readonly unknown[]): Anomaly {
  const { invoke, completion } = stuck.operation
  const did =
    stuck.f === 'read'
      ? `read ${stuck.from === undefined ? 'nothing' : JSON.stringify(stuck.from)}`
      : stuck.f === 'cas'
        ? `changed ${JSON.stringify(stuck.from)} to ${JSON.stringify(stuck.to)}`
        : `wrote ${JSON.stringify(stuck.to)}`
  const states = possible.map((value) => (value === undefined ? 'nothing' : JSON.stringify(value))).join(' or ')
  return {
    kind: 'not-linearizable',
    words:
      `Key ${key}: process ${invoke.process} ${did} at ${invoke.node} between ${(invoke.timeMs / 1_000).toFixed(3)} s and ` +
      `${((completion?.timeMs ?? invoke.timeMs) / 1_000).toFixed(3)} s. In every order of what was done until then the register held ${states}.`,
    events: [invoke.index, ...(completion ? [completion.index] : [])],
  }
}

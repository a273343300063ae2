import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HistoryEvent } from '../../run/history.ts'
import { done, historyOf, kindsOf } from '../history-kit.ts'
import { checkListAppend } from './list-append.ts'
import { ruledOut } from './models.ts'
import { checkRwRegister } from './rw-register.ts'
import type { MicroOp } from './transactions.ts'

type Line = ReturnType<typeof done>[number]

/** Transactions that all overlap, each of a process of its own, so that no real time orders them. */
function overlapping(
  ...txns: (readonly MicroOp[] | { readonly fails: readonly MicroOp[] })[]
): readonly HistoryEvent[] {
  const asked = (microOps: readonly MicroOp[]) => microOps.map(([f, k, v]) => [f, k, f === 'r' ? null : v])
  const whole = txns.map((txn) =>
    'fails' in txn ? { type: 'fail' as const, txn: txn.fails } : { type: 'ok' as const, txn: txn },
  )
  return historyOf(
    ...whole.map(({ txn }, process): Line => [process, 'invoke', 'txn', asked(txn as readonly MicroOp[])]),
    ...whole.map(({ type, txn }, process): Line => [process, type, 'txn', txn]),
  )
}

/** One after the other. */
function inTurn(...txns: (readonly MicroOp[])[]): readonly HistoryEvent[] {
  return historyOf(
    ...txns.flatMap((txn, process) =>
      done(
        process,
        'txn',
        txn.map(([f, k, v]) => [f, k, f === 'r' ? null : v]),
        txn,
      ),
    ),
  )
}

const r = (key: string, value: unknown): MicroOp => ['r', key, value]
const append = (key: string, value: unknown): MicroOp => ['append', key, value]
const w = (key: string, value: unknown): MicroOp => ['w', key, value]

const lists: Readonly<Record<string, readonly HistoryEvent[]>> = {
  G0: overlapping(
    [append('x', 1), append('y', 1)],
    [append('x', 2), append('y', 2)],
    [r('x', [1, 2])],
    [r('y', [2, 1])],
  ),
  G1a: overlapping({ fails: [append('x', 1)] }, [r('x', [1])]),
  G1b: overlapping([append('x', 1), append('x', 2)], [r('x', [1])], [r('x', [1, 2])]),
  G1c: overlapping([append('x', 1), r('y', [1])], [append('y', 1), r('x', [1])]),
  'G-single': overlapping([append('x', 1), append('y', 1)], [r('x', [1]), r('y', null)], [r('y', [1])]),
  'G-nonadjacent': overlapping(
    [r('d', [1]), r('y', null)],
    [append('y', 1), append('b', 1)],
    [r('b', [1]), r('x', null)],
    [append('x', 1), append('d', 1)],
    [r('x', [1])],
    [r('y', [1])],
  ),
  G2: overlapping([r('x', null), append('y', 1)], [r('y', null), append('x', 1)], [r('x', [1])], [r('y', [1])]),
  'lost-update': overlapping([r('x', null), append('x', 1)], [r('x', null), append('x', 2)], [r('x', [1, 2])]),
  'dirty-update': overlapping({ fails: [append('x', 1)] }, [append('x', 2)], [r('x', [1, 2])]),
  'incompatible-order': overlapping([append('x', 1)], [append('x', 2)], [r('x', [1, 2])], [r('x', [2])]),
  'duplicate-elements': overlapping([append('x', 1)], [r('x', [1, 1])]),
  'invented-value': overlapping([append('x', 1)], [r('x', [1, 9])]),
  internal: overlapping([append('x', 1), r('x', null)], [r('x', [1])]),
  'future-read': overlapping([r('x', [1]), append('x', 1)]),
}

for (const [kind, history] of Object.entries(lists)) {
  test(`a history of lists with a planted ${kind} is found to have it`, () => {
    const verdict = checkListAppend(history, 'serializable')
    assert.equal(verdict.valid, false)
    assert.ok(kindsOf(verdict).includes(kind), `found ${kindsOf(verdict).join(', ')}`)
    assert.ok(verdict.anomalies.every(({ words, events }) => words.length > 30 && events.length > 0))
  })
}

test('what happened in an order is valid under every model', () => {
  const history = inTurn(
    [append('x', 1)],
    [r('x', [1]), append('x', 2)],
    [r('x', [1, 2]), append('y', 1)],
    [r('y', [1])],
  )
  assert.equal(checkListAppend(history, 'strict-serializable').valid, true)
  const registers = inTurn([w('x', 1)], [r('x', 1), w('x', 2)], [r('x', 2), w('y', 1)], [r('y', 1)])
  assert.equal(checkRwRegister(registers, 'strict-serializable').valid, true)
})

test('a read of the past is serializable, and breaks strict serializability', () => {
  const stale = inTurn([append('x', 1)], [r('x', null)], [r('x', [1])])
  assert.equal(checkListAppend(stale, 'serializable').valid, true)
  const verdict = checkListAppend(stale, 'strict-serializable')
  assert.deepEqual(kindsOf(verdict), ['G-single-realtime'])
  assert.match(
    verdict.anomalies[0]!.words,
    /T1 before T0, since it read "x" as it was before that; T0 before T1, since T0 had ended before T1 began/,
  )
  assert.deepEqual(verdict.facts['not'], ['strict-serializable'])
})

test('one process that reads the past of its own writes breaks its session', () => {
  const history = historyOf(
    ...done(0, 'txn', [append('x', 1)]),
    ...done(0, 'txn', [r('x', null)]),
    ...done(1, 'txn', [r('x', [1])]),
  )
  assert.ok(kindsOf(checkListAppend(history, 'strong-session-serializable')).includes('G-single-process'))
})

test('what a model allows does not make it invalid, and the weakest models ruled out are named', () => {
  assert.equal(checkListAppend(lists['G2']!, 'snapshot-isolation').valid, true)
  assert.equal(checkListAppend(lists['lost-update']!, 'read-committed').valid, true)
  assert.equal(checkListAppend(lists['G1c']!, 'read-uncommitted').valid, true)
  assert.equal(checkListAppend(lists['G0']!, 'read-uncommitted').valid, false)
  assert.deepEqual(ruledOut(['G1a']), ['read-committed'])
  assert.deepEqual(ruledOut(['G2']), ['repeatable-read'])
  assert.deepEqual(ruledOut(['lost-update']), ['snapshot-isolation', 'repeatable-read'])
})

test('a transaction of which nobody knows may have happened', () => {
  const history = historyOf(
    [0, 'invoke', 'txn', [append('x', 1)]],
    [0, 'info', 'txn', [append('x', 1)]],
    ...done(1, 'txn', [r('x', [1])]),
  )
  assert.equal(checkListAppend(history, 'strict-serializable').valid, true)
})

test('where no transaction is ordered the verdict is unknown', () => {
  assert.equal(checkListAppend(historyOf(), 'serializable').valid, 'unknown')
})

const registers: Readonly<Record<string, readonly HistoryEvent[]>> = {
  G0: overlapping([r('x', null), w('x', 1), r('y', 2), w('y', 3)], [r('y', null), w('y', 2), r('x', 1), w('x', 3)]),
  G1a: overlapping({ fails: [w('x', 1)] }, [r('x', 1)]),
  G1b: overlapping([w('x', 1), w('x', 2)], [r('x', 1)]),
  G1c: overlapping([w('x', 1), r('y', 1)], [w('y', 1), r('x', 1)]),
  'G-single': overlapping([w('x', 1), w('y', 1)], [r('x', 1), r('y', null)]),
  G2: overlapping([r('x', null), w('y', 1)], [r('y', null), w('x', 1)]),
  'lost-update': overlapping([r('x', null), w('x', 1)], [r('x', null), w('x', 2)]),
  'invented-value': overlapping([w('x', 1)], [r('x', 7)]),
  internal: overlapping([w('x', 1), r('x', null)]),
  'future-read': overlapping([r('x', 1), w('x', 1)]),
}

for (const [kind, history] of Object.entries(registers)) {
  test(`a history of registers with a planted ${kind} is found to have it`, () => {
    const verdict = checkRwRegister(history, 'serializable')
    assert.ok(kindsOf(verdict).includes(kind), `found ${kindsOf(verdict).join(', ')}`)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HistoryEvent } from '../run/history.ts'
import { done, historyOf, kindsOf } from './history-kit.ts'
import { checkKafka } from './kafka.ts'

type Pair = readonly [offset: number, message: number]
type Lines = readonly ReturnType<typeof done>[number][]

const send = (process: number, message: number, offset: number, key = 'k'): Lines =>
  done(process, 'send', { txn: [['send', key, message]] }, { txn: [['send', key, [offset, message]]] })

const txn = (process: number, ...microOps: readonly unknown[]): Lines =>
  done(process, 'poll', { txn: [] }, { txn: microOps })

const poll = (process: number, pairs: readonly Pair[], key = 'k'): Lines => txn(process, ['poll', { [key]: pairs }])

const assign = (process: number, keys: readonly string[], listed: Readonly<Record<string, number>> = {}): Lines =>
  done(process, 'assign', { keys }, { keys, listed, starts: {} })

const commit = (process: number, offset: number, isCommitted = true): Lines =>
  done(process, 'poll', { txn: [] }, { txn: [['poll', {}]], asked: {}, committing: { k: offset }, isCommitted })

const sendThatFailed: Lines = [
  [7, 'invoke', 'send', { txn: [['send', 'k', 9]] }],
  [7, 'fail', 'send', { txn: [['send', 'k', 9]] }],
]

const kinds = (...lines: readonly Lines[]): readonly string[] => kindsOf(checkKafka(historyOf(...lines.flat())))

test('a log that everybody reads in its order is valid, with gaps between offsets and keys assigned anew', () => {
  const history: readonly HistoryEvent[] = historyOf(
    ...send(0, 1, 0),
    ...send(0, 2, 5),
    ...assign(1, ['k']),
    ...poll(1, [[0, 1]]),
    ...assign(1, ['k', 'j']),
    ...poll(1, [[5, 2]]),
    ...assign(2, ['k']),
    ...poll(2, [
      [0, 1],
      [5, 2],
    ]),
    ...assign(2, ['j']),
    ...assign(2, ['k'], {}),
    ...poll(2, [[0, 1]]),
    ...sendThatFailed,
  )
  assert.equal(checkKafka(history).valid, true)
})

const planted: Readonly<Record<string, readonly Lines[]>> = {
  'inconsistent-offsets': [send(0, 1, 0), poll(1, [[0, 2]]), send(0, 2, 1)],
  duplicate: [
    send(0, 1, 0),
    poll(1, [
      [0, 1],
      [1, 1],
    ]),
  ],
  'lost-write': [send(0, 1, 0), send(0, 2, 1), poll(1, [[1, 2]])],
  unseen: [send(0, 1, 0), send(0, 2, 1), poll(1, [[0, 1]])],
  G1a: [sendThatFailed, poll(1, [[0, 9]])],
  'invented-message': [poll(1, [[0, 77]])],
  'precommitted-read': [txn(0, ['send', 'k', [0, 1]], ['poll', { k: [[0, 1]] }])],
  'poll-skip': [
    send(0, 1, 0),
    send(0, 2, 1),
    send(0, 3, 2),
    poll(1, [[0, 1]]),
    poll(1, [[2, 3]]),
    poll(2, [
      [0, 1],
      [1, 2],
      [2, 3],
    ]),
  ],
  'nonmonotonic-poll': [
    send(0, 1, 0),
    send(0, 2, 1),
    poll(1, [
      [0, 1],
      [1, 2],
    ]),
    poll(1, [[0, 1]]),
  ],
  'int-poll-skip': [
    send(0, 1, 0),
    send(0, 2, 1),
    send(0, 3, 2),
    poll(1, [
      [0, 1],
      [2, 3],
    ]),
    poll(2, [
      [0, 1],
      [1, 2],
      [2, 3],
    ]),
  ],
  'int-nonmonotonic-poll': [
    send(0, 1, 0),
    send(0, 2, 1),
    poll(1, [
      [1, 2],
      [0, 1],
    ]),
  ],
  'nonmonotonic-send': [
    send(0, 1, 1),
    send(0, 2, 0),
    poll(1, [
      [0, 2],
      [1, 1],
    ]),
  ],
  'int-nonmonotonic-send': [
    txn(0, ['send', 'k', [1, 1]], ['send', 'k', [0, 2]]),
    poll(1, [
      [0, 2],
      [1, 1],
    ]),
  ],
  G1c: [
    [
      [0, 'invoke', 'poll', { txn: [] }],
      [1, 'invoke', 'poll', { txn: [] }],
      [
        0,
        'ok',
        'poll',
        {
          txn: [
            ['send', 'k', [0, 1]],
            ['poll', { j: [[0, 1]] }],
          ],
        },
      ],
      [
        1,
        'ok',
        'poll',
        {
          txn: [
            ['send', 'j', [0, 1]],
            ['poll', { k: [[0, 1]] }],
          ],
        },
      ],
    ],
  ],
  'lost-commit': [commit(0, 3), assign(1, ['k'])],
  'invented-commit': [assign(1, ['k'], { k: 1_000_000 })],
}

for (const [kind, lines] of Object.entries(planted)) {
  test(`a history with a planted ${kind} is found to have it`, () => {
    const verdict = checkKafka(historyOf(...lines.flat()))
    assert.equal(verdict.valid, false)
    assert.ok(kindsOf(verdict).includes(kind), `found ${kindsOf(verdict).join(', ')}`)
  })
}

test('an offset that was committed before a higher one is lost only if the higher one came certainly later', () => {
  assert.deepEqual(kinds(poll(1, []), commit(0, 3), commit(0, 5), assign(1, ['k'], { k: 3 })), ['lost-commit'])
  // The lower one came last, so it may stand.
  assert.ok(!kinds(commit(0, 5), commit(1, 3), assign(1, ['k'], { k: 3 })).includes('lost-commit'))
  assert.ok(!kinds(commit(0, 5), commit(1, 3), assign(1, ['k'], { k: 5 })).includes('lost-commit'))
  // Nobody acknowledged it.
  assert.ok(!kinds(commit(0, 3, false), assign(1, ['k'])).includes('lost-commit'))
})

test('where no poll shows a message the verdict is unknown', () => {
  assert.equal(checkKafka(historyOf(...poll(0, []))).valid, 'unknown')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { damagesIn, type Copy } from './audit.ts'

/** Copies that lack one sequence of 1 to 9, or none. */
function reading(lacks: Readonly<Record<string, number | undefined>>): readonly Copy[] {
  return Object.entries(lacks).map(([server, lacking]) => ({
    server,
    messages: lacking === undefined ? 9 : 8,
    digest: String(lacking),
    runs:
      lacking === undefined
        ? [{ from: 1, to: 9 }]
        : [
            { from: 1, to: lacking - 1 },
            { from: lacking + 1, to: 9 },
          ],
  }))
}

test('a copy that lacks another message each time it is read is whole: the stream was written to meanwhile', () => {
  const readings = [reading({ n0: undefined, n1: undefined, n2: 4 }), reading({ n0: undefined, n1: 6, n2: 5 })]
  assert.deepEqual(damagesIn('log', readings), [])
})

test('a copy that lacks the same message each time is damaged, whatever else it lacked once', () => {
  const readings = [reading({ n0: undefined, n1: 3, n2: 4 }), reading({ n0: undefined, n1: 8, n2: 4 })]
  assert.deepEqual(damagesIn('log', readings), [{ server: 'n2', stream: 'log', missing: 1, whole: ['n0', 'n1'] }])
})

test('a copy with other messages in their place is damaged, though it lacks none', () => {
  const [one, other] = reading({ n0: undefined, n1: undefined })
  const copies = [one!, { ...other!, digest: 'another' }]
  assert.deepEqual(damagesIn('log', [copies, copies]), [{ server: 'n1', stream: 'log', missing: 0, whole: ['n0'] }])
})

test('of three copies with as many messages the one that is not as the two others is damaged, whichever is read first', () => {
  const [one, other, third] = reading({ n0: undefined, n1: undefined, n2: undefined })
  const copies = [{ ...one!, digest: 'another' }, other!, third!]
  assert.deepEqual(damagesIn('log', [copies, copies]), [
    { server: 'n0', stream: 'log', missing: 0, whole: ['n1', 'n2'] },
  ])
})

test('where two copies lack something there are no two that are whole', () => {
  const copies = reading({ n0: undefined, n1: 3, n2: 4 })
  assert.deepEqual(
    damagesIn('log', [copies, copies]).map(({ server, whole }) => [server, whole]),
    [
      ['n1', ['n0']],
      ['n2', ['n0']],
    ],
  )
})

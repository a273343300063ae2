import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NewEntry } from '../port.ts'
import { createFrontiers } from './frontiers.ts'

const HOST = 'pds.example'

function entry(id: string, seq: number): NewEntry {
  return { key: 'did:plc:ana', id, source: { host: HOST, seq }, body: new Uint8Array() }
}

test('a message says its own seq when nothing before it is under way, and no more than is stored when something is', () => {
  const frontiers = createFrontiers()
  const [first, second, third] = [entry('1', 5), entry('2', 7), entry('3', 9)]
  for (const each of [first, second, third]) frontiers.begin(each)
  assert.deepEqual([first, second, third].map(sayable), [5, 0, 0])
  frontiers.stored(third, 0)
  frontiers.stored(first, 5)
  assert.deepEqual(frontiers.all(), [{ host: HOST, seq: 5 }])
  assert.equal(sayable(second), 7)
  frontiers.stored(second, 7)
  assert.deepEqual(frontiers.all(), [{ host: HOST, seq: 9 }])
  assert.deepEqual(frontiers.untold({ all: false }), [], 'it has just moved')
  assert.deepEqual(frontiers.untold({ all: false }), [{ host: HOST, seq: 9 }])
  frontiers.told({ host: HOST, seq: 9 })
  assert.deepEqual(frontiers.untold({ all: true }), [])

  function sayable(of: NewEntry): number {
    return frontiers.sayableBy(of.source!)
  }
})

test('nothing is said past an entry that failed, until it comes again', () => {
  const frontiers = createFrontiers()
  const [lost, other] = [entry('1', 1), entry('2', 2)]
  for (const each of [lost, other, lost]) frontiers.begin(each)
  frontiers.failed(lost)
  frontiers.failed(lost)
  frontiers.stored(other, 0)
  assert.deepEqual(frontiers.all(), [])
  frontiers.begin(lost)
  assert.equal(frontiers.sayableBy(lost.source!), 1)
  frontiers.stored(lost, 1)
  assert.deepEqual(frontiers.all(), [{ host: HOST, seq: 2 }])
})

interface Step {
  readonly isNext: boolean
  readonly pick: number
  readonly outcome: number
}

const STEPS = fc.array(fc.record({ isNext: fc.boolean(), pick: fc.nat(1_000), outcome: fc.nat(9) }), {
  minLength: 1,
  maxLength: 200,
})

test('whatever is stored in whatever order, and wherever it ends, no message ever said a cursor past a missing entry', () => {
  fc.assert(
    fc.property(STEPS, (steps) => {
      const { said, handed, stored, frontiers } = play(steps)
      for (const cursor of [...said, ...frontiers.all().map(({ seq }) => seq)]) {
        const missing = handed.filter(({ source, id }) => source!.seq <= cursor && !stored.has(id))
        assert.deepEqual(missing, [], `a message said ${cursor}`)
      }
      const isAll = handed.every(({ id }) => stored.has(id))
      if (isAll && handed.length > 0) {
        assert.deepEqual(frontiers.all(), [{ host: HOST, seq: handed.at(-1)!.source!.seq }])
      }
    }),
    { numRuns: 500 },
  )
})

/**
 * Entries are handed over in the order of the host, both of a seq in one call, and stored in any order; one in ten fails and comes
 * again. Answers what the messages that were stored have said.
 */
function play(steps: readonly Step[]) {
  const frontiers = createFrontiers()
  const handed: NewEntry[] = []
  const stored = new Set<string>()
  const said: number[] = []
  let underWay: { readonly entry: NewEntry; readonly says: number }[] = []
  function begin(call: readonly NewEntry[]): void {
    for (const each of call) frontiers.begin(each)
    underWay.push(...call.map((each) => ({ entry: each, says: frontiers.sayableBy(each.source!) })))
  }
  for (const { isNext, pick, outcome } of steps) {
    if (isNext) {
      const call = ['a', 'b'].map((id) => entry(`${handed.length}${id}`, 10 + handed.length / 2))
      handed.push(...call)
      begin(call)
      continue
    }
    const chosen = underWay[pick % underWay.length]
    if (!chosen) continue
    underWay = underWay.filter((each) => each !== chosen)
    if (outcome === 0) {
      frontiers.failed(chosen.entry)
      begin([chosen.entry])
    } else {
      said.push(chosen.says)
      stored.add(chosen.entry.id)
      frontiers.stored(chosen.entry, chosen.says)
    }
  }
  return { frontiers, handed, stored, said }
}

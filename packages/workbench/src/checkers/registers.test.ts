import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@waypost/kernel/sim'
import { roll } from '../time/dice.ts'
import { done, historyOf, kindsOf } from './history-kit.ts'
import { linearize, type RegisterCall } from './linearize.ts'
import { checkRegisters } from './registers.ts'

const write = (process: number, value: number) => done(process, 'write', [0, value])
const read = (process: number, value: number) => done(process, 'read', [0, null], [0, value])
const cas = (process: number, from: number, to: number) => done(process, 'cas', [0, [from, to]])

test('one thing after another is linearizable', () => {
  assert.equal(checkRegisters(historyOf(...write(0, 1), ...read(1, 1), ...cas(0, 1, 2), ...read(1, 2))).valid, true)
})

test('operations that overlap may have happened in either order', () => {
  for (const seen of [1, 2]) {
    const history = historyOf(
      ...write(0, 1),
      [0, 'invoke', 'write', [0, 2]],
      ...read(1, seen),
      [0, 'ok', 'write', [0, 2]],
      ...read(1, 2),
    )
    assert.equal(checkRegisters(history).valid, true)
  }
})

test('a stale read is explained with what the register held', () => {
  const verdict = checkRegisters(historyOf(...write(0, 1), ...write(0, 2), ...read(1, 1)))
  assert.deepEqual(kindsOf(verdict), ['not-linearizable'])
  assert.match(verdict.anomalies[0]!.words, /process 1 read 1 at n1 .* the register held 2\.$/)
  assert.deepEqual(verdict.anomalies[0]!.events, [4, 5])
})

test('two reads that see a write and then miss it are not linearizable, though it was under way', () => {
  const history = historyOf(...write(0, 1), [0, 'invoke', 'write', [0, 2]], ...read(1, 2), ...read(1, 1), [
    0,
    'ok',
    'write',
    [0, 2],
  ])
  assert.equal(checkRegisters(history).valid, false)
})

test('a cas that succeeded twice from one value is not linearizable', () => {
  assert.equal(checkRegisters(historyOf(...write(0, 1), ...cas(0, 1, 2), ...cas(1, 1, 3))).valid, false)
})

test('what nobody knows about may happen late, once, or never', () => {
  const unknown = [
    [0, 'invoke', 'write', [0, 9]],
    [0, 'info', 'write', [0, 9]],
  ] as const
  assert.equal(checkRegisters(historyOf(...unknown, ...write(1, 1), ...read(1, 1), ...read(1, 9))).valid, true)
  assert.equal(checkRegisters(historyOf(...unknown, ...write(1, 1), ...read(1, 1))).valid, true)
  const twice = historyOf(...unknown, ...write(1, 1), ...read(1, 9), ...write(1, 2), ...read(1, 9))
  assert.equal(checkRegisters(twice).valid, false)
})

test('what failed did not happen, a read of nothing says nothing, and keys are apart', () => {
  const failed = historyOf(...write(1, 1), [0, 'invoke', 'write', [0, 2]], [0, 'fail', 'write', [0, 2]], ...read(1, 2))
  assert.equal(checkRegisters(failed).valid, false)
  assert.equal(checkRegisters(historyOf(...write(0, 1), ...done(1, 'read', [0, null], [0, null]))).valid, true)
  assert.equal(checkRegisters(historyOf(...write(0, 1), ...done(1, 'read', [1, null], [1, 1]))).valid, false)
})

test('a key that was there and is said to be missing is not linearizable', () => {
  const missing = [
    [1, 'invoke', 'read', [0, null]],
    [1, 'fail', 'read', [0, null], { error: '20: no key 0' }],
  ] as const
  assert.equal(checkRegisters(historyOf(...missing, ...write(0, 1))).valid, true)
  const verdict = checkRegisters(historyOf(...write(0, 1), ...missing))
  assert.match(verdict.anomalies[0]!.words, /process 1 read nothing at n1 .* the register held 1\.$/)
})

test('where too many orders are possible the verdict is unknown', () => {
  const calls: RegisterCall[] = Array.from({ length: 40 }, (_, at) => ({
    f: 'write',
    to: at,
    calledAt: at,
    returnedAt: 100 + at,
  }))
  assert.equal(linearize(calls, 1_000).linearizable, 'unknown')
})

test('the search agrees with trying all orders, on small histories at random', () => {
  const random = seededRandom(11)
  const verdicts = { true: 0, false: 0 }
  for (let round = 0; round < 2_000; round++) {
    const calls = Array.from({ length: 2 + roll(random, 4) }, (): RegisterCall => {
      const calledAt = roll(random, 8)
      const about = { calledAt, returnedAt: random.fraction() < 0.2 ? undefined : calledAt + 0.5 + roll(random, 5) }
      const [from, to] = [roll(random, 2), roll(random, 2)]
      if (random.fraction() < 0.4) return { ...about, returnedAt: about.returnedAt ?? calledAt + 1.5, f: 'read', from }
      return random.fraction() < 0.5 ? { ...about, f: 'write', to } : { ...about, f: 'cas', from, to }
    })
    const expected = someOrder(calls, undefined)
    assert.equal(linearize(calls).linearizable, expected, JSON.stringify(calls))
    verdicts[`${expected}`]++
  }
  assert.ok(verdicts.true > 200 && verdicts.false > 200, JSON.stringify(verdicts))
})

/** Whether some order of the calls explains them, by trying all. */
function someOrder(left: readonly RegisterCall[], value: unknown): boolean {
  if (left.every(({ returnedAt }) => returnedAt === undefined)) return true
  return left.some((call) => {
    const isFirst = left.every((other) => other === call || (other.returnedAt ?? Infinity) > call.calledAt)
    const isPossible = call.f === 'write' || call.from === value
    if (!isFirst || !isPossible) return false
    return someOrder(
      left.filter((other) => other !== call),
      call.f === 'read' ? value : call.to,
    )
  })
}

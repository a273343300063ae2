import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc, { type Arbitrary } from 'fast-check'
import { addDelta, joinSets, type GSet } from './g-set.ts'
import { forgetEnded, joinMaps, LIFE_MS_MAX, removeDelta, setDelta, valueAt, type LwwMap } from './lww-map.ts'
import { countDelta, countOf, joinCounters, type PnCounter } from './pn-counter.ts'

interface Lattice<S, Op> {
  readonly bottom: S
  readonly join: (a: S, b: S) => S
  /** What an operation of one writer makes known. */
  readonly delta: (state: S, writer: string, op: Op) => S
  readonly op: Arbitrary<Op>
}

const counter: Lattice<PnCounter, number> = {
  bottom: new Map(),
  join: joinCounters,
  delta: countDelta,
  op: fc.integer({ min: -9, max: 9 }),
}

const set: Lattice<GSet<number>, number> = {
  bottom: new Set(),
  join: joinSets,
  delta: (state, _writer, op) => addDelta(state, op),
  op: fc.nat({ max: 20 }),
}

interface MapOp {
  readonly key: string
  readonly nowMs: number
  /** 0: remove. */
  readonly lifeMs: number
}

const map: Lattice<LwwMap<number>, MapOp> = {
  bottom: new Map(),
  join: joinMaps,
  delta: (state, writer, { key, nowMs, lifeMs }) =>
    lifeMs === 0
      ? removeDelta(state, { key, writer, nowMs })
      : setDelta(state, { key, writer, nowMs }, nowMs, nowMs + lifeMs),
  op: fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    // Few different times, so that writers often write at the same.
    nowMs: fc.nat({ max: 9 }).map((thirds) => (thirds * LIFE_MS_MAX) / 3),
    lifeMs: fc.constantFrom(0, 1_000, LIFE_MS_MAX / 2, 2 * LIFE_MS_MAX),
  }),
}

describe('a set that grows is a lattice', () => laws(set))
describe('a counter is a lattice', () => laws(counter))
describe('a map of last writers is a lattice', () => laws(map))

/** Replicas at which operations happen, and which now and then hear what another one has. */
function laws<S, Op>({ bottom, join, delta, op }: Lattice<S, Op>): void {
  const act = fc.record({ replica: fc.nat({ max: 2 }), op, hears: fc.nat({ max: 5 }) })
  const history = fc.array(act, { maxLength: 30 })

  function run(acts: readonly { replica: number; op: Op; hears: number }[]): { states: S[]; deltas: S[] } {
    const states = [bottom, bottom, bottom]
    const deltas: S[] = []
    for (const { replica, op: done, hears } of acts) {
      const made = delta(states[replica]!, `w${replica}`, done)
      deltas.push(made)
      states[replica] = join(states[replica]!, made)
      if (hears < 3) states[replica] = join(states[replica], states[hears]!)
    }
    return { states, deltas }
  }

  test('joining is commutative, associative and idempotent, and never takes anything back', () => {
    fc.assert(
      fc.property(history, (acts) => {
        const [a, b, c] = run(acts).states as [S, S, S]
        assert.deepEqual(join(a, b), join(b, a))
        assert.deepEqual(join(join(a, b), c), join(a, join(b, c)))
        assert.deepEqual(join(a, a), a)
        assert.deepEqual(join(a, bottom), a)
        assert.deepEqual(join(join(a, b), a), join(a, b))
      }),
    )
  })

  test('the deltas, in any order and some of them twice, make the same as the whole states', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (acts, order) => {
        const { states, deltas } = run(acts)
        const whole = states.reduce(join)
        const keyed = [...deltas, ...deltas.slice(0, 5)].map((made) => ({ made, key: order.next().value as number }))
        const shuffled = keyed.toSorted((a, b) => a.key - b.key).map(({ made }) => made)
        assert.deepEqual(shuffled.reduce(join, bottom), whole)
      }),
    )
  })
}

test('a counter shows the sum of all that was counted, once everything has been joined', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ writer: fc.constantFrom('a', 'b'), by: fc.integer() }), { maxLength: 30 }),
      (counts) => {
        const states = new Map<string, PnCounter>()
        for (const { writer, by } of counts) {
          const state = states.get(writer) ?? counter.bottom
          states.set(writer, joinCounters(state, countDelta(state, writer, by)))
        }
        const joined = [...states.values()].reduce(joinCounters, counter.bottom)
        assert.equal(
          countOf(joined),
          counts.reduce((sum, { by }) => sum + by, 0),
        )
      },
    ),
  )
})

test('forgetting what has ended changes nothing that shows, whatever comes late', () => {
  const writes = fc.array(map.op, { maxLength: 12 })
  fc.assert(
    fc.property(writes, writes, fc.nat({ max: 4 * LIFE_MS_MAX }), (early, late, nowMs) => {
      const write = (ops: readonly MapOp[], writer: string): LwwMap<number> =>
        ops.reduce((state, op) => joinMaps(state, map.delta(state, writer, op)), map.bottom)
      const ours = write(early, 'a')
      const theirs = write(late, 'b')
      const joined = joinMaps(ours, theirs)
      const forgetful = joinMaps(forgetEnded(ours, nowMs), theirs)
      for (const key of ['a', 'b', 'c']) {
        for (const laterMs of [nowMs, nowMs + 500, nowMs + LIFE_MS_MAX]) {
          assert.equal(valueAt(forgetful, key, laterMs), valueAt(joined, key, laterMs), key)
        }
      }
      for (const { atMs } of forgetEnded(joined, nowMs).values()) assert.ok(nowMs < atMs + LIFE_MS_MAX)
    }),
  )
})

test('where no entry lasts longer than an hour, an hour after it was written nothing is left of it', () => {
  const hour = { lifeMs: 3_600_000 }
  const write = { key: 'ana', writer: 'a', nowMs: 1_000 }
  const map = setDelta<string>(new Map(), write, 'cafe', 1_000 + hour.lifeMs)
  assert.equal(valueAt(forgetEnded(map, hour.lifeMs, hour), 'ana', hour.lifeMs), 'cafe')
  assert.equal(forgetEnded(map, 1_000 + hour.lifeMs, hour).size, 0)
})

test('what was removed stays removed when an older write comes late, and ends by itself', () => {
  const at = (nowMs: number, writer: string) => ({ key: 'ana', writer, nowMs })
  const written = setDelta<string>(new Map(), at(1_000, 'a'), 'cafe', 1_000 + LIFE_MS_MAX)
  const removed = joinMaps(written, removeDelta(written, at(2_000, 'b')))
  assert.equal(valueAt(written, 'ana', 3_000), 'cafe')
  assert.equal(valueAt(joinMaps(removed, written), 'ana', 3_000), undefined)
  assert.equal(forgetEnded(removed, 2_000 + LIFE_MS_MAX).size, 0)
})

test('whoever writes after having seen an entry wins over it, also with a clock that is behind', () => {
  const seen = setDelta<string>(new Map(), { key: 'ana', writer: 'b', nowMs: 9_000 }, 'bar', 20_000)
  const written = setDelta(seen, { key: 'ana', writer: 'a', nowMs: 4_000 }, 'park', 20_000)
  assert.equal(valueAt(joinMaps(seen, written), 'ana', 10_000), 'park')
})

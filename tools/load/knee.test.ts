import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../packages/kernel/src/sim-world.ts'
import { findKnee, type KneeOptions } from './knee.ts'

const OPTIONS: KneeOptions = { first: 250, factor: 1.6, precision: 0.08, measurementsMax: 16 }
const PROMISED_MS = 250

/** One queue before one server (M/M/1): what its slowest hundredth waits, where it can answer so many a second. */
function p99Ms(load: number, capacity: number): number {
  return load >= capacity ? Infinity : (Math.log(100) / (capacity - load)) * 1_000
}

/** The load at which that is what is promised. */
const kneeOf = (capacity: number): number => capacity - (Math.log(100) / PROMISED_MS) * 1_000

test('the knee of a server whose knee is known is found to its precision', async () => {
  for (const capacity of [300, 900, 2_000, 2_618, 5_000]) {
    const loads: number[] = []
    const knee = await findKnee(async (load) => {
      loads.push(load)
      return p99Ms(load, capacity) <= PROMISED_MS
    }, OPTIONS)
    const truth = kneeOf(capacity)
    assert.equal(knee.because, 'found')
    assert.ok(knee.holdsAt <= truth && knee.breaksAt! > truth, `${capacity}: ${JSON.stringify(knee)}`)
    assert.ok(knee.breaksAt! / knee.holdsAt <= 1.08)
    assert.equal(knee.measurements, loads.length)
  }
})

test('one spoilt measurement in eight does not move the knee far', async () => {
  const found: number[] = []
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed)
    const measure = async (load: number) => random.fraction() > 0.125 && p99Ms(load, 2_000) <= PROMISED_MS
    found.push((await findKnee(measure, OPTIONS)).holdsAt / kneeOf(2_000))
  }
  assert.ok(found.every((share) => share <= 1))
  const near = found.filter((share) => share > 0.9).length
  assert.ok(near >= 180, `${near} of 200 are near`)
})

test('where the first load breaks, it goes down; where none holds, the knee is 0', async () => {
  const low = await findKnee(async (load) => load <= 40, OPTIONS)
  assert.ok(low.holdsAt <= 40 && low.holdsAt > 36, JSON.stringify(low))
  const none = await findKnee(async () => false, { ...OPTIONS, measurementsMax: 100 })
  assert.deepEqual([none.holdsAt, none.because], [0, 'found'])
})

test('it ends where there are no more measurements, or nothing more to be had', async () => {
  const endless = await findKnee(async () => true, { ...OPTIONS, measurementsMax: 3 })
  assert.deepEqual(endless, { holdsAt: 640, breaksAt: undefined, measurements: 3, because: 'no more measurements' })
  let left = 2
  const stopped = await findKnee(async () => (left-- > 0 ? true : undefined), OPTIONS)
  assert.deepEqual(stopped, { holdsAt: 400, breaksAt: undefined, measurements: 2, because: 'no more measurements' })
})

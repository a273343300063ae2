import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { World } from '@waypost/kernel'
import { simWorld, type SimWorld } from '@waypost/kernel/sim'
import { createLatencies } from './latencies.ts'
import { arrivals, dueBy } from './schedule.ts'
import { sendOnTime, UNDER_WAY_MAX, type Outcome } from './send-on-time.ts'

const PER_SECOND = 100
const SERVICE_MS = 2

/** Every question is answered after 2 ms, save while the server stands still. */
function standsStill(world: SimWorld, { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number }) {
  return async (): Promise<undefined> => {
    const now = world.clock.elapsed()
    const goesOnMs = now >= fromMs && now < untilMs ? untilMs - now : 0
    await world.timers.sleep(goesOnMs + SERVICE_MS)
  }
}

const evenly = (count: number): Float64Array => Float64Array.from({ length: count }, (_, nth) => nth * 10)

async function outcomesOf(
  world: SimWorld,
  times: Float64Array,
  options: { readonly send: () => Promise<string | undefined>; readonly in?: World },
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const sending = sendOnTime(options.in ?? world, times, {
    send: options.send,
    onOutcome: (each) => void outcomes.push(each),
  })
  await world.advance(30_000)
  await sending
  return outcomes
}

test('a server that stands still for a second is seen by everybody who would have asked meanwhile', async () => {
  const world = simWorld()
  const outcomes = await outcomesOf(world, evenly(1_000), {
    send: standsStill(world, { fromMs: 5_000, untilMs: 6_000 }),
  })
  const latencies = createLatencies()
  for (const { latencyMs } of outcomes) latencies.note(latencyMs)
  const { p50, p99, max } = latencies.summary()
  assert.equal(Math.round(p50), SERVICE_MS)
  // 100 of 1,000 asked meanwhile, evenly: the hundredth slowest waited for nine tenths of it.
  assert.ok(p99 > 880 && p99 < 930, `p99 ${p99}`)
  assert.ok(max > 990 && max < 1_010, `max ${max}`)
  assert.equal(outcomes.filter(({ latencyMs }) => latencyMs > 500).length, 51)
})

test('what the sender itself sends late counts from when it was due, and is told apart', async () => {
  const world = simWorld()
  let skippedMs = 0
  const skipping: World = { ...world, clock: { ...world.clock, elapsed: () => world.clock.elapsed() + skippedMs } }
  let asked = 0
  async function send(): Promise<undefined> {
    // After fifty questions this very process has no turn for a second.
    if (++asked === 50) skippedMs = 1_000
    await world.timers.sleep(SERVICE_MS)
  }
  const outcomes = await outcomesOf(world, evenly(1_000), { send, in: skipping })
  assert.equal(outcomes.length, 1_000)
  assert.equal(outcomes.filter(({ latencyMs }) => latencyMs > 500).length, 51)
  assert.equal(outcomes.filter(({ lateMs }) => lateMs > 500).length, 49)
})

test('a question without an answer keeps nobody else waiting, and past the limit nothing more is sent', async () => {
  const world = simWorld()
  const times = new Float64Array(UNDER_WAY_MAX + 10)
  const answered = Promise.withResolvers<undefined>()
  const outcomes: Outcome[] = []
  const sending = sendOnTime(world, times, {
    send: () => answered.promise,
    onOutcome: (each) => void outcomes.push(each),
  })
  await world.advance(10)
  assert.deepEqual(
    outcomes.map(({ fault }) => fault),
    Array.from({ length: 10 }, () => 'not sent'),
  )
  answered.resolve(undefined)
  await sending
  assert.equal(outcomes.length, times.length)
})

test('a signal ends the sending', async () => {
  const world = simWorld()
  const stop = new AbortController()
  let asked = 0
  const sending = sendOnTime(world, evenly(1_000), {
    send: async () => void asked++,
    onOutcome: () => undefined,
    signal: stop.signal,
  })
  await world.advance(1_000)
  stop.abort()
  await sending
  assert.equal(asked, PER_SECOND + 1)
})

test('arrivals come at their rate, bunched as by chance, and the same for a seed', () => {
  const times = arrivals({ perSecond: 200, count: 20_000, seed: 7 })
  assert.deepEqual(times, arrivals({ perSecond: 200, count: 20_000, seed: 7 }))
  assert.notDeepEqual(times, arrivals({ perSecond: 200, count: 20_000, seed: 8 }))
  assert.ok(Math.abs(times.at(-1)! - 100_000) < 2_500, `they took ${times.at(-1)} ms`)
  const gaps = Array.from(times, (at, nth) => at - (times[nth - 1] ?? 0))
  assert.ok(gaps.every((gap) => gap >= 0))
  // Of exponential gaps so many are longer than twice the mean.
  const long = gaps.filter((gap) => gap > 10).length / gaps.length
  assert.ok(Math.abs(long - Math.exp(-2)) < 0.01, `${long} are long`)
  for (const at of [-1, 0, times[0]!, 50_000, times.at(-1)!, 1e9]) {
    assert.equal(dueBy(times, at), times.filter((each) => each <= at).length)
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok, refuse, type Result } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import type { PdsFault } from '#wire/repo.ts'
import { createPace, type Pace } from './backfill-pace.ts'

const HOST = 'https://relay.example'
const PDS = 'https://pds.example'

function setting() {
  const world = simWorld()
  const stopping = new AbortController()
  const pace = createPace({ world, signal: stopping.signal, patientWith: HOST })
  return { world, pace, stopping }
}

/** Answers as told, one after the other, and says when it was asked. */
function answering(world: { clock: { elapsed(): number } }, answers: readonly Result<string, PdsFault>[]) {
  const askedAt: number[] = []
  const question = async (): Promise<Result<string, PdsFault>> => {
    askedAt.push(world.clock.elapsed())
    return answers[askedAt.length - 1] ?? ok('late')
  }
  return { askedAt, question }
}

const away = (retryAfterMs?: number): Result<never, PdsFault> =>
  refuse({ kind: 'unreachable', detail: 'HTTP 429', ...(retryAfterMs !== undefined && { retryAfterMs }) })

async function inVain(pace: Pace, world: ReturnType<typeof simWorld>, host: string): Promise<number> {
  const { askedAt, question } = answering(
    world,
    Array.from({ length: 100 }, () => away()),
  )
  const asked = pace.ask(host, question, { triesMax: 2 })
  await world.advance(10_000)
  assert.equal((await asked).ok, false)
  return askedAt.length
}

test('a host that is away is asked again, after ever longer waits', async () => {
  const { world, pace } = setting()
  const { askedAt, question } = answering(world, [away(), away(), away(), ok('here')])
  const asked = pace.ask(PDS, question, { triesMax: 4 })
  await world.advance(30_000)
  assert.deepEqual(await asked, ok('here'))
  const waits = askedAt.slice(1).map((at, nth) => at - askedAt[nth]!)
  for (const [nth, wait] of waits.entries())
    assert.ok(wait >= 1_000 * 2 ** nth && wait <= 1_500 * 2 ** nth, String(wait))
})

test('what a host asks us to wait holds for every question to it, is shown, and has a limit', async () => {
  const { world, pace } = setting()
  const first = answering(world, [away(60_000), ok('here')])
  const second = answering(world, [ok('here')])
  const asked = pace.ask(PDS, first.question, { triesMax: 4 })
  await world.advance(1_000)
  const behind = pace.ask(PDS, second.question, { triesMax: 4 })
  const waiting = pace.waiting()
  assert.deepEqual([waiting?.host, waiting?.detail], [PDS, 'HTTP 429'])
  assert.ok(waiting!.forMs > 58_000)
  await world.advance(58_000)
  assert.deepEqual([first.askedAt.length, second.askedAt.length], [1, 0])
  await world.advance(60_000)
  assert.deepEqual([await asked, await behind], [ok('here'), ok('here')])
  assert.equal(pace.waiting(), undefined)

  const greedy = answering(world, [away(10 ** 9), ok('here')])
  const patient = pace.ask(PDS, greedy.question, { triesMax: 4 })
  await world.advance(16 * 60_000)
  assert.deepEqual(await patient, ok('here'))
})

test('a host of which nothing is heard rests, the others do not, and the one that all depends on never does', async () => {
  const { world, pace } = setting()
  for (let question = 0; question < 3; question++) assert.equal(await inVain(pace, world, PDS), 2)
  assert.equal(await inVain(pace, world, PDS), 0)
  assert.equal(await inVain(pace, world, 'https://other.example'), 2)
  for (let question = 0; question < 6; question++) assert.equal(await inVain(pace, world, HOST), 2)
  await world.advance(5 * 60_000)
  assert.equal(await inVain(pace, world, PDS), 2)
  await world.advance(5 * 60_000)
  assert.equal(await inVain(pace, world, PDS), 0, 'it rests longer each time')
  await world.advance(5 * 60_000)
  const { question } = answering(world, [ok('here')])
  assert.deepEqual(await pace.ask(PDS, question, { triesMax: 2 }), ok('here'))
  assert.equal(await inVain(pace, world, PDS), 2)
})

test('whoever waits is let go at once when it is stopped', async () => {
  const { world, pace, stopping } = setting()
  const { question } = answering(world, [away(60_000)])
  const asked = pace.ask(PDS, question, { triesMax: 4 })
  await world.advance(10)
  stopping.abort()
  assert.equal((await asked).ok, false)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTelemetry, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { createBudgetEvents } from './events.ts'
import { givenBudget, memoryStore } from './given.ts'
import { KEEP_EVERY_MS } from './guard.ts'
import { readKept } from './kept.ts'
import type { Limit } from './settings.ts'

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000
const EGRESS: Limit = { resource: 'egress', per: 'day', of: 1_000 }
const IMAGES: Limit = { resource: 'images', per: 'day', of: 10 }
const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'

test('what a machine says is counted once a second, in the day and the month', async () => {
  const world = simWorld()
  const budget = await givenBudget(world)
  Object.assign(budget.machine, { cpuSeconds: 3, residentBytes: 100, egressBytes: 70 })
  budget.counted.image()
  budget.counted.fetch()
  budget.counted.checkin(ANA)
  budget.counted.person(ANA)
  await world.advance(2 * SECOND_MS)
  const { day, month } = budget.report()
  assert.deepEqual(day.counts, {
    cpuSeconds: 3,
    memoryByteSeconds: 200,
    diskByteSeconds: 0,
    egressBytes: 70,
    fetches: 1,
    images: 1,
    checkins: 1,
  })
  assert.deepEqual(month.counts, day.counts)
  assert.equal(day.people, 1)
  assert.ok(Math.abs(day.perMillionCheckins! - day.cost.total * 1e6) < 1e-9)
  await budget[Symbol.asyncDispose]()
})

test('a refusal says what it is and when to come again: at the end of the day, or within the hour', async () => {
  const world = simWorld({ startMs: Date.UTC(2026, 0, 1, 23, 50) })
  await using budget = await givenBudget(world, { settings: { limits: [EGRESS] } })
  assert.deepEqual(
    (['rendition', 'picture', 'search', 'live'] as const).map((what) => budget.refusal(what)),
    [undefined, undefined, undefined, undefined],
  )
  budget.machine.egressBytes = 1_050
  await world.advance(SECOND_MS)
  const refused = budget.refusal('search')!
  assert.deepEqual([refused.status, refused.error, refused.retryAfterSeconds], [503, 'BudgetExceeded', 599])
  assert.ok(budget.refusal('picture'), 'what is sent is what costs')
  assert.equal(budget.refusal('live'), undefined)
  await world.advance(600 * SECOND_MS)
  assert.equal(budget.refusal('search'), undefined)
  budget.machine.egressBytes += 2_000
  await world.advance(SECOND_MS)
  assert.equal(budget.refusal('search')!.retryAfterSeconds, 3_600)
})

test('where too many pictures were made, those that are there still go out', async () => {
  const world = simWorld()
  await using budget = await givenBudget(world, { settings: { limits: [IMAGES] } })
  for (let count = 0; count < 10; count++) budget.counted.image()
  await world.advance(SECOND_MS)
  assert.ok(budget.refusal('rendition'))
  assert.equal(budget.refusal('picture'), undefined)
})

test('whoever waits goes on when the day is over, and whoever works hears when to stop', async () => {
  const world = simWorld({ startMs: Date.UTC(2028, 1, 28, 23) })
  await using budget = await givenBudget(world, { settings: { limits: [EGRESS] } })
  const never = new AbortController()
  const heard: string[] = []
  void budget.untilShed('ingest', never.signal).then(() => heard.push('stop'))
  await world.advance(SECOND_MS)
  budget.machine.egressBytes = 1_199
  await world.advance(SECOND_MS)
  assert.equal(heard.length, 0)
  budget.machine.egressBytes = 1_200
  await world.advance(SECOND_MS)
  assert.deepEqual(heard, ['stop'])
  void budget.untilAllowed('ingest', never.signal).then(() => heard.push('go on'))
  const gone = new AbortController()
  void budget.untilAllowed('ingest', gone.signal).then(() => heard.push('gave up'))
  gone.abort()
  await world.advance(50 * 60 * SECOND_MS)
  assert.deepEqual(heard, ['stop', 'gave up'])
  await world.advance(10 * 60 * SECOND_MS)
  assert.deepEqual(heard, ['stop', 'gave up', 'go on'])
})

test('a kill forgets what was used in the last ten seconds, and no more; an end in order nothing', async () => {
  const world = simWorld()
  const store = memoryStore()
  const settings = { limits: [EGRESS, IMAGES] }
  const first = await givenBudget(world, { settings, store })
  for (let second = 0; second < 100; second++) {
    first.counted.checkin(ANA)
    first.machine.egressBytes += 3
    await world.advance(SECOND_MS)
    const kept = readKept(store.text!)!
    const lost = first.report().day.counts.egressBytes - kept.state.day.counts.egressBytes
    assert.ok(lost >= 0 && lost <= (3 * KEEP_EVERY_MS) / SECOND_MS, `${lost}`)
  }
  // Nothing of the first is closed: it is gone.
  const second = await givenBudget(world, { settings, store })
  const { egressBytes, checkins } = second.report().day.counts
  assert.ok(egressBytes >= 270 && checkins >= 90, `${egressBytes} ${checkins}`)
  assert.equal(second.report().day.people, 1)
  second.counted.image()
  await second[Symbol.asyncDispose]()
  const third = await givenBudget(world, { settings, store })
  assert.equal(third.report().day.counts.images, 1)
})

test('an override is told, holds for its time and over a restart, and can be taken back', async () => {
  const world = simWorld()
  const store = memoryStore()
  const settings = { limits: [EGRESS] }
  const budget = await givenBudget(world, { settings, store })
  budget.machine.egressBytes = 1_500
  await world.advance(SECOND_MS)
  assert.equal(budget.sheds('ingest'), true)
  budget.override(2)
  assert.equal(budget.sheds('images'), false)
  await budget[Symbol.asyncDispose]()
  const next = await givenBudget(world, { settings, store })
  await world.advance(HOUR_MS)
  assert.equal(next.sheds('images'), false)
  await world.advance(HOUR_MS)
  assert.equal(next.sheds('ingest'), true)
  next.override(1)
  next.override(0)
  assert.equal(next.sheds('ingest'), true)
})

test('a limit that is raised counts on from what was used', async () => {
  const world = simWorld()
  const store = memoryStore()
  const budget = await givenBudget(world, { settings: { limits: [EGRESS] }, store })
  budget.machine.egressBytes = 1_500
  await world.advance(SECOND_MS)
  await budget[Symbol.asyncDispose]()
  const raised = await givenBudget(world, { settings: { limits: [{ ...EGRESS, of: 3_000 }] }, store })
  const [limit] = raised.report().standings
  assert.deepEqual([limit!.used, limit!.share, raised.sheds('images')], [1_500, 0.5, false])
})

test('use that cannot be kept or read is told of, and counting goes on', async () => {
  const world = simWorld()
  const faults: unknown[] = []
  const events = {
    ...createBudgetEvents(createTelemetry({ level: 'silent' })),
    budgetNotKept: (fault: unknown) => void faults.push(fault),
  }
  const store = {
    ...memoryStore(),
    read: async () => '{"version":1,"day":{}}',
    write: async () => assert.fail('disk full'),
  }
  const budget = await givenBudget(world, { store, events })
  budget.machine.egressBytes = 5
  await world.advance(KEEP_EVERY_MS)
  assert.equal(budget.report().day.counts.egressBytes, 5)
  assert.ok(faults.length >= 2)
})

test('where the log is elsewhere, its size is what this process put into it', async () => {
  const world = simWorld()
  const limits: readonly Limit[] = [{ resource: 'log', per: 'total', of: 1_000 }]
  await using budget = await givenBudget(world, { settings: { limits } })
  budget.counted.logged(300)
  await world.advance(SECOND_MS)
  budget.counted.logged(200)
  await world.advance(SECOND_MS)
  assert.equal(budget.report().standings[0]!.used, 500)
})

test('what is shed, used and paid stands in the figures, by few labels', async () => {
  const world = simWorld()
  const telemetry = createTelemetry({ level: 'silent' })
  await using budget = await givenBudget(world, {
    settings: { limits: [EGRESS] },
    events: createBudgetEvents(telemetry),
  })
  budget.machine.egressBytes = 1_000
  budget.counted.checkin(ANA)
  await world.advance(SECOND_MS)
  budget.refusal('rendition')
  const text = await telemetry.metrics.metrics()
  for (const line of [
    'waypost_budget_used_ratio{limit="egress-day"} 1',
    'waypost_budget_shed{step="images"} 1',
    'waypost_budget_shed{step="ingest"} 0',
    'waypost_budget_override 0',
    'waypost_budget_refused_total{step="images"} 1',
    'waypost_use{what="egressBytes",period="day"} 1000',
    'waypost_active_people{period="month"} 1',
  ])
    assert.ok(text.split('\n').includes(line), line)
  assert.match(text, /^waypost_cost_per_million_checkins\{period="month",currency="USD"\} 0\.07/m)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTelemetry } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import type { HostStatus } from '#log/ingest-port.ts'
import { createEvents } from '../../events.ts'
import { givenBudget } from '#serve/budget/given.ts'
import { createObjective } from '#serve/ops/objective.ts'
import { takePulse } from '#serve/ops/pulse.ts'
import { createRefusalSamples } from '#serve/ops/refusal-samples.ts'
import { createSlowAnswers } from '#serve/ops/slow-answers.ts'
import { opsState } from '#serve/ops/state.ts'

const HOST: HostStatus = {
  url: 'https://pds.example',
  kind: 'pds',
  connected: true,
  cursor: 1,
  lastSeq: 1,
  waiting: 0,
  queued: 0,
  lagMs: 5,
}

async function given() {
  const world = simWorld()
  const telemetry = createTelemetry({ level: 'silent' })
  const refusals = createRefusalSamples()
  const events = createEvents(telemetry, { clock: world.clock, refusals })
  const objective = createObjective()
  const slow = createSlowAnswers()
  let hosts: readonly HostStatus[] | undefined = [HOST]
  const limits = [{ resource: 'egress', per: 'month', of: 100 }] as const
  const budget = await givenBudget(world, { settings: { limits }, events })
  const pulse = takePulse(world, { metrics: telemetry.metrics, objective, gather: async () => events.engineAsked(1) })
  await world.advance(2_000)
  return {
    world,
    events,
    slow,
    machine: budget.machine,
    follow: (followed: readonly HostStatus[] | undefined) => void (hosts = followed),
    state: () =>
      opsState({
        now: () => world.clock.now(),
        startedMs: 0,
        version: '1',
        role: 'all',
        pulse,
        objective,
        refusals,
        slow,
        replicas: () => [],
        hosts: () => hosts,
        unsynchronized: () => ({ 'in-progress': 1, desynchronized: 2 }),
        people: () => 3,
        faults: telemetry.faults,
        budget: budget.report,
      }),
  }
}

test('what went through each stage, how long it took and what waits are those of the last seconds', async () => {
  const { world, events, state } = await given()
  for (let n = 0; n < 20; n++) events.frameReceived('a', { receivedAt: world.clock.now() })
  events.batchLogged({ appendMs: 4, verifyMs: 20, logMs: 40 })
  events.waiting({ wire: 7, verify: 3 })
  await world.advance(2_000)
  const now = Object.fromEntries(state().stages.map((stage) => [stage.name, stage]))
  assert.deepEqual([now['wire']!.perSecond, now['wire']!.queue, now['verify']!.queue], [5, 7, 3])
  assert.deepEqual([now['wire']!.history.at(-1), now['project']!.perSecond], [10, 0])
  assert.ok(now['verify']!.p99! > 0.01 && now['verify']!.p99! <= 0.025)
  assert.ok(now['log']!.p50! > 0.025 && now['log']!.p50! <= 0.05)
  assert.equal(now['live']!.p50, undefined)
  await world.advance(60_000)
  const later = state().stages.find(({ name }) => name === 'wire')!
  assert.deepEqual([later.perSecond, later.p50], [0, undefined], 'a minute later it is past')
})

test('each endpoint has its rate, its failures and its times, those asked most first', async () => {
  const { world, events, state } = await given()
  await world.advance(10_000)
  const answered = (route: string, status: number, ms: number) =>
    events.httpAnswered({ method: 'GET', route, status, ms })
  for (let n = 0; n < 9; n++) answered('/a', 200, 4)
  answered('/a', 503, 4)
  answered('/b', 404, 900)
  await world.advance(10_000)
  const [a, b, ...others] = state().endpoints
  assert.deepEqual(others, [])
  assert.deepEqual([a!.route, a!.errorShare.toFixed(2), b!.route, b!.errorShare], ['/a', '0.10', '/b', 0])
  assert.ok(a!.p99! <= 0.005 && b!.p50! > 0.25)
})

test('refusals are told by reason with what they were, a flood of one kind by few of it', async () => {
  const { world, events, state } = await given()
  for (let n = 0; n < 50; n++) {
    events.refused({ reason: 'signature', detail: `number ${n}`, did: 'did:plc:ana', seq: n }, 'https://pds.example')
    await world.advance(20)
  }
  events.refused({ reason: 'prev-data', detail: 'once' }, 'https://pds.example')
  await world.advance(2_000)
  const [first, second] = state().refusals
  assert.deepEqual([first!.reason, first!.total, second!.reason, second!.total], ['signature', 50, 'prev-data', 1])
  assert.deepEqual(
    first!.samples.map(({ detail }) => detail),
    ['number 40', 'number 30', 'number 20', 'number 10', 'number 0'],
  )
  assert.deepEqual(
    second!.samples.map(({ did, seq }) => [did, seq]),
    [[undefined, undefined]],
  )
})

test('hosts that are not heard stand first, then those furthest behind; another process follows its own', async () => {
  const { state, follow } = await given()
  follow([
    HOST,
    { ...HOST, url: 'https://late.example', lagMs: 9_000 },
    { ...HOST, url: 'https://away.example', connected: false },
  ])
  assert.deepEqual(
    state().hosts.map(({ url }) => url),
    ['https://away.example', 'https://late.example', 'https://pds.example'],
  )
  assert.equal(state().ingest, 'here')
  follow(Array.from({ length: 60 }, (_, nth) => ({ ...HOST, url: `https://${nth}.example`, connected: nth > 54 })))
  assert.deepEqual([state().hosts.length, state().hostCounts], [50, { all: 60, away: 55 }])
  follow(undefined)
  assert.deepEqual([state().ingest, state().hosts], ['elsewhere', []])
  assert.deepEqual(state().repositories, { people: 3, inProgress: 1, desynchronized: 2 })
})

test('slow answers are those that people waited for', async () => {
  const { slow, state } = await given()
  slow.note({ route: '/a', status: 200, ms: 99 }, 1)
  slow.note({ route: '/live', status: 200, ms: 60_000 }, 2)
  slow.note({ route: '/ops/api/state', status: 200, ms: 200 }, 3)
  slow.note({ route: '/xrpc/app.waypost.feed.getGlobal', status: 200, ms: 100 }, 4)
  slow.note({ route: '/b', status: 500, ms: 3_000 }, 5)
  assert.deepEqual(
    state().slow.map(({ route }) => route),
    ['/b', '/xrpc/app.waypost.feed.getGlobal'],
  )
})

test('an engine that does not answer is seen, and one that does again', async () => {
  const { world, events, state } = await given()
  assert.equal(state().engine.isUp, true)
  const before = state().engine.failures
  events.engineFailed('append')
  await world.advance(2_000)
  assert.equal(state().engine.failures, before + 1)
})

test('a budget that is spent is told with what is left out, what it cost, and that the ingest is paused', async () => {
  const { world, state, machine, follow } = await given()
  assert.deepEqual(
    state().budget.steps.map(({ name, beginsAt, isShed }) => `${name} ${Math.round(beginsAt * 100)} ${isShed}`),
    ['images 100 false', 'search 105 false', 'backfills 110 false', 'live 115 false', 'ingest 120 false'],
  )
  machine.egressBytes = 130
  machine.cpuSeconds = 3_600
  follow(undefined)
  await world.advance(1_000)
  const { budget, ingest } = state()
  assert.deepEqual([ingest, budget.steps.every(({ isShed }) => isShed)], ['paused', true])
  const [limit] = budget.limits
  assert.deepEqual([limit!.resource, limit!.per, limit!.used, limit!.share], ['egress', 'month', 130, 1.3])
  assert.deepEqual([budget.month.parts.cpu, budget.month.perMillionCheckins], [0.02, undefined])
  assert.equal(budget.override, undefined)
})

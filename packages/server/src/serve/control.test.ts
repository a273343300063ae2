import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { createTelemetry, realWorld } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { createBackfills, type BackfillOrder, type Backfills } from '#log/backfills.ts'
import { openEventLog } from '#log/event-log.ts'
import { createIdentities } from '#verify/identity.ts'
import { createOutbound } from '#wire/outbound.ts'
import { givenBudget } from './budget/given.ts'
import { givenPrivate } from './given-private.ts'
import { createReports, type Reports } from './moderation/reports.ts'
import { callControl, startControl, type ControlLine } from './control.ts'

const world = realWorld()
const log = createTelemetry({ level: 'silent' }).log
/** Nobody answers there, so that a backfill of it is under way until it is stopped. */
const ORDER: BackfillOrder = { host: 'https://nobody.invalid', again: false, concurrency: 1 }
const reseed = (): never => assert.fail('nobody asks for it')
let reports: Reports
let folder: string
let own: Awaited<ReturnType<typeof givenPrivate>>

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-control-'))
  own = await givenPrivate(world)
  reports = createReports(world, own.kept)
})
after(async () => {
  await own[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function openBackfills(): Backfills {
  const { log: engineLog, keyValue } = openMemoryEngine({ world })
  const outbound = createOutbound({ allowedLoopbackOrigins: [] })
  return createBackfills({
    world,
    log,
    keyValue,
    eventLog: openEventLog(engineLog, world),
    identities: createIdentities({ world, outbound, plcUrl: 'https://plc.invalid' }),
    outbound,
    ingest: { track: () => Promise.resolve(false), repair: async () => {} },
    events: { backfilled() {} },
    isPlainAllowed: () => false,
  })
}

async function linesOf(calling: ReturnType<typeof callControl>): Promise<readonly ControlLine[]> {
  const lines: ControlLine[] = []
  for await (const line of (await calling) ?? []) lines.push(line)
  return lines
}

async function firstOf(calling: ReturnType<typeof callControl>): Promise<ControlLine | undefined> {
  for await (const line of (await calling) ?? []) return line
  return undefined
}

async function readAll(response: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

/** Posts any text. */
function post(text: string, path = '/backfill'): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath: join(folder, 'control.sock'), path, method: 'POST', agent: false })
    request.on('error', reject)
    request.on('response', (response) => resolve(readAll(response)))
    request.end(text)
  })
}

test('an order is taken over the socket, several may watch, and whoever hangs up stops nothing', async () => {
  await using backfills = openBackfills()
  await using _control = await startControl({ world, log, folder, backfills: () => backfills, reseed, reports })
  assert.equal((await stat(join(folder, 'control.sock'))).mode & 0o777, 0o600)
  const watching = linesOf(callControl(folder, '/backfill', ORDER))
  const line = await firstOf(callControl(folder, '/backfill', ORDER))
  assert.ok(line && 'progress' in line && line.progress.host === ORDER.host)
  assert.deepEqual(await linesOf(callControl(folder, '/backfill', { ...ORDER, again: true })), [
    { refused: 'It is under way; it has to be stopped before it can begin anew.' },
  ])
  assert.deepEqual(await linesOf(callControl(folder, '/backfill/stop', ORDER)), [{ stopped: true }])
  assert.deepEqual((await watching).at(-1), { end: { kind: 'stopped' } })
  assert.deepEqual(await linesOf(callControl(folder, '/backfill/stop', ORDER)), [{ stopped: false }])
})

test('what is no order is refused, and begins nothing', async () => {
  await using backfills = openBackfills()
  await using _control = await startControl({ world, log, folder, backfills: () => backfills, reseed, reports })
  const bad = ['', 'no json', '[]', 'null', JSON.stringify({ ...ORDER, host: 'https://a.example/path' })]
  bad.push(JSON.stringify({ ...ORDER, concurrency: 257 }), JSON.stringify({ ...ORDER, again: 'yes' }))
  bad.push('"text"', '7')
  bad.push(JSON.stringify({ ...ORDER, padding: 'x'.repeat(5_000) }))
  for (const text of bad) assert.equal(await post(text), '{"refused":"That is no order."}\n', text.slice(0, 60))
  assert.equal(await post(JSON.stringify(ORDER), '/other'), '{"refused":"There is no such operation."}\n')
  assert.equal(backfills.stop(ORDER.host), false)
})

test('whoever holds the folder reads the reports, and says which is done', async () => {
  await using backfills = openBackfills()
  await using _control = await startControl({ world, log, folder, backfills: () => backfills, reseed, reports })
  const subject = { kind: 'place', id: 'osm:node/1' } as const
  const added = await reports.add({ by: 'did:plc:ana', subject, reasonType: 'closed', reason: 'Since May' })
  assert.ok(added.ok)
  const [line, ...others] = await linesOf(callControl(folder, '/reports', {}))
  assert.ok(line && 'report' in line)
  assert.deepEqual([line.report.id, line.report.reason, others], [added.value, 'Since May', []])
  assert.equal(await post('{"done":7}', '/reports'), '{"refused":"That is no order."}\n')
  const done = () => linesOf(callControl(folder, '/reports', { done: added.value }))
  assert.deepEqual([await done(), await done()], [[{ isDone: true }], [{ isDone: false }]])
  assert.deepEqual(await linesOf(callControl(folder, '/reports', {})), [])
})

test('while no hosts are followed backfills are refused, and all else is answered', async () => {
  await using budget = await givenBudget(simWorld())
  await using _control = await startControl({ world, log, folder, backfills: () => undefined, reseed, reports, budget })
  for (const operation of ['/backfill', '/backfill/stop', '/reseed', '/reseed/stop'] as const)
    assert.match(await post(JSON.stringify(ORDER), operation), /^\{"refused":"The ingest is paused/)
  assert.deepEqual(await linesOf(callControl(folder, '/reports', {})), [])
  const untilOf = async (hours?: number) => {
    const line = await firstOf(callControl(folder, '/budget', { hours }))
    assert.ok(line && 'budget' in line)
    return line.budget.state.override?.untilMs
  }
  assert.equal(await untilOf(), undefined)
  assert.equal(await untilOf(3), budget.report().nowMs + 3 * 3_600_000)
  assert.equal(await untilOf(0), undefined)
  for (const hours of ['"3"', '-1', '169', 'null'])
    assert.equal(await post(`{"hours":${hours}}`, '/budget'), '{"refused":"That is no order."}\n')
})

test('nobody listens where there is no server, or none any more, and the next one begins in its place', async () => {
  assert.equal(await callControl(folder, '/backfill', ORDER), undefined)
  await writeFile(join(folder, 'control.sock'), '')
  await using backfills = openBackfills()
  {
    await using _control = await startControl({ world, log, folder, backfills: () => backfills, reseed, reports })
    assert.deepEqual(await linesOf(callControl(folder, '/backfill/stop', ORDER)), [{ stopped: false }])
  }
  assert.equal(await callControl(folder, '/backfill', ORDER), undefined)
})

test('a path that is too long for a socket leaves the server without one', async () => {
  const deep = join(folder, 'x'.repeat(100))
  await mkdir(deep)
  await using backfills = openBackfills()
  await using _control = await startControl({ world, log, folder: deep, backfills: () => backfills, reseed, reports })
  assert.equal(await callControl(deep, '/backfill', ORDER), undefined)
})

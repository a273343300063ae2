/** What an operator sees of a real server, in a process of its own: who may look, live figures, one check-in's way. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { realWorld, tidFrom, type Did } from '@waypost/kernel'
import {
  createSignedRepo,
  generatePeople,
  startDocumentDirectory,
  startFakeHost,
  type DocumentDirectory,
  type FakeHost,
  type HostEvent,
} from '@waypost/load'
import type { FollowedCheckin, OpsState } from '@waypost/lexicon/ops-state'
import { POSITIONS_HELD } from '#log/journeys.ts'
import { freePort } from '../../../tools/free-port.ts'
import { LiveReader } from './kit/live-reader.ts'
import { startServerProcess, waitUntil, type ServerProcess, type Settings } from './kill9-process.ts'

const WITHIN_MS = 20_000
/** With a directory of places to be built, beside whatever else the machine does. */
const READY_WITHIN_MS = 120_000
const PASSWORD = 'only for the operator'
const COMMITTED_MS_AGO_MAX = 60_000

let folder: string
let host: FakeHost
let directory: DocumentDirectory
let server: ServerProcess
let settings: Settings
let dids: readonly Did[]

before(async () => {
  const world = realWorld()
  folder = mkdtempSync(join(tmpdir(), 'waypost-operator-'))
  host = await startFakeHost({ world })
  directory = await startDocumentDirectory()
  const people = await generatePeople('operator', 2)
  for (const { did, handle, key } of people) {
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
    directory.put({ did, handle, signingKey: key.did, pds: host.url })
  }
  dids = people.map(({ did }) => did)
  settings = {
    WAYPOST_DATA: folder,
    WAYPOST_PORT: String(await freePort()),
    WAYPOST_HOSTS: host.url,
    WAYPOST_PLC_URL: directory.url,
    WAYPOST_SANDBOX: host.url,
    WAYPOST_OPS_PASSWORD: PASSWORD,
    WAYPOST_LOG_LEVEL: 'info',
  }
  server = startServerProcess(settings)
  await isReady()
})

after(async () => {
  await server?.[Symbol.asyncDispose]()
  await host?.[Symbol.asyncDispose]()
  await directory?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

function isReady(): Promise<void> {
  return waitUntil('it is ready', server, async () => (await fetch(`${server.url}/health/ready`)).ok, READY_WITHIN_MS)
}

let micros = Date.now() * 1_000

function checkin(did: Did): { readonly event: HostEvent; readonly uri: string } {
  micros = Math.max(micros + 1_000, Date.now() * 1_000)
  const rkey = tidFrom(micros, 0)
  const record = {
    $type: 'app.waypost.checkin',
    createdAt: new Date(micros / 1_000).toISOString(),
    place: { name: 'Corner' },
  }
  const write = { action: 'create', collection: 'app.waypost.checkin', rkey, record } as const
  return { event: { kind: 'commit', did, writes: [write], at: micros }, uri: `at://${did}/app.waypost.checkin/${rkey}` }
}

function signIn(password: unknown, headers: Record<string, string> = { origin: server.url }): Promise<Response> {
  return fetch(`${server.url}/ops/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ password }),
  })
}

let cookie = ''

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(`${server.url}/ops/api/${path}`, { headers: { cookie } })
  assert.equal(answer.status, 200, await answer.clone().text())
  return (await answer.json()) as T
}

const follow = (uri: string) => ask<FollowedCheckin>(`checkin?uri=${encodeURIComponent(uri)}`)

test('nobody sees anything of it without the password, nor from a page of somebody else', async () => {
  for (const path of ['state', 'checkin?uri=at://did:plc:a/app.waypost.checkin/a']) {
    const answer = await fetch(`${server.url}/ops/api/${path}`, { headers: { cookie: 'waypost-operator=1.x' } })
    assert.equal(answer.status, 401)
    assert.deepEqual(Object.keys((await answer.json()) as object), ['error', 'message'])
  }
  assert.equal((await signIn(PASSWORD, { origin: 'https://elsewhere.example' })).status, 403)
  assert.equal((await signIn(PASSWORD, {})).status, 403)
  assert.equal((await signIn(undefined)).status, 400)
  const wrong = await signIn(`${PASSWORD}!`)
  assert.deepEqual([wrong.status, wrong.headers.get('set-cookie')], [401, null])
  const right = await signIn(PASSWORD)
  assert.equal(right.status, 200)
  const set = right.headers.get('set-cookie')!
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/ops/api']) assert.ok(set.includes(part), set)
  cookie = set.split(';')[0]!
})

test('a check-in moves the figures of every stage, and is followed through all of them', async () => {
  const reader = new LiveReader()
  await reader.follow(server.url)
  // Somebody's first record makes them a member; from then on commits come through the stream.
  await host.emit(checkin(dids[0]!).event)
  await waitUntil('it is shown live', server, () => reader.events.length === 1, WITHIN_MS)
  const { event, uri } = checkin(dids[0]!)
  await host.emit(event)
  await waitUntil('it is shown live', server, () => reader.events.length === 2, WITHIN_MS)
  reader.close()

  const { isVisible, logged, steps, replicas } = await follow(uri)
  assert.equal(isVisible, true)
  assert.deepEqual(
    [logged?.kind, logged?.host, replicas],
    ['commit', host.url, [{ id: '', isSelf: true, hasIt: true }]],
  )
  assert.deepEqual(
    steps.map(({ step, by }) => `${step} ${by}`),
    [
      'committed rev',
      'received process',
      'verified process',
      'logged process',
      'projected process',
      'delivered process',
    ],
  )
  const times = steps.map(({ atMs }) => atMs!)
  // The clock of the machine counts whole milliseconds where a frame arrives.
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
    'one after the other',
  )
  assert.ok(Date.now() - times[0]! < COMMITTED_MS_AGO_MAX)

  let state: OpsState
  await waitUntil(
    'the figures moved',
    server,
    async () => {
      state = await ask<OpsState>('state')
      return state.stages.every(({ history, p99 }) => history.some((count) => count > 0) && p99 !== undefined)
    },
    WITHIN_MS,
  )
  assert.equal(state!.ingest, 'here')
  assert.deepEqual([state!.objective.current, state!.objective.budgetLeft], [1, 1])
  assert.deepEqual(
    state!.hosts.map(({ url, connected }) => [url, connected]),
    [[host.url, true]],
  )
  assert.equal(state!.engine.isUp, true)
  assert.ok(state!.threads.some(({ name }) => name === 'main'))
})

test('what was refused is counted by its reason, with samples of it', async () => {
  const { event } = checkin(dids[0]!)
  await host.emit({
    ...event,
    kind: 'commit',
    writes: [
      {
        action: 'create',
        collection: 'app.waypost.checkin',
        rkey: tidFrom(micros + 1, 0),
        record: { $type: 'app.waypost.checkin', createdAt: 'never' },
      },
    ],
  } as HostEvent)
  let refused: OpsState['refusals'][number] | undefined
  await waitUntil(
    'it is refused',
    server,
    async () =>
      (refused = (await ask<OpsState>('state')).refusals.find(({ reason }) => reason === 'record-invalid')) !==
      undefined,
    WITHIN_MS,
  )
  assert.deepEqual([refused!.total, refused!.samples[0]?.host, refused!.samples[0]?.did], [1, host.url, dids[0]])
})

test('after a restart the log still says where an older one is and when it came', async () => {
  const { event, uri } = checkin(dids[1]!)
  await host.emit(event)
  await waitUntil('it is shown', server, async () => (await follow(uri)).isVisible, WITHIN_MS)
  await server.stop()
  server = startServerProcess(settings)
  await isReady()
  const { isVisible, logged, steps } = await follow(uri)
  assert.equal(isVisible, true)
  assert.ok(logged!.position < POSITIONS_HELD)
  assert.deepEqual(
    steps.flatMap(({ step, by }) => (by === undefined ? [] : [`${step} ${by}`])),
    ['committed rev', 'logged log'],
  )
  const nowhere = await follow(uri.replace(/.$/, (last) => (last === '2' ? '3' : '2')))
  assert.deepEqual([nowhere.isVisible, nowhere.logged, nowhere.replicas[0]?.hasIt], [false, undefined, false])
  const odd = await fetch(`${server.url}/ops/api/checkin?uri=nonsense`, { headers: { cookie } })
  assert.equal(odd.status, 400)
})

test('without a password there is no page, which says how to have one; on a machine of its own it is told', async () => {
  await server.stop()
  const { WAYPOST_OPS_PASSWORD: _, ...without } = settings
  const { WAYPOST_SANDBOX: __, ...open } = without
  server = startServerProcess({ ...open, WAYPOST_HOSTS: '' })
  await isReady()
  const off = await fetch(`${server.url}/ops/api/state`)
  assert.equal(off.status, 404)
  assert.match(((await off.json()) as { message: string }).message, /WAYPOST_OPS_PASSWORD/)
  assert.equal((await signIn('')).status, 404)
  assert.doesNotMatch(server.output(), /password/)
  await server.stop()

  server = startServerProcess(without)
  await isReady()
  const told = /The operator's page is \S+\/ops; its password is (\S{16})\n/.exec(server.output())?.[1]
  assert.equal((await signIn(told)).status, 200)
})

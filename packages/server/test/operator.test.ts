/** What an operator sees of a real server, in a process of its own: who may look, live figures, one check-in's way. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { FollowedCheckin, OpsState } from '@waypost/lexicon/ops-state'
import { POSITIONS_HELD } from '#log/journeys.ts'
import { LiveReader } from './kit/live-reader.ts'
import { openOperatedServer, OPERATOR_PASSWORD as PASSWORD, type OperatedServer } from './kit/operated-server.ts'
import { waitUntil, type ServerProcess } from './kill9-process.ts'

const COMMITTED_MS_AGO_MAX = 60_000

let operated: OperatedServer
let server: ServerProcess

before(async () => {
  operated = await openOperatedServer('operator', { people: 2 })
  server = await operated.begin()
})

after(() => operated?.[Symbol.asyncDispose]())

function signIn(password: unknown, headers?: Record<string, string>): Promise<Response> {
  return operated.post('sign-in', { password }, headers)
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
  await operated.host.emit(operated.checkin(operated.people[0]!).event)
  await waitUntil('it is shown live', server, () => reader.events.length === 1)
  const { event, uri } = operated.checkin(operated.people[0]!)
  await operated.host.emit(event)
  await waitUntil('it is shown live', server, () => reader.events.length === 2)
  reader.close()

  const { isVisible, logged, steps, replicas } = await follow(uri)
  assert.equal(isVisible, true)
  assert.deepEqual(
    [logged?.kind, logged?.host, replicas],
    ['commit', operated.host.url, [{ id: '', isSelf: true, hasIt: true }]],
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
  await waitUntil('the figures moved', server, async () => {
    state = await ask<OpsState>('state')
    return state.stages.every(({ history, p99 }) => history.some((count) => count > 0) && p99 !== undefined)
  })
  assert.equal(state!.ingest, 'here')
  assert.deepEqual([state!.objective.current, state!.objective.budgetLeft], [1, 1])
  assert.deepEqual(
    state!.hosts.map(({ url, connected }) => [url, connected]),
    [[operated.host.url, true]],
  )
  assert.equal(state!.engine.isUp, true)
  assert.ok(state!.threads.some(({ name }) => name === 'main'))
})

test('what was refused is counted by its reason, with samples of it', async () => {
  await operated.host.emit(operated.checkin(operated.people[0]!, { createdAt: 'never' }).event)
  let refused: OpsState['refusals'][number] | undefined
  await waitUntil(
    'it is refused',
    server,
    async () =>
      (refused = (await ask<OpsState>('state')).refusals.find(({ reason }) => reason === 'record-invalid')) !==
      undefined,
  )
  assert.deepEqual(
    [refused!.total, refused!.samples[0]?.host, refused!.samples[0]?.did],
    [1, operated.host.url, operated.people[0]],
  )
})

test('after a restart the log still says where an older one is and when it came', async () => {
  const { event, uri } = operated.checkin(operated.people[1]!)
  await operated.host.emit(event)
  await waitUntil('it is shown', server, async () => (await follow(uri)).isVisible)
  await server.stop()
  server = await operated.begin()
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
  const { WAYPOST_OPS_PASSWORD: _, ...without } = operated.settings
  const { WAYPOST_SANDBOX: __, ...open } = without
  server = await operated.begin({ ...open, WAYPOST_HOSTS: '' })
  const off = await fetch(`${server.url}/ops/api/state`)
  assert.equal(off.status, 404)
  assert.match(((await off.json()) as { message: string }).message, /WAYPOST_OPS_PASSWORD/)
  assert.equal((await signIn('')).status, 404)
  assert.doesNotMatch(server.output(), /password/)
  await server.stop()

  server = await operated.begin(without)
  const told = /The operator's page is \S+\/ops; its password is (\S{16})\n/.exec(server.output())?.[1]
  assert.equal((await signIn(told)).status, 200)
})

/** A real server whose budget is spent, in a process of its own: what it leaves out, that the ingest pauses, and that nothing is lost. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { realWorld } from '@waypost/kernel'
import type { FakeHost } from '@waypost/load'
import type { OpsState } from '@waypost/lexicon/ops-state'
import { LiveReader } from './kit/live-reader.ts'
import { openOperatedServer, OPERATOR_PASSWORD, type OperatedServer } from './kit/operated-server.ts'
import { runWaypost, waitUntil, type ServerProcess, type Settings } from './kill9-process.ts'

/** What is kept is so old at most. */
const KEPT_WITHIN_MS = 15_000
const GIB = 1_024 ** 3
/** So much that a few answers are no step. */
const EGRESS_BYTES = 12_000_000
const MEASURED_WITHIN_MS = 1_200
const METRICS = '/metrics'

let operated: OperatedServer
let host: FakeHost
let server: ServerProcess
let settings: Settings
let cookie = ''
const made: string[] = []

const budgetOf = (egressBytes: number) => JSON.stringify({ limits: { egressGib: { month: egressBytes / GIB } } })

before(async () => {
  operated = await openOperatedServer('budget', { people: 3, settings: { WAYPOST_BUDGET: budgetOf(EGRESS_BYTES) } })
  ;({ host, settings } = operated)
  server = await operated.begin()
  cookie = (await post('sign-in', { password: OPERATOR_PASSWORD })).headers.get('set-cookie')!.split(';')[0]!
})

after(() => operated?.[Symbol.asyncDispose]())

function post(path: string, body: object, headers: Record<string, string> = { origin: server.url }): Promise<Response> {
  return operated.post(path, body, { cookie, ...headers })
}

async function budget(): Promise<OpsState['budget']> {
  const answer = await fetch(`${server.url}/ops/api/state`, { headers: { cookie } })
  return ((await answer.json()) as OpsState).budget
}

async function shed(): Promise<readonly string[]> {
  return (await budget()).steps.filter(({ isShed }) => isShed).map(({ name }) => name)
}

/** Asks for as much as brings the worst limit to this share, and waits until that is measured. */
async function useUpTo(share: number): Promise<void> {
  let used = (await budget()).limits[0]!.share
  while (used < share) {
    for (let missing = (share - used) * EGRESS_BYTES; missing > 0;) {
      const answer = await fetch(server.url + METRICS, { headers: { 'accept-encoding': 'identity' } })
      missing -= (await answer.text()).length
    }
    await realWorld().timers.sleep(MEASURED_WITHIN_MS)
    used = (await budget()).limits[0]!.share
  }
}

async function checkIn(count: number): Promise<void> {
  const { people, checkin } = operated
  for (let each = 0; each < count; each++) {
    const { event, uri } = checkin(people[each % people.length]!)
    await host.emit(event)
    made.push(uri)
  }
}

async function feed(): Promise<readonly string[]> {
  const answer = await fetch(`${server.url}/xrpc/app.waypost.feed.getGlobal?limit=100`)
  return ((await answer.json()) as { feed: { uri: string }[] }).feed.map(({ uri }) => uri)
}

function allAreShown(): Promise<void> {
  return waitUntil('all are shown', server, async () => (await feed()).length >= made.length)
}

async function eachIsShownOnce(): Promise<void> {
  await allAreShown()
  assert.deepEqual((await feed()).toSorted(), made.toSorted())
}

const search = () => fetch(`${server.url}/xrpc/app.waypost.feed.searchCheckins?q=corner`)

test('within its limits it does all, and says what that costs', async () => {
  await checkIn(3)
  await eachIsShownOnce()
  assert.equal((await search()).status, 200)
  await waitUntil('the check-ins are counted', server, async () => (await budget()).month.checkins === 3)
  const { limits, month, steps, prices } = await budget()
  assert.deepEqual(
    limits.map(({ resource, per, of }) => [resource, per, Math.round(of)]),
    [['egress', 'month', EGRESS_BYTES]],
  )
  assert.equal(month.people, 3)
  assert.ok(month.perMillionCheckins! > 0 && month.perThousandPeople! > 0)
  assert.deepEqual(
    steps.map(({ name, isShed }) => [name, isShed]),
    ['images', 'search', 'backfills', 'live', 'ingest'].map((name) => [name, false]),
  )
  assert.match(prices.name, /of no provider/)
  const info = (await (await fetch(`${server.url}/xrpc/app.waypost.server.getInfo`)).json()) as { shed?: unknown }
  assert.equal(info.shed, undefined)
})

test('what is shed is refused politely, in its order, and followers are sent away', async () => {
  const reader = new LiveReader()
  await reader.follow(server.url)
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/xrpc/app.waypost.feed.subscribe`)
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await useUpTo(1.05)
  assert.deepEqual(await shed(), ['images', 'search'])
  const refused = await search()
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '3600'])
  assert.equal(((await refused.json()) as { error: string }).error, 'BudgetExceeded')
  const picture = await fetch(
    `${server.url}/img/thumb/${operated.people[0]}/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku`,
  )
  assert.equal(picture.status, 404, 'what is not shown is not there, as ever')
  assert.equal(socket.readyState, WebSocket.OPEN, 'live is further on')
  await useUpTo(1.15)
  assert.equal(await closed, 1013)
  const late = await fetch(`${server.url}/live`)
  assert.deepEqual([late.status, late.headers.get('retry-after')], [503, '3600'])
  const upgrade = await new Promise<number | undefined>((resolve) => {
    const another = new WebSocket(`${server.url.replace('http', 'ws')}/xrpc/app.waypost.feed.subscribe`)
    another.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode))
    another.on('error', () => {})
  })
  assert.equal(upgrade, 503)
  const info = (await (await fetch(`${server.url}/xrpc/app.waypost.server.getInfo`)).json()) as { shed?: unknown }
  assert.deepEqual(info.shed, ['images', 'search', 'live'])
  await checkIn(1)
  await eachIsShownOnce()
  reader.close()
})

test('at the hard limit the ingest pauses; an override has it go on, and no event is lost', async () => {
  await useUpTo(1.2)
  await waitUntil('the host is left', server, () => host.readers.count === 0)
  const before = made.length
  await checkIn(20)
  assert.equal((await feed()).length, before, 'reads go on, with nothing new')
  assert.equal((await post('budget', { hours: 1 }, { origin: 'https://elsewhere.example' })).status, 403)
  assert.equal((await post('budget', { hours: 1 }, { origin: server.url, cookie: '' })).status, 401)
  for (const hours of [-1, 169, '1', undefined]) assert.equal((await post('budget', { hours })).status, 400)
  assert.equal(host.readers.count, 0)
  assert.equal((await post('budget', { hours: 1 })).status, 200)
  await eachIsShownOnce()
  assert.deepEqual(await shed(), [])
  assert.match(server.output(), /an operator passes over the budget/)
  assert.equal((await search()).status, 200)
})

test('the command says how it stands and passes over it too, also while the ingest is paused', async () => {
  assert.match(
    runWaypost(settings, 'budget', '--override', '0'),
    /^Left out: images, search, backfills, live, ingest\.$/m,
  )
  await waitUntil('the host is left', server, () => host.readers.count === 0)
  assert.throws(() => runWaypost(settings, 'backfill', '--host', host.url), /The ingest is paused/)
  assert.match(runWaypost(settings, 'reports'), /Nobody reported anything/)
  assert.match(runWaypost(settings, 'budget', '--override', '0.5'), /^Passed over until /m)
  await waitUntil('the host is read again', server, () => host.readers.count === 1)
  runWaypost(settings, 'budget', '--override', '0')
  await waitUntil('the host is left', server, () => host.readers.count === 0)
  assert.throws(() => runWaypost(settings, 'budget', '--override', 'long'), /is not a number of hours/)
})

test('a kill -9 does not begin the month anew: it is paused again, and a limit that is raised takes in what waits', async () => {
  await waitUntil(
    'the use is kept',
    server,
    () => {
      const kept = JSON.parse(readFileSync(join(operated.folder, 'budget-used.json'), 'utf8')) as {
        month: { counts: { egressBytes: number } }
        override?: unknown
      }
      return kept.month.counts.egressBytes >= EGRESS_BYTES * 1.2 && kept.override === undefined
    },
    KEPT_WITHIN_MS,
  )
  await checkIn(5)
  await server.kill()
  await checkIn(5)
  server = await operated.begin()
  assert.deepEqual(await shed(), ['images', 'search', 'backfills', 'live', 'ingest'])
  await checkIn(5)
  assert.equal(host.readers.count, 0)
  assert.equal((await feed()).length, made.length - 15)
  await server.stop()
  server = await operated.begin({ ...settings, WAYPOST_BUDGET: budgetOf(EGRESS_BYTES * 100) })
  await eachIsShownOnce()
  assert.deepEqual(await shed(), [])
})

test('a budget that cannot be meant refuses the start, and says where', () => {
  const odd = { ...settings, WAYPOST_BUDGET: '{"limits":{"egress":{"day":1}},"hardAt":0.5}' }
  assert.throws(
    () => runWaypost(odd, 'serve'),
    /WAYPOST_BUDGET: limits\.egress: is unknown here.*\n.*WAYPOST_BUDGET: hardAt: 0\.5 is not a share/,
  )
})

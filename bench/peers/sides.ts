import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openEmbeddedEngine } from '@waypost/engine'
import { realWorld, type Handle } from '@waypost/kernel'
import pg from 'pg'
import { createSessions } from '../../packages/server/src/serve/session/sessions.ts'
import { startServerProcess, waitUntil } from '../../packages/server/test/kill9-process.ts'
import { freePort } from '../../tools/free-port.ts'
import { parseMetrics, sumOf } from '../../tools/load/metrics.ts'
import type { Request } from '../feeds/load.ts'
import type { BskyOrder, BskySettings, BskyWord } from './bsky-child.ts'
import { installBsky } from './bsky-install.ts'
import { startTeller, type Network, type Saying, type Teller, type Telling } from './material.ts'
import { startPostgres, temporaryFolder } from './servers.ts'

/** A server of either kind with the host that it follows. Disposing ends both. */
export interface Side extends AsyncDisposable {
  readonly name: Telling
  readonly teller: Teller
  readonly port: number
  /** Its processes, of each family the first. */
  readonly pids: readonly number[]
  /** Who a token has to be for, and for which method. */
  readonly service: { readonly did: string; readonly timeline: string }
  /** Whether everybody's account, profile and follows are taken in. */
  isOpen(): Promise<boolean>
  /** Posts or check-ins that it has taken in. */
  indexed(): Promise<number>
  /** Until nothing that follows from them is still to be done. */
  settle(): Promise<void>
  /** A read of this one record by whoever; it says no, or has nothing in it, until the record is there. */
  lookUp(saying: Saying): { readonly path: string; isThere(answer: { status: number; body: string }): boolean }
  /** A page of 50 of somebody's timeline, by whom they are in the cheapest way that there is. */
  timeline(person: number): Request
  /** What is said in a page, in order. */
  textsIn(body: string): readonly string[]
  /** After much was written, before it is read: what operators have the database do at night. */
  tidy(): Promise<void>
}

const READY_MS_MAX = 120_000
const PASSWORD = 'bench-only'
const BSKY_DID = 'did:web:bsky.example'
const WAYPOST_DID = 'did:web:waypost.example'
const SCHEMA = 'appview'
/** As Debian ships it: durable at each commit. */
const AS_SHIPPED = ['shared_buffers=128MB']
/** More than a timer of ours takes to get round to something. */
const REST_MS = 200

export async function startWaypost(network: Network): Promise<Side> {
  const { people } = network
  await using opened = new AsyncDisposableStack()
  const { path: folder } = opened.use(temporaryFolder('bench'))
  const cookies: string[] = []
  {
    await using engine = await openEmbeddedEngine({ folder, world: realWorld() })
    const sessions = createSessions(realWorld(), engine.keyValue)
    for (const { did, handle } of people) cookies.push(await sessions.begin({ did, handle: handle as Handle }))
  }
  const teller = opened.use(await startTeller('waypost', network))
  const server = opened.use(
    startServerProcess({
      WAYPOST_DATA: folder,
      WAYPOST_PORT: String(await freePort()),
      WAYPOST_HOSTS: teller.host.url,
      WAYPOST_PLC_URL: teller.directoryUrl,
      WAYPOST_SANDBOX: teller.host.url,
      WAYPOST_SERVICE_DID: WAYPOST_DID,
      WAYPOST_LOG_LEVEL: 'warn',
    }),
  )
  const isReady = async (): Promise<boolean> => (await fetch(`${server.url}/health/ready`)).ok
  await waitUntil('waypost is ready', server, isReady, READY_MS_MAX)
  const running = opened.move()
  return {
    name: 'waypost',
    teller,
    port: Number(new URL(server.url).port),
    pids: [server.pid],
    service: { did: WAYPOST_DID, timeline: 'app.waypost.feed.getTimeline' },
    // The two events of a person are that the account is there, and the commit.
    async isOpen() {
      const metrics = parseMetrics(await (await fetch(`${server.url}/metrics`)).text())
      return sumOf(metrics, 'waypost_project_events_total') >= 2 * people.length
    },
    async indexed() {
      const answer = await fetch(`${server.url}/xrpc/app.waypost.server.getInfo`)
      return ((await answer.json()) as { checkinCount: number }).checkinCount
    },
    // All that follows from a check-in is in the transaction that shows it.
    settle: () => new Promise((resolve) => setTimeout(resolve, REST_MS)),
    lookUp: (saying) => ({
      path: `/xrpc/app.waypost.feed.getCheckin?uri=${encodeURIComponent(teller.addressOf(saying))}`,
      isThere: ({ status }) => status === 200,
    }),
    timeline: (person) => ({
      path: '/xrpc/app.waypost.feed.getTimeline?limit=50',
      headers: { cookie: `waypost=${cookies[person]}` },
    }),
    textsIn: (body) => (JSON.parse(body) as { feed: { text: string }[] }).feed.map(({ text }) => text),
    async tidy() {},
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Undefined, said in one line, where the package or PostgreSQL cannot be had. */
export async function startBsky(network: Network, note: (line: string) => void): Promise<Side | undefined> {
  const { people, follows } = network
  const program = installBsky(note)
  if (program === undefined) return undefined
  await using opened = new AsyncDisposableStack()
  const postgres = await startPostgres(note, { isSpatial: false, settings: AS_SHIPPED })
  if (postgres === undefined) return undefined
  opened.use(postgres)
  const teller = opened.use(await startTeller('bsky', network))
  const port = await freePort()
  const postgresUrl = `postgres://postgres@127.0.0.1:${postgres.port}/postgres`
  const child = opened.use(
    await startChild({
      program,
      port,
      dataplanePort: await freePort(),
      postgresUrl,
      schema: SCHEMA,
      plcUrl: teller.directoryUrl,
      hostUrl: teller.host.url,
      serviceDid: BSKY_DID,
      adminPassword: PASSWORD,
    }),
  )
  const database = new pg.Client(postgresUrl)
  await database.connect()
  opened.defer(() => database.end())
  const count = async (table: string): Promise<number> => {
    const { rows } = await database.query<{ count: string }>(`select count(*) from ${SCHEMA}.${table}`)
    return Number(rows[0]!.count)
  }
  const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`
  const running = opened.move()
  return {
    name: 'bsky',
    teller,
    port,
    pids: [child.pid, postgres.pid],
    service: { did: BSKY_DID, timeline: 'app.bsky.feed.getTimeline' },
    isOpen: async () => (await count('profile')) === people.length && (await count('follow')) === follows.flat().length,
    indexed: () => count('post'),
    settle: () => child.settle(),
    lookUp: (saying) => ({
      path: `/xrpc/app.bsky.feed.getPosts?uris=${encodeURIComponent(teller.addressOf(saying))}`,
      isThere: ({ body }) => body.includes('"uri"'),
    }),
    timeline: (person) => ({
      path: '/xrpc/app.bsky.feed.getTimeline?limit=50',
      headers: { authorization, 'appview-as-did': people[person]!.did },
    }),
    textsIn: (body) =>
      (JSON.parse(body) as { feed: { post: { record: { text: string } } }[] }).feed.map(({ post }) => post.record.text),
    tidy: async () => void (await database.query('vacuum analyze')),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

interface BskyChild extends AsyncDisposable {
  readonly pid: number
  settle(): Promise<void>
}

async function startChild(settings: BskySettings): Promise<BskyChild> {
  const program = fileURLToPath(new URL('bsky-child.ts', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr!.on('data', (bytes) => (said += String(bytes)))
  const ended = once(child, 'exit')
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))

  async function word(expected: BskyWord): Promise<void> {
    const timeout = AbortSignal.timeout(READY_MS_MAX)
    const heard = (async () => {
      for (;;) if (((await once(child, 'message', { signal: timeout })) as [BskyWord])[0] === expected) return
    })()
    const gone = ended.then(() => {
      throw new Error(`the AppView has ended: ${said.slice(-4_000)}`)
    })
    await Promise.race([heard, gone])
  }

  const dispose = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  }
  try {
    await word('ready')
  } catch (fault) {
    await dispose()
    throw fault
  }
  return {
    pid: child.pid!,
    async settle() {
      const settled = word('settled')
      child.send('settle' satisfies BskyOrder)
      await settled
    },
    [Symbol.asyncDispose]: dispose,
  }
}

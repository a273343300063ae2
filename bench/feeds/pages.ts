import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import Database from 'better-sqlite3'
import { openEmbeddedEngine } from '@waypost/engine'
import { realWorld, type Handle } from '@waypost/kernel'
import { openEventLog } from '../../packages/server/src/log/event-log.ts'
import { rebuild } from '../../packages/server/src/project/rebuild.ts'
import { createSessions } from '../../packages/server/src/serve/session/sessions.ts'
import { startServerProcess, waitUntil } from '../../packages/server/test/kill9-process.ts'
import { freePort } from '../../tools/free-port.ts'
import { SCHEMA } from '../peers/fastify-pages.ts'
import { cpuSeconds } from '../proc.ts'
import { ahead } from '../ahead.ts'
import type { BenchOptions, Figure } from '../main.ts'
import { ask, load, type Request } from './load.ts'
import { appendNetwork, didOf, makeNetwork, WHOLE, type Network } from './network.ts'

/**
 * Pages of 50 check-ins over HTTP: the whole server, as `waypost serve` starts it, beside Fastify with better-sqlite3,
 * which joins the same page and stringifies it. Each in a process of its own and charged for its CPU time, asked by this
 * one over connections that stay open, by turns in one run. Timelines are asked for with the cookies of people who
 * signed in; the peer asks nobody who they are. Each question is asked again and again, so that most pages are held;
 * How long the slowest take is measured while both are asked at one pace, half of what the peer can answer.
 * `timeline_unheld_vs_fastify` asks each with a parameter that was never there before, so that none is.
 */

/** Of the whole network: a page costs what it shows, and a server starts sooner with less to read in. */
const FULL = 1 / 5
const SMALL = 1 / 40
/** Slow questions are looked for while both are asked as often: so much of what the peer answers at most. */
const PACE = 0.5
const ASKERS = 200
/** Places, people and circles that are asked for. */
const ASKED = 50
const RADIUS_M = 1_000
const READY_MS_MAX = 120_000
const FEED = '/xrpc/app.waypost.feed.'

type Kind = 'timeline' | 'timeline_unheld' | 'global' | 'nearby' | 'place' | 'person'

type Name = 'ours' | 'theirs'

/** What is asked of ours and of the peer, the one like the other. */
type Questions = Readonly<Record<Name, readonly Request[]>>

interface Side {
  readonly port: number
  readonly pid: number
}

interface Round {
  readonly perSecond: number
  readonly bytes: number
  readonly p99: number
}

export async function pages({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  const part = full ? FULL : SMALL
  const network = makeNetwork({
    people: Math.round(WHOLE.people * part),
    checkins: Math.round(WHOLE.checkins * part),
    follows: Math.round(WHOLE.follows * part),
  })
  const cookies = await prepareData(network, folder)
  const server = opened.use(
    startServerProcess({
      WAYPOST_DATA: folder,
      WAYPOST_PORT: String(await freePort()),
      WAYPOST_LOG_LEVEL: 'warn',
      WAYPOST_CHECK_THREADS: '0',
    }),
  )
  await waitUntil(
    'the server is ready',
    server,
    async () => (await fetch(`${server.url}/health/ready`)).ok,
    READY_MS_MAX,
  )
  const ours: Side = { port: Number(new URL(server.url).port), pid: server.pid }
  const file = join(folder, 'peer.sqlite')
  const questions = await questionsOf(network, cookies, { port: ours.port, file })
  const theirs = await startPeer(file, opened)
  note(`pages: ${await compare(questions, { ours, theirs })} pages are the same`)

  using _ahead = ahead(note)
  const figures: Figure[] = []
  for (const [kind, asked] of questions) {
    const measured = await measure(asked, { ours, theirs }, planOf(kind, full))
    note(
      `pages: ${kind} ${Math.round(measured.ours.perSecond)} a CPU second, p99 ${measured.ours.p99.toFixed(1)} ms; ` +
        `Fastify ${Math.round(measured.theirs.perSecond)}, ${measured.theirs.p99.toFixed(1)} ms`,
    )
    figures.push(...figuresOf(kind, measured))
  }
  return figures
}

interface Plan {
  readonly rounds: number
  /** Of CPU time of whoever answers, for each round. */
  readonly seconds: number
}

function planOf(kind: Kind, full: boolean): Plan {
  const seconds = (full ? 1 : 0.4) * (kind === 'timeline' ? 1 : 0.5)
  return { seconds, rounds: full ? 6 : kind === 'timeline' ? 5 : 2 }
}

/** By turns, after a round that warms up; medians. */
async function measure(
  questions: Questions,
  sides: Readonly<Record<Name, Side>>,
  { rounds, seconds }: Plan,
): Promise<Readonly<Record<Name, Round>>> {
  const all = { ours: [] as Round[], theirs: [] as Round[] }
  const guess = { ours: 6_000, theirs: 3_000 }
  for (let nth = 0; nth <= rounds; nth++) {
    for (const name of nth % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const)) {
      const { port, pid } = sides[name]
      const number = Math.round(guess[name] * (nth === 0 ? seconds / 2 : seconds))
      const before = cpuSeconds(pid)
      const { bytes } = await load(port, questions[name], { count: number })
      const perSecond = number / (cpuSeconds(pid) - before)
      guess[name] = perSecond
      const pace = guess.theirs * PACE
      const { p99 } = await load(port, questions[name], { count: Math.round(pace * seconds), perSecond: pace })
      if (nth > 0) all[name].push({ perSecond, p99, bytes })
    }
  }
  const middle = (some: readonly Round[]): Round => ({
    perSecond: median(some.map(({ perSecond }) => perSecond)),
    p99: median(some.map(({ p99 }) => p99)),
    bytes: median(some.map(({ bytes }) => bytes)),
  })
  return { ours: middle(all.ours), theirs: middle(all.theirs) }
}

function figuresOf(kind: Kind, { ours, theirs }: Readonly<Record<Name, Round>>): readonly Figure[] {
  const ratio = { name: `${kind}_vs_fastify`, value: ours.perSecond / theirs.perSecond, unit: '×' }
  if (kind === 'timeline_unheld') return [ratio]
  if (kind !== 'timeline') return [{ ...ratio, goal: '≥ 4' }]
  return [
    { ...ratio, goal: '≥ 4' },
    { name: 'timeline_p99_vs_fastify', value: ours.p99 / theirs.p99, unit: '×', goal: '≤ 0.5' },
    { name: 'timeline_per_s', value: ours.perSecond, unit: 'pages a CPU second' },
    { name: 'timeline_page_bytes', value: ours.bytes, unit: 'bytes, head included' },
  ]
}

/** The log, the read model and people who are signed in. */
async function prepareData(network: Network, folder: string): Promise<readonly string[]> {
  await using engine = await openEmbeddedEngine({ folder, world: realWorld() })
  const eventLog = openEventLog(engine.log, realWorld())
  await appendNetwork(network, eventLog)
  await rebuild({ eventLog, folder })
  const sessions = createSessions(realWorld(), engine.keyValue)
  return Promise.all(
    Array.from({ length: ASKERS }, (_, nth) =>
      sessions.begin({ did: didOf(nth), handle: `person${nth}.example` as Handle }),
    ),
  )
}

async function startPeer(file: string, opened: AsyncDisposableStack): Promise<Side> {
  const port = await freePort()
  const program = fileURLToPath(new URL('../peers/fastify-pages.ts', import.meta.url))
  const child = spawn(process.execPath, [program, file, String(port)], { stdio: 'inherit' })
  opened.defer(async () => {
    const ended = once(child, 'exit')
    child.kill()
    await ended
  })
  for (let tries = 0; ; tries++) {
    const isUp = await fetch(`http://127.0.0.1:${port}/global`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (isUp) return { port, pid: child.pid! }
    if (tries > 100) throw new Error('the peer did not start')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

interface Item {
  readonly uri: string
  readonly cid: string
  readonly author: { readonly did: string; readonly handle: string }
  readonly place: {
    readonly id: string
    readonly name: string
    readonly category: string
    readonly geo: Geo
    readonly address: { readonly country: string }
  }
  readonly text?: string
  readonly createdAt: string
  readonly sortAt: string
  readonly likeCount: number
  readonly commentCount: number
  readonly record: { readonly langs?: readonly string[] }
}

interface Geo {
  readonly latitude: string
  readonly longitude: string
}

/** Questions with a whole page for an answer, and the peer's file with what those pages show. */
async function questionsOf(
  network: Network,
  cookies: readonly string[],
  { port, file }: { readonly port: number; readonly file: string },
): Promise<ReadonlyMap<Kind, Questions>> {
  const peer = openPeerFile(file)
  const made = new Map<Kind, { ours: Request[]; theirs: Request[] }>()
  const kinds: Kind[] = ['timeline', 'timeline_unheld', 'global', 'nearby', 'place', 'person']
  for (const kind of kinds) made.set(kind, { ours: [], theirs: [] })
  /** Keeps the question where it has a whole page. */
  async function consider(
    kind: Kind,
    ours: Request,
    theirs: string,
    keep: (feed: readonly Item[]) => void,
  ): Promise<void> {
    const { feed } = JSON.parse((await ask(port, { ...ours, path: `${ours.path}&limit=100` })).body) as { feed: Item[] }
    if (feed.length <= 50) return
    keep(feed)
    made.get(kind)!.ours.push({ ...ours, path: `${ours.path}&limit=50` })
    made.get(kind)!.theirs.push({ path: theirs, headers: {} })
  }
  const nobody = {}
  for (const [nth, cookie] of cookies.entries()) {
    const path = `${FEED}getTimeline?of=me`
    await consider('timeline', { path, headers: { cookie: `waypost=${cookie}` } }, `/timeline?of=${nth}`, (feed) =>
      peer.addTimeline(nth, feed),
    )
  }
  await consider('global', { path: `${FEED}getGlobal?of=all`, headers: nobody }, '/global', peer.add)
  const busy = (of: Uint32Array, count: number): readonly number[] => {
    const counts = new Map<number, number>()
    for (const one of of) counts.set(one, (counts.get(one) ?? 0) + 1)
    return [...counts]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, count)
      .map(([one]) => one)
  }
  for (const person of busy(network.checkins.person, ASKED)) {
    const did = didOf(person)
    await consider('person', { path: `${FEED}getActor?actor=${did}`, headers: nobody }, `/person?of=${did}`, peer.add)
  }
  for (const place of busy(network.checkins.place, ASKED)) {
    const id = `osm:node/${place + 1}`
    await consider('place', { path: `${FEED}getPlace?place=${id}`, headers: nobody }, `/place?of=${id}`, peer.add)
    const [lat, lon] = [network.places.lat[place]!, network.places.lon[place]!]
    const [high, wide] = [RADIUS_M / 111_195, RADIUS_M / 111_195 / Math.cos((lat * Math.PI) / 180)]
    const box = { north: lat + high, south: lat - high, east: lon + wide, west: lon - wide }
    const sides = Object.entries(box)
      .map(([side, at]) => `${side}=${at.toFixed(6)}`)
      .join('&')
    await consider('nearby', { path: `${FEED}getNearby?${sides}`, headers: nobody }, `/nearby?${sides}`, peer.add)
  }
  peer.close()
  const { ours, theirs } = made.get('timeline')!
  let fresh = 0
  const unheld = ours.map(({ path, headers }) => ({
    headers,
    get path() {
      return `${path}&fresh=${++fresh}`
    },
  }))
  made.set('timeline_unheld', { ours: unheld, theirs })
  return made
}

function openPeerFile(file: string) {
  const db = new Database(file)
  db.pragma('journal_mode = OFF')
  db.exec(SCHEMA)
  const idOf = (table: string, key: string, columns: string) => {
    const find = db.prepare<[unknown], number>(`select id from ${table} where ${key} = ?`).pluck()
    const insert = db.prepare(`insert into ${table} (${columns}) values (${columns.replaceAll(/\w+/g, '?')})`)
    return (of: unknown, ...values: readonly unknown[]): number =>
      find.get(of) ?? Number(insert.run(...values).lastInsertRowid)
  }
  const person = idOf('person', 'did', 'did, handle')
  const place = idOf('place', 'key', 'key, osm, name, category, latitude, longitude, country')
  const checkin = idOf(
    'checkin',
    'uri',
    'uri, person, place, sort, cid, text, lang, created_at, sort_at, like_count, comment_count',
  )
  const point = db.prepare('insert or ignore into point values (?, ?, ?, ?, ?)')
  const timeline = db.prepare('insert into timeline values (?, ?, ?)')
  function put(item: Item): number {
    const { uri, cid, author, place: at, text, createdAt, sortAt, likeCount, commentCount, record } = item
    const { latitude, longitude } = at.geo
    const by = person(author.did, author.did, author.handle)
    const where = place(
      at.id,
      at.id,
      at.id.split('/')[1],
      at.name,
      at.category,
      latitude,
      longitude,
      at.address.country,
    )
    const id = checkin(
      uri,
      uri,
      by,
      where,
      Date.parse(sortAt),
      cid,
      text ?? null,
      record.langs?.[0] ?? null,
      createdAt,
      sortAt,
      likeCount,
      commentCount,
    )
    point.run(id, Number(latitude), Number(latitude), Number(longitude), Number(longitude))
    return id
  }
  return {
    add: (feed: readonly Item[]) => db.transaction(() => feed.map(put))(),
    addTimeline: (of: number, feed: readonly Item[]) =>
      db.transaction(() => feed.forEach((item) => timeline.run(of, Date.parse(item.sortAt), put(item))))(),
    close: () => db.close(),
  }
}

/** The same check-ins, whatever the order of what is said of them. */
async function compare(
  questions: ReadonlyMap<Kind, Questions>,
  { ours, theirs }: { readonly ours: Side; readonly theirs: Side },
): Promise<number> {
  let compared = 0
  for (const [kind, { ours: mine, theirs: peers }] of questions) {
    for (let nth = 0; nth < mine.length; nth += Math.ceil(mine.length / 5)) {
      const [one, other] = [await ask(ours.port, mine[nth]!), await ask(theirs.port, peers[nth]!)]
      const [page, expected] = [one, other].map(({ body }) => JSON.parse(body) as { feed: object[]; cursor?: string })
      if (
        !isDeepStrictEqual(page!.feed, expected!.feed) ||
        (page!.cursor === undefined) !== (expected!.cursor === undefined)
      )
        throw new Error(
          `${kind}: ${JSON.stringify(page).slice(0, 1_500)} is not ${JSON.stringify(expected).slice(0, 1_500)}`,
        )
      compared++
    }
  }
  return compared
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

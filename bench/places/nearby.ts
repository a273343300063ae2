import { around } from 'geokdbush'
import KDBush from 'kdbush'
import pg from 'pg'
import { createClient } from 'redis'
import { distanceMetres } from '../../packages/server/src/project/coordinates.ts'
import { createPointIndex } from '../../packages/server/src/query/points/point-index.ts'
import { startPostgres, startRedis } from '../peers/servers.ts'
import { cpuSeconds } from '../proc.ts'
import type { BenchOptions, Figure } from '../main.ts'

/**
 * The fifty nearest of many points that lie in clusters, asked for near points, while 5,000 more come for each second
 * of CPU time that a subject has used. Each is charged for the CPU time of the process that holds its points: ours and
 * geokdbush for this one, asked in process; Redis and PostgreSQL for theirs, asked by loopback, whose client is free.
 * geokdbush is static: nothing comes there. Redis looks 5 km far and may find fewer.
 */

const POINTS = 1_000_000
const CLUSTERS = 2_000
const COUNT = 50
const INSERTS_A_SECOND = 5_000
const ROUND_S = 0.4
const ROUNDS = 3
const ROUNDS_FULL = 9

interface Point {
  readonly lat: number
  readonly lon: number
}

interface Subject {
  readonly name: string
  /** Answers so many questions and takes so many points; CPU seconds that were used. */
  round(questions: number, inserts: number): Promise<number>
}

export async function nearby({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  const random = dice(7)
  const make = makePoints(random)
  const points = Array.from({ length: POINTS }, make)
  const ask = (): Point => {
    const { lat, lon } = points[Math.floor(random() * points.length)]!
    return { lat: clamp(lat + (random() - 0.5) / 500, 90), lon: clamp(lon + (random() - 0.5) / 500, 180) }
  }
  await using opened = new AsyncDisposableStack()
  const ours = await ourIndex(points, { ask, make })
  note(`nearby: checked against a search through all ${points.length}: ${checkAll(points, ours.find, ask)} questions`)
  const subjects: Subject[] = [ours, staticIndex(points, ask)]
  const redis = await startRedis(note)
  if (redis) subjects.push(await redisIndex(opened.use(redis), points, { ask, make, opened }))
  const postgres = await startPostgres(note)
  if (postgres) subjects.push(await postgisIndex(opened.use(postgres), points, { ask, make, opened }))

  const rates = new Map<string, number[]>(subjects.map(({ name }) => [name, []]))
  const guess = new Map<string, number>(
    subjects.map(({ name }) => [name, name === 'ours' || name === 'geokdbush' ? 20_000 : 3_000]),
  )
  for (let round = 0; round < (full ? ROUNDS_FULL : ROUNDS) + 1; round++) {
    for (const { name, round: run } of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const questions = Math.max(50, Math.round(guess.get(name)! * ROUND_S))
      const seconds = await run(questions, Math.round(INSERTS_A_SECOND * ROUND_S))
      guess.set(name, questions / seconds)
      // The first round warms up.
      if (round > 0) rates.get(name)!.push(questions / seconds)
    }
  }
  const rate = (name: string): number | undefined => {
    const all = rates.get(name)?.toSorted((a, b) => a - b)
    return all && all[all.length >> 1]
  }
  const ourRate = rate('ours')!
  const figures: Figure[] = [
    { name: 'nearby_per_s', value: ourRate, unit: 'questions a CPU second, with inserts' },
    { name: 'nearby_bytes_per_point', value: ours.bytes(), unit: 'bytes' },
  ]
  for (const [name, figure, goal] of [
    ['redis', 'nearby_vs_redis', '≥ 4'],
    ['postgis', 'nearby_vs_postgis', '≥ 8'],
    ['geokdbush', 'nearby_vs_geokdbush', '≥ 0.75'],
  ] as const) {
    const theirs = rate(name)
    if (theirs === undefined) continue
    note(`nearby: ${name} ${Math.round(theirs)} questions a CPU second`)
    figures.push({ name: figure, value: ourRate / theirs, unit: '×', goal })
  }
  return figures
}

function checkAll(points: readonly Point[], find: (at: Point) => readonly number[], ask: () => Point): number {
  const edges: readonly Point[] = [
    { lat: 0, lon: 180 },
    { lat: 0, lon: -180 },
    { lat: 90, lon: 0 },
    { lat: -90, lon: 12 },
  ]
  const asked = [...edges, ...Array.from({ length: 6 }, ask)]
  for (const at of asked) {
    const expected = Float64Array.from(points, (point) => distanceMetres(at, point))
      .sort()
      .slice(0, COUNT)
    const found = find(at)
    if (found.length !== COUNT) throw new Error(`at ${at.lat}, ${at.lon} there are ${found.length}`)
    for (const [nth, metres] of found.entries()) {
      if (Math.abs(metres - expected[nth]!) > 1)
        throw new Error(`at ${at.lat}, ${at.lon} the ${nth}th is ${metres} m away, not ${expected[nth]}`)
    }
  }
  return asked.length
}

interface Dice {
  readonly ask: () => Point
  readonly make: () => Point
}

async function ourIndex(points: readonly Point[], { ask, make }: Dice) {
  const index = createPointIndex()
  points.forEach(({ lat, lon }, id) => index.put(id, lat, lon))
  await index.settled()
  let next = points.length
  return {
    name: 'ours',
    bytes: () => index.bytes / index.size,
    find: (at: Point) => index.nearest(at, { count: COUNT }).map(({ metres }) => metres),
    round: (questions: number, inserts: number) =>
      ownCpu(async () => {
        let due = 0
        for (let n = 0; n < questions; n++) {
          index.nearest(ask(), { count: COUNT })
          for (due += inserts / questions; due >= 1; due--) {
            const { lat, lon } = make()
            index.put(next++, lat, lon)
          }
        }
        await index.settled()
      }),
  }
}

function staticIndex(points: readonly Point[], ask: () => Point): Subject {
  const index = new KDBush(points.length)
  for (const { lat, lon } of points) index.add(lon, lat)
  index.finish()
  return {
    name: 'geokdbush',
    round: (questions) =>
      ownCpu(async () => {
        for (let n = 0; n < questions; n++) {
          const { lat, lon } = ask()
          around(index as never, lon, lat, COUNT)
        }
      }),
  }
}

async function ownCpu(act: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000_000
}

type Opened = Dice & { readonly opened: AsyncDisposableStack }

async function redisIndex(
  peer: { port: number; pid: number },
  points: readonly Point[],
  { ask, make, opened }: Opened,
): Promise<Subject> {
  const client = createClient({ socket: { host: '127.0.0.1', port: peer.port } })
  await client.connect()
  opened.defer(() => client.destroy())
  // Redis knows no poles.
  const add = (id: number, { lat, lon }: Point): string[] => [
    String(lon),
    String(Math.max(-85, Math.min(85, lat))),
    String(id),
  ]
  const PER_COMMAND = 1_000
  for (let at = 0; at < points.length; at += PER_COMMAND) {
    await client.sendCommand([
      'GEOADD',
      'p',
      ...points.slice(at, at + PER_COMMAND).flatMap((point, nth) => add(at + nth, point)),
    ])
  }
  let next = points.length
  const PIPELINED = 64
  return {
    name: 'redis',
    async round(questions, inserts) {
      const before = cpuSeconds(peer.pid)
      let due = 0
      for (let at = 0; at < questions; at += PIPELINED) {
        const commands: string[][] = []
        for (let n = at; n < Math.min(questions, at + PIPELINED); n++) {
          const { lat, lon } = ask()
          commands.push([
            'GEOSEARCH',
            'p',
            'FROMLONLAT',
            String(lon),
            String(Math.max(-85, Math.min(85, lat))),
            'BYRADIUS',
            '5',
            'km',
            'ASC',
            'COUNT',
            String(COUNT),
          ])
          for (due += inserts / questions; due >= 1; due--) commands.push(['GEOADD', 'p', ...add(next++, make())])
        }
        await Promise.all(commands.map((command) => client.sendCommand(command)))
      }
      return cpuSeconds(peer.pid) - before
    },
  }
}

async function postgisIndex(
  peer: { port: number },
  points: readonly Point[],
  { ask, make, opened }: Opened,
): Promise<Subject> {
  const client = new pg.Client({ host: '127.0.0.1', port: peer.port, user: 'postgres', database: 'postgres' })
  await client.connect()
  opened.defer(() => client.end())
  await client.query('create extension postgis')
  await client.query('create table p (id integer primary key, at geometry(Point, 4326))')
  const PER_STATEMENT = 20_000
  const insert = (from: number, some: readonly Point[]) =>
    client.query(
      'insert into p select id, st_setsrid(st_makepoint(lon, lat), 4326) from unnest($1::int[], $2::float8[], $3::float8[]) as t (id, lon, lat)',
      [some.map((_, nth) => from + nth), some.map(({ lon }) => lon), some.map(({ lat }) => lat)],
    )
  for (let at = 0; at < points.length; at += PER_STATEMENT) await insert(at, points.slice(at, at + PER_STATEMENT))
  await client.query('create index on p using gist (at)')
  await client.query('analyze p')
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const { pid } = rows[0]!
  let next = points.length
  return {
    name: 'postgis',
    async round(questions, inserts) {
      const before = cpuSeconds(pid)
      let due = 0
      for (let n = 0; n < questions; n++) {
        const { lat, lon } = ask()
        await client.query({
          name: 'near',
          text: `select id from p order by at <-> st_setsrid(st_makepoint($1, $2), 4326) limit ${COUNT}`,
          values: [lon, lat],
        })
        due += inserts / questions
        if (due < 100) continue
        const some = Array.from({ length: Math.floor(due) }, make)
        await insert(next, some)
        next += some.length
        due -= some.length
      }
      return cpuSeconds(pid) - before
    },
  }
}

function makePoints(random: () => number): () => Point {
  const centres = Array.from({ length: CLUSTERS }, () => ({ lat: random() * 130 - 60, lon: random() * 360 - 180 }))
  const normal = (): number => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random())
  return () => {
    const { lat, lon } = centres[Math.floor(random() * CLUSTERS)]!
    return { lat: clamp(lat + normal() * 0.05, 90), lon: clamp(lon + normal() * 0.05, 180) }
  }
}

function clamp(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value))
}

function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

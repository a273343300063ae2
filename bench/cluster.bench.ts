import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNatsEngine } from '@waypost/engine'
import { realWorld } from '@waypost/kernel'
import { startNatsServers, type NatsServers } from '../packages/engine/test/kit/nats-servers.ts'
import { openEventLog } from '../packages/server/src/log/event-log.ts'
import type { EventLog } from '../packages/server/src/log/log.ts'
import { openReadModel } from '../packages/server/src/project/read-model.ts'
import { rebuild } from '../packages/server/src/project/rebuild.ts'
import { takeSnapshot } from '../packages/server/src/project/snapshot/take.ts'
import type { VerifiedEvent } from '../packages/server/src/verify/event.ts'
import { startServerProcess, waitUntil, type ServerProcess } from '../packages/server/test/kill9-process.ts'
import { startBalancer } from '../tools/balancer.ts'
import { copyBuiltDirectory } from '../tools/built-directory.ts'
import { freePort } from '../tools/free-port.ts'
import { findNatsServer } from '../tools/nats-server.ts'
import { openCpuShares, type CpuShares } from './cluster/cpu-share.ts'
import { after, read, type Reading } from './cluster/reading.ts'
import type { Bench, Figure } from './main.ts'
import { makeMaterial } from './project/material.ts'

const PEOPLE = 300
const PEOPLE_FULL = 20_000
const EVENTS_PER_CALL = 512
/** Of all events: what is in the snapshot, and then what came until the new replica began. */
const IN_SNAPSHOT = 0.78
const SINCE_SNAPSHOT = 0.02
/** What `npm run chaos` is asked for, a second; all of six hours of it is more than a bench can write down. */
const LIVE_PER_S = 500
/** Of one core, for each replica: three of them, the balancer and the readers share what there is. */
const SHARE = 0.1
const READERS_EACH = 6
const ROUNDS = 3
const ROUND_MS = 4_000
const READY_MS_MAX = 600_000
/** Who looks on while another replica catches up: not so many that they are in its way. */
const WATCHERS = 10
const WATCHER_REST_MS = 50
const BEFORE_MS = 5_000

/** Replicas that begin, that are added, and that were away: real processes on one server of NATS. */
export const bench: Bench = {
  about:
    'a new replica until it is ready, reads through the balancer with one and with three replicas, and catching up after six hours',
  async run({ full, note }) {
    const program = findNatsServer()
    if (program === undefined) throw new Error('there is no nats-server 2.15.1 here (NATS_SERVER_PATH names one)')
    const root = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
    try {
      await using opened = new AsyncDisposableStack()
      const nats = opened.use(await startNatsServers(program, { count: 1 }))
      const world = realWorld()
      const { servers, monitors } = nats
      const engine = opened.use(await openNatsEngine({ world, folder: join(root, 'writer'), servers, monitors }))
      const eventLog = openEventLog(engine.log, world)
      const material = await makeMaterial({ people: full ? PEOPLE_FULL : PEOPLE })
      note(material.about)
      const events = material.acts.flatMap((act) => act.events)
      const at = (share: number): number => Math.floor(events.length * share)
      const cuts = [0, at(IN_SNAPSHOT), at(IN_SNAPSHOT + SINCE_SNAPSHOT), events.length]
      const [first, then, missed] = [0, 1, 2].map((nth) => events.slice(cuts[nth], cuts[nth + 1]))
      await append(eventLog, first!)
      await rebuild({ eventLog, folder: join(root, 'writer') })
      {
        using readModel = openReadModel({ folder: join(root, 'writer') })
        await takeSnapshot({ world, readModel, blobs: engine.blobs })
      }
      await append(eventLog, then!)
      note('the log and the snapshot are there')

      const start = async (name: string): Promise<ServerProcess> =>
        opened.use(await startReplica(nats, join(root, name)))
      const began = performance.now()
      const one = await start('one')
      await waitUntilReady(one)
      const readyS = (performance.now() - began) / 1_000
      if (!one.output().includes('"outcome":"loaded"')) throw new Error('the replica did not begin with the snapshot')
      note(`ready after ${readyS.toFixed(1)} s`)
      const figures: Figure[] = [
        { name: 'checkins', value: material.checkins, unit: 'check-ins' },
        { name: 'replica_ready_s', value: readyS, unit: 's', goal: '≤ 60 with 1,000,000' },
      ]

      for (const name of ['two', 'three']) {
        copyBuiltDirectory(join(root, 'one'), join(root, name))
      }
      const [two, three] = [await start('two'), await start('three')]
      for (const each of [two, three]) await waitUntilReady(each)
      const next = pathsOf(first!)
      const replicas = [one, two, three]
      {
        using shares = openCpuShares()
        if (limitAll(shares, replicas, note)) figures.push(...(await readsByReplicas(replicas, { next, note })))
      }

      await three.stop()
      const followed = ['one', 'two'].map((name) => join(root, name))
      const restarted = { folder: join(root, 'three'), start: () => start('three') }
      figures.push(...(await catchUp({ eventLog, missed: missed!, watched: one, followed, restarted, next })))
      return figures
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  },
}

async function append(eventLog: EventLog, events: readonly VerifiedEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += EVENTS_PER_CALL) {
    await eventLog.append(events.slice(at, at + EVENTS_PER_CALL))
  }
}

async function startReplica({ servers, monitors }: NatsServers, folder: string): Promise<ServerProcess> {
  return startServerProcess({
    WAYPOST_ENGINE: servers.join(','),
    WAYPOST_ENGINE_MONITORS: monitors.join(','),
    WAYPOST_ROLE: 'replica',
    WAYPOST_DATA: folder,
    WAYPOST_PORT: String(await freePort()),
    WAYPOST_PLC_URL: 'http://127.0.0.1:1',
    WAYPOST_DRAIN_SECONDS: '0',
    WAYPOST_SNAPSHOT_MINUTES: '0',
    WAYPOST_LOG_LEVEL: 'info',
  })
}

function waitUntilReady(server: ServerProcess): Promise<void> {
  const isReady = async (): Promise<boolean> => (await fetch(`${server.url}/health/ready`)).ok
  return waitUntil('the replica is ready', server, isReady, READY_MS_MAX)
}

/** Histories of one person after another: none is asked for so often that it is held. */
function pathsOf(events: readonly VerifiedEvent[]): () => string {
  const people = [...new Set(events.map(({ did }) => did))]
  let turn = 0
  return () => {
    turn++
    return `/xrpc/app.waypost.feed.getActor?actor=${people[turn % people.length]!}&limit=${10 + (turn % 89)}`
  }
}

/** False where this machine has no means of it: then more replicas only share the same cores. */
function limitAll(shares: CpuShares, replicas: readonly ServerProcess[], note: (line: string) => void): boolean {
  try {
    for (const { pid } of replicas) shares.limit(pid, SHARE)
    return true
  } catch (fault) {
    note(`reads_1_to_3 is left out: no control group for the processor here (${(fault as Error).message})`)
    return false
  }
}

/** In turns, so that what else the machine does falls on both. */
async function readsByReplicas(
  replicas: readonly ServerProcess[],
  { next, note }: { readonly next: () => string; readonly note: (line: string) => void },
): Promise<readonly Figure[]> {
  const rounds: { readonly alone: Reading; readonly all: Reading }[] = []
  const through = async (targets: readonly ServerProcess[]): Promise<Reading> => {
    await using balancer = await startBalancer({ targets: targets.map(({ url }) => url) })
    return read({ url: balancer.url, next, readers: READERS_EACH * targets.length, isOver: after(ROUND_MS) })
  }
  // What is compiled when it is first asked for is no part of it.
  await through(replicas)
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await through(replicas.slice(0, 1))
    const all = await through(replicas)
    if (alone.perSecond === 0)
      throw new Error('one replica answers nothing with its share of a core: this machine is too busy')
    rounds.push({ alone, all })
    note(`one replica ${alone.perSecond.toFixed(0)} reads/s, three ${all.perSecond.toFixed(0)} reads/s`)
  }
  const ratios = rounds.map(({ alone, all }) => all.perSecond / alone.perSecond).toSorted((a, b) => a - b)
  return [
    { name: 'reads_1_to_3', value: ratios[Math.floor(ratios.length / 2)]!, unit: '×', goal: '2.7 or more' },
    {
      name: 'reads_failed',
      value: rounds.reduce((all, each) => all + each.alone.failed + each.all.failed, 0),
      unit: '',
    },
  ]
}

/** One replica catches up with what it has missed, while people read at another one. */
async function catchUp(options: {
  readonly eventLog: EventLog
  readonly missed: readonly VerifiedEvent[]
  readonly watched: ServerProcess
  /** Data folders of those that are not away. */
  readonly followed: readonly string[]
  readonly restarted: { readonly folder: string; readonly start: () => Promise<ServerProcess> }
  readonly next: () => string
}): Promise<readonly Figure[]> {
  const { eventLog, missed, watched, followed, restarted, next } = options
  await append(eventLog, missed)
  const head = await eventLog.head()
  for (const folder of followed)
    await waitUntil('it has followed', watched, () => positionOf(folder) >= head, READY_MS_MAX)
  const watch = (isOver: () => boolean): Promise<Reading> =>
    read({ url: watched.url, next, readers: WATCHERS, restMs: WATCHER_REST_MS, isOver })
  await watch(after(BEFORE_MS))
  const before = await watch(after(BEFORE_MS))
  const late = await restarted.start()
  await waitUntil('it answers', late, async () => (await fetch(`${late.url}/health/live`)).ok, READY_MS_MAX)
  const from = positionOf(restarted.folder)
  const began = performance.now()
  let isOver = false
  const watching = watch(() => isOver)
  await waitUntil('it has caught up', late, () => positionOf(restarted.folder) >= head, READY_MS_MAX)
  const perSecond = ((head - from) / (performance.now() - began)) * 1_000
  isOver = true
  const during = await watching
  return [
    { name: 'caught_up', value: head - from, unit: 'events' },
    { name: 'catch_up_per_s', value: perSecond, unit: 'events/s' },
    { name: 'catch_up_ratio', value: perSecond / LIVE_PER_S, unit: `× ${LIVE_PER_S} events/s`, goal: '10 or more' },
    { name: 'reads_p50_before_ms', value: before.p50Ms, unit: 'ms' },
    { name: 'reads_p50_during_ms', value: during.p50Ms, unit: 'ms', goal: 'as before' },
    { name: 'reads_p99_before_ms', value: before.p99Ms, unit: 'ms' },
    { name: 'reads_p99_during_ms', value: during.p99Ms, unit: 'ms', goal: 'as before' },
  ]
}

/** How far a replica is, from outside of it. */
function positionOf(folder: string): number {
  using readModel = openReadModel({ folder, readOnly: true })
  return readModel.position()
}

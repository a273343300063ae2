import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNatsEngine } from '@waypost/engine'
import { realWorld } from '@waypost/kernel'
import { openEventLog } from '../../packages/server/src/log/event-log.ts'
import type { EventLog, LoggedEvent } from '../../packages/server/src/log/log.ts'
import { openReadModel } from '../../packages/server/src/project/read-model.ts'
import { runWaypost } from '../../packages/server/test/kill9-process.ts'
import { countIn, recordsIn } from '../../packages/server/test/kit/kills.ts'
import { sleep, startCluster, type Cluster, type Node } from './cluster.ts'
import { whyNoDisk } from './disk.ts'
import { INFLICT, NEEDS_DISK } from './faults.ts'
import { startFollowers, type Followers } from './followers.ts'
import { startReaders, type Failure, type Readers } from './readers.ts'
import { drawFaults, type Fault, type FaultKind } from './schedule.ts'
import { collectLog, compare, gapsIn, misplaced, type Logged } from './verdict.ts'
import { startWriting, type Writing } from './writing.ts'

/**
 * Load on a whole cluster while one part of it after another fails.
 * In: for how long, how much, which faults, a seed. Out: what was lost, repeated, missed and how long nothing came.
 */
export interface ChaosOptions {
  readonly natsServer: string
  readonly seed: number
  readonly minutes: number
  readonly everyMs: number
  readonly kinds: readonly FaultKind[]
  readonly people: number
  readonly checkinsPerSecond: number
  readonly readers: number
  readonly followers: number
  /** Ends the load early: what has been tried so far is judged. */
  readonly signal: AbortSignal
  readonly note: (line: string) => void
}

export interface Outcome {
  readonly seed: number
  readonly loadS: number
  readonly faults: readonly Met[]
  /** Faults that this machine cannot make, and why. */
  readonly impossible: readonly { readonly kind: FaultKind; readonly why: string }[]
  readonly told: number
  readonly acknowledged: number
  readonly lost: readonly string[]
  readonly repeated: readonly string[]
  /** Told by the host and not taken in although all was whole again, in the replica that has least. */
  readonly pending: number
  readonly digests: readonly string[]
  readonly asked: number
  readonly failedOnce: readonly Failure[]
  readonly failed: readonly Failure[]
  /** Over all followers. */
  readonly live: {
    readonly silent: number
    readonly told: number
    readonly repeats: number
    readonly misplaced: number
    readonly connections: number
    readonly late: number
    readonly faults: ReadonlyMap<string, number>
  }
  readonly revived: ReadonlyMap<string, number>
  readonly behindSMax: number
  /** What its nodes wrote, where something is not as promised. */
  readonly outputs: () => string
}

/** A fault that fired, and what it did. */
export interface Met {
  readonly fault: Fault
  readonly what: string
  readonly outcome: string
  /** The longest time without a new check-in shown to anybody, until the next fault; seconds. */
  readonly stallS: number
  /** From its end until nothing was missing; seconds. */
  readonly wholeAfterS: number
  readonly readsAsked: number
  readonly readsFailedOnce: number
  readonly readsFailed: number
  /** Why it did not go as it should. */
  readonly failure: string | undefined
}

/** Before the first fault, all is warm. */
const WARM_MS = 3_000
const WHOLE_MS_MAX = 240_000
const SETTLED_MS_MAX = 240_000
/** After the end, for live streams. */
const HEARD_MS_MAX = 60_000
const LOOK_MS = 250
const EVENTS_PER_READ = 512
const SAY_EVERY_MS = 5_000

export async function runChaos(options: ChaosOptions): Promise<Outcome> {
  const { seed, note, everyMs } = options
  const impossible = await impossibleHere(options.kinds)
  const kinds = options.kinds.filter((kind) => !impossible.some((each) => each.kind === kind))
  const count = Math.max(1, Math.round((options.minutes * 60_000) / everyMs))
  const faults = drawFaults({ seed, count, everyMs, kinds })
  await using writing = await startWriting({ people: options.people, seed })
  note('Starting three servers of NATS, two ingests and three replicas …')
  await using cluster = await startCluster({
    natsServer: options.natsServer,
    withDisks: kinds.some((kind) => NEEDS_DISK.includes(kind)),
    settings: {
      WAYPOST_HOSTS: writing.hostUrl,
      WAYPOST_SANDBOX: writing.hostUrl,
      WAYPOST_PLC_URL: writing.directoryUrl,
      WAYPOST_SNAPSHOT_MINUTES: '2',
      WAYPOST_LOG_LEVEL: 'warn',
    },
    note,
  })
  if (!(await cluster.whole({ withinMs: WHOLE_MS_MAX }))) throw new Error('the cluster does not come up')
  const began = performance.now()
  const { url } = cluster.balancer
  using followers = startFollowers({ url, count: options.followers })
  await using readers = startReaders({ url, count: options.readers, next: pathsOf(writing) })
  writing.start(options.checkinsPerSecond)
  await sleep(WARM_MS)
  followers.longestSilence()
  const met = await inflictAll(cluster, { ...options, faults, began, followers, readers, writing })
  await writing.stop()
  const loadS = (performance.now() - began) / 1_000
  note('The load has ended; waiting until all is settled …')
  await cluster.whole({ withinMs: WHOLE_MS_MAX })
  await settle(cluster, writing)
  await readers[Symbol.asyncDispose]()

  const { logged, acknowledged } = await readTheLog(cluster, writing)
  const late = await lateFollowers(followers, logged)
  const outputs = cluster.nodes.map((node) => `=== ${node.name}\n${node.output().slice(-6_000)}`).join('\n')
  const replicas = cluster.nodes.filter(({ role }) => role === 'replica')
  for (const node of cluster.nodes) await node.stop().catch((fault: unknown) => note(String(fault).slice(0, 400)))
  note('Comparing …')
  const comparisons = replicas.map(({ folder }) => {
    using readModel = openReadModel({ folder, readOnly: true })
    return compare(writing.told, recordsIn(readModel), { acknowledged })
  })
  const digests = replicas.map(({ settings }) => runWaypost(settings, 'digest').trim())
  const faultsSaid = followers.all.flatMap((follower) => follower.faults)
  const gaps = followers.all.map(({ runs }) => gapsIn(runs, logged.positions))
  return {
    seed,
    loadS,
    faults: met,
    impossible,
    told: writing.told.size,
    acknowledged,
    lost: [...new Set(comparisons.flatMap(({ lost }) => lost))],
    repeated: [...new Set([...logged.repeated, ...comparisons.flatMap(({ repeated }) => repeated)])],
    pending: Math.max(...comparisons.map(({ pending }) => pending)),
    digests,
    asked: readers.asked,
    failedOnce: readers.failedOnce,
    failed: readers.failed,
    live: {
      silent: sum(gaps.map(({ silent }) => silent)),
      told: sum(gaps.map(({ told }) => told)),
      repeats: sum(followers.all.map(({ repeats }) => repeats)),
      misplaced: misplaced(followers.noted, logged).length,
      connections: sum(followers.all.map(({ connections }) => connections)),
      late,
      faults: new Map([...Map.groupBy(faultsSaid, (text) => text)].map(([text, all]) => [text, all.length] as const)),
    },
    revived: cluster.revived,
    behindSMax: writing.behindSMax,
    outputs: () => outputs,
  }
}

async function impossibleHere(kinds: readonly FaultKind[]): Promise<Outcome['impossible']> {
  if (!kinds.some((kind) => NEEDS_DISK.includes(kind))) return []
  const folder = mkdtempSync(join(tmpdir(), 'waypost-chaos-'))
  try {
    const why = await whyNoDisk(folder)
    return why === undefined ? [] : kinds.filter((kind) => NEEDS_DISK.includes(kind)).map((kind) => ({ kind, why }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What people look at: what is new, what a person or a place has, and single check-ins. */
function pathsOf({ recent, people }: Writing): () => string {
  let turn = 0
  return () => {
    turn++
    const uri = recent[turn % Math.max(1, recent.length)]
    const person = people[(turn * 31) % Math.max(1, people.length)] ?? 'person0.test'
    if (turn % 4 === 1) return `/xrpc/app.waypost.actor.getProfile?actor=${person}`
    if (turn % 4 === 2) return `/xrpc/app.waypost.feed.getActor?actor=${person}`
    if (turn % 4 === 3 && uri) return `/xrpc/app.waypost.feed.getCheckin?uri=${encodeURIComponent(uri)}`
    return `/xrpc/app.waypost.feed.getGlobal?limit=${10 + (turn % 40)}`
  }
}

interface Storm extends Pick<ChaosOptions, 'everyMs' | 'signal' | 'note'> {
  readonly faults: readonly Fault[]
  readonly began: number
  readonly followers: Followers
  readonly readers: Readers
  readonly writing: Writing
}

/** One after another: what one did is over before the next begins, so that it is known what came of which. */
async function inflictAll(cluster: Cluster, storm: Storm): Promise<readonly Met[]> {
  const { faults, began, everyMs, signal, followers, readers, writing, note } = storm
  const met: Met[] = []
  const saying = setInterval(() => {
    const at = ((performance.now() - began) / 1_000).toFixed(0)
    note(
      `${at.padStart(5)} s  ${met.length} of ${faults.length} faults, ${writing.told.size} check-ins, ` +
        `${readers.asked} reads (${readers.failedOnce.length} failed once, ${readers.failed.length} twice)`,
    )
  }, SAY_EVERY_MS)
  try {
    for (const fault of faults) {
      await sleep(Math.max(0, began + fault.atMs - performance.now()), signal)
      if (signal.aborted) break
      const from = performance.now()
      followers.longestSilence()
      const askedBefore = readers.asked
      const done = await inflictOne(cluster, fault)
      // What it does to readers and writers may come later, until the next one.
      await sleep(Math.max(0, Math.min(began + fault.atMs + everyMs, from + everyMs) - 100 - performance.now()), signal)
      const one: Met = {
        fault,
        ...done,
        stallS: followers.longestSilence() / 1_000,
        readsAsked: readers.asked - askedBefore,
        readsFailedOnce: readers.failedOnce.filter(({ at }) => at >= from).length,
        readsFailed: readers.failed.filter(({ at }) => at >= from).length,
      }
      met.push(one)
      note(
        `  ${fault.kind}: ${one.what}; nothing new for ${one.stallS.toFixed(1)} s, whole after ` +
          `${one.wholeAfterS.toFixed(1)} s ${one.outcome}${one.failure === undefined ? '' : ` FAILED: ${one.failure}`}`,
      )
    }
    return met
  } finally {
    clearInterval(saying)
  }
}

async function inflictOne(
  cluster: Cluster,
  fault: Fault,
): Promise<Pick<Met, 'what' | 'outcome' | 'wholeAfterS' | 'failure'>> {
  let what = '?'
  try {
    const inflicted = await INFLICT[fault.kind](cluster, fault)
    what = inflicted.what
    if (!inflicted.isOver) await sleep(fault.forMs)
    const ended = performance.now()
    await inflicted.heal()
    const isWhole = await cluster.whole({ withinMs: WHOLE_MS_MAX })
    return {
      what,
      outcome: inflicted.outcome?.() ?? '',
      wholeAfterS: (performance.now() - ended) / 1_000,
      failure: isWhole
        ? undefined
        : `not whole after ${WHOLE_MS_MAX / 1_000} s: ${(await cluster.missing()).join(', ')}`,
    }
  } catch (error) {
    return { what, outcome: '', wholeAfterS: 0, failure: (error as Error).message }
  }
}

/** Until every replica counts what the host has told, and all stand at one position; or for as long as may be. */
async function settle({ nodes }: Cluster, writing: Writing): Promise<void> {
  const end = performance.now() + SETTLED_MS_MAX
  const replicas = nodes.filter(({ role }) => role === 'replica')
  while (performance.now() < end) {
    const states = replicas.map(stateOf)
    const isThere = states.every(({ checkins }) => checkins >= writing.told.size)
    if (isThere && new Set(states.map(({ position }) => position)).size === 1) return
    await sleep(LOOK_MS)
  }
}

function stateOf({ folder }: Node): { readonly checkins: number; readonly position: number } {
  using readModel = openReadModel({ folder, readOnly: true })
  return { checkins: countIn(readModel), position: readModel.position() }
}

/** From another process's point of view: what everybody would find. */
async function readTheLog(
  { nats }: Cluster,
  { hostUrl }: Writing,
): Promise<{ readonly logged: Logged; readonly acknowledged: number }> {
  const world = realWorld()
  const folder = mkdtempSync(join(tmpdir(), 'waypost-chaos-'))
  try {
    const { servers, monitors } = nats
    await using engine = await openNatsEngine({ world, folder, servers, monitors })
    const eventLog = openEventLog(engine.log, world)
    const acknowledged = (await eventLog.cursor(await eventLog.streamOf(hostUrl))) ?? 0
    return { logged: await collectLog(batchesOf(eventLog)), acknowledged }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function* batchesOf(eventLog: EventLog): AsyncGenerator<readonly LoggedEvent[], void> {
  for (let after = 0; ;) {
    const { events, through } = await eventLog.read(after, EVENTS_PER_READ)
    if (through === after) return
    yield events
    after = through
  }
}

/** How many have not heard of the last check-in after a while, and were not told to read the feed instead. */
async function lateFollowers({ all }: Followers, { positions }: Logged): Promise<number> {
  const goal = positions.at(-1) ?? 0
  const late = (): number => all.filter(({ last, isTold }) => last < goal && !isTold).length
  for (const end = performance.now() + HEARD_MS_MAX; late() > 0 && performance.now() < end;) await sleep(LOOK_MS)
  return late()
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

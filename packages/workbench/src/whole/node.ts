import { rmSync } from 'node:fs'
import type { Engine } from '@waypost/engine'
import { createTelemetry, type AtUri, type Did, type Random, type Tid } from '@waypost/kernel'
import {
  carryOut,
  checksHere,
  createIdentities,
  dropReadModelOfOtherLog,
  EMPTY_DIRECTORY,
  followToldIdentities,
  keepSnapshots,
  loadSnapshot,
  nodeId,
  openEventLog,
  openReading,
  openReadModel,
  startIngesting,
  startProjector,
  subscribe,
  takeInPeople,
  takeSnapshot,
  type Backfills,
  type Ingesting,
  type Reading,
  type ReadModel,
} from '@waypost/server/stages'
import type { VirtualTime } from '../inside/virtual-time.ts'
import { diceFor } from '../time/dice.ts'
import { engineSeenBy, type EngineWeather } from './faulty-engine.ts'
import { createHereNow, type HereNow } from './here-now.ts'
import { beginLife, type Life } from './life.ts'
import { DIRECTORY_URL, outboundOf, type Network } from './network.ts'
import type { Still } from './still.ts'
import type { Tally } from './tally.ts'
import type { LinkNetwork } from './link-network.ts'

/** One process of several over the same engine: the stages of the way, wired as `server.ts` wires them. */
export interface Node<Parts extends NodeParts = NodeParts> {
  readonly name: string
  readonly isUp: boolean
  readonly life: Life
  readonly parts: Parts
  /** Our own fault, which ends a process. */
  readonly fault: Error | undefined
  /** Everything in memory is gone, and all that it keeps beside the engine where the disk is lost. */
  crash(options: { readonly loseDisk: boolean }): void
  /** Time stands still until it runs. */
  start(): Promise<void>
}

export interface NodeParts {
  readonly ingesting: Ingesting
  /** Lets go of what is not in the memory alone. */
  close(): void
}

/** Follows the hosts, or stands by. */
export interface IngestParts extends NodeParts {
  /** Of the term that it holds, if it holds one. */
  readonly backfills: () => Backfills | undefined
}

export interface ReplicaParts extends NodeParts {
  readonly readModel: ReadModel
  readonly reading: Reading
  readonly hereNow: HereNow
  waitForRev(did: Did, rev: Tid, options: { readonly timeoutMs: number }): Promise<boolean>
}

export type Ingest = Node<IngestParts>
export type Replica = Node<ReplicaParts>

/** What all nodes have in common. */
export interface Cluster {
  readonly seed: number
  readonly time: VirtualTime
  readonly still: Still
  readonly engine: Engine
  readonly weather: EngineWeather
  readonly network: Network
  readonly linkNetwork: LinkNetwork
  /** Where replicas are, for each other. */
  readonly places: readonly string[]
  /** Whether replicas are linked at the moment. */
  areLinked: boolean
  readonly tally: Tally
  /** Lives that are paused in the middle of their next append, and for how long. */
  readonly traps: Map<Life, number>
  /** What became of the log. */
  lostLog: 'log-lost' | 'log-older' | undefined
  /** Who took the lease last. */
  leader: Life | undefined
  /** A batch is to be seen: how far, and what it showed. */
  shown(replica: string, through: number, uris: readonly AtUri[]): void
  refused(reason: string): void
  say(words: string): void
}

/** What a life is given. */
interface Ground {
  readonly name: string
  readonly life: Life
  readonly folder: string
  readonly dice: Random
  /** For what goes over links. */
  readonly linkDice: Random
  /** The engine as this process sees it. */
  readonly engine: Engine
  readonly fail: (error: Error) => void
}

/** Far more often than a server does. */
const SNAPSHOT_EVERY_MS = 15_000

const { log } = createTelemetry({ level: 'silent' })

/** Under which a node is dialled. */
export function placeOf(name: string): string {
  return name.replaceAll(' ', '-')
}

export function createIngest(name: string, folder: string, cluster: Cluster): Ingest {
  return createNode({ name, folder, cluster, run: runIngest })
}

export function createReplica(name: string, folder: string, cluster: Cluster): Replica {
  return createNode({ name, folder, cluster, run: runReplica })
}

interface Running<Parts> {
  readonly life: Life
  readonly parts: Parts
  fault: Error | undefined
}

function createNode<Parts extends NodeParts>(options: {
  readonly name: string
  readonly folder: string
  readonly cluster: Cluster
  readonly run: (cluster: Cluster, ground: Ground) => Promise<Parts>
}): Node<Parts> {
  const { name, folder, cluster, run } = options
  let lives = 0
  let running: Running<Parts> | undefined

  function current(): Running<Parts> {
    if (!running) throw new Error(`${name} is down`)
    return running
  }

  async function start(): Promise<void> {
    const { seed, time, tally, weather, traps } = cluster
    const called = `${name}/${++lives}`
    const life = beginLife(time, { seed, name: called, tally })
    const dice = diceFor(seed, `${called}/faults`)
    const engine = engineSeenBy(life, cluster.engine, {
      weather,
      dice,
      tally,
      setsOut() {
        const pauseMs = traps.get(life)
        if (pauseMs === undefined) return
        traps.delete(life)
        cluster.say(`${name} is paused in the middle of an append`)
        life.pauseFor(pauseMs)
      },
      arrives() {
        if (cluster.leader !== undefined && cluster.leader !== life) tally.count('zombie')
      },
    })
    let fault: Error | undefined
    const fail = (error: Error): void => void (life.isOver || (fault ??= error))
    const parts = await cluster.still.still(
      run(cluster, { name, life, folder, dice, linkDice: diceFor(seed, `${called}/links`), engine, fail }),
    )
    running = {
      life,
      parts,
      get fault() {
        return fault
      },
    }
  }

  return {
    name,
    start,
    get isUp() {
      return running !== undefined
    },
    get life() {
      return current().life
    },
    get parts() {
      return current().parts
    },
    get fault() {
      return running?.fault
    },
    crash({ loseDisk }) {
      const { life, parts } = current()
      life.end()
      parts.close()
      running = undefined
      if (loseDisk) rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function runIngest(cluster: Cluster, { name, life, folder, dice, engine, fail }: Ground): Promise<IngestParts> {
  const { network, tally } = cluster
  const { world } = life
  const eventLog = openEventLog(engine.log, world)
  const outbound = outboundOf(life, network, { dice, tally })
  const identities = createIdentities({ world, outbound, plcUrl: DIRECTORY_URL, handlesAtPds: DIRECTORY_URL })
  nodeId(world, folder)
  const told = followToldIdentities({ world, folder, eventLog, failed() {} })
  told.finished.catch(fail)
  let backfills: () => Backfills | undefined = () => undefined
  const ingesting = await startIngesting({
    world,
    log,
    config: { role: 'ingest', engine: SHARED, hosts: [], dataFolder: folder, checkThreads: 0 },
    events: listener(cluster, { name, life }),
    keyValue: engine.keyValue,
    reports: NO_REPORTS,
    eventLog,
    outside: { outbound, identities, isPlainAllowed: () => false },
    shown: (did) => told.of(did),
    machine: {
      createChecks: () => ({ ...checksHere, async [Symbol.asyncDispose]() {} }),
      async startControl(given) {
        ;({ backfills } = given)
        return { [Symbol.asyncDispose]: async () => void (backfills = () => undefined) }
      },
      subscribe: (asked) =>
        subscribe({
          ...asked,
          connect: (address) => network.hosts.find(({ url }) => url === asked.url)!.connect(address, life),
        }),
    },
  })
  ingesting.finished.catch(fail)
  return { ingesting, backfills: () => backfills(), close() {} }
}

async function runReplica(
  cluster: Cluster,
  { name, life, folder, dice, linkDice, engine, fail }: Ground,
): Promise<ReplicaParts> {
  const { network, tally, still } = cluster
  const { world } = life
  const eventLog = openEventLog(engine.log, world)
  /** Where real files are read time stands still, and so nothing may take any. */
  const prompt = { eventLog: openEventLog(cluster.engine.log, world), blobs: blobsOf(cluster.engine, life) }
  const work = async (job: Parameters<typeof carryOut>[0]) => carryOut(job)
  const otherLog = await dropReadModelOfOtherLog({ folder, eventLog: prompt.eventLog })
  if (otherLog) {
    cluster.say(`${name} lets go of its read model: ${otherLog}`)
    if (cluster.lostLog) tally.count(cluster.lostLog)
  }
  const loaded = await loadSnapshot({
    ...prompt,
    folder,
    work,
    refused(reason) {
      if (reason === 'part-damaged') tally.count('join-damaged')
      cluster.say(`${name} refuses a snapshot: ${reason}`)
    },
  })
  if (loaded) tally.count('join-snapshot')
  const readModel = openReadModel({ folder })
  const from = readModel.position()
  if (from === 0 && (await cluster.engine.log.head()) > 0) tally.count('join-empty')
  cluster.say(`${name} begins at ${from}${loaded ? ', by a snapshot' : ''}`)
  const projector = startProjector({ world, eventLog, readModel })
  projector.stopped.catch(fail)
  const outbound = outboundOf(life, network, { dice, tally })
  const identities = createIdentities({ world, outbound, plcUrl: DIRECTORY_URL, handlesAtPds: DIRECTORY_URL })
  const ingesting = await startIngesting({
    world,
    log,
    config: { role: 'replica', engine: SHARED, hosts: [], dataFolder: folder, checkThreads: 0 },
    events: listener(cluster, { name, life }),
    keyValue: engine.keyValue,
    reports: NO_REPORTS,
    eventLog,
    outside: { outbound, identities, isPlainAllowed: () => false },
    shown: undefined,
  })
  takeInPeople({
    world,
    folder,
    track: ingesting.track,
    done: (people) => cluster.say(`${name} has had ${people} people taken in`),
  })
  const reading = openReading({ readModel, projector, directory: EMPTY_DIRECTORY })
  projector.subscribe(({ through, changes }) => {
    cluster.shown(
      name,
      through,
      changes.flatMap((change) => ('uri' in change ? [change.uri] : [])),
    )
  })
  const snapshots = keepSnapshots({
    world,
    keyValue: engine.keyValue,
    blobs: engine.blobs,
    readModel,
    owner: nodeId(world, folder),
    everyMs: SNAPSHOT_EVERY_MS,
    isWorthIt: () => true,
    taken: ({ position }) => cluster.say(`${name} has taken a snapshot at ${position}`),
    failed: () => {},
    take: (options) => still.still(takeSnapshot({ ...options, blobs: prompt.blobs, work })),
  })
  snapshots.finished.catch(fail)
  const { linkNetwork, places } = cluster
  const hereNow = createHereNow({ name: placeOf(name), life, dice: linkDice, linkNetwork, peers: places })
  if (cluster.areLinked) hereNow.link()
  return {
    ingesting,
    readModel,
    reading,
    hereNow,
    waitForRev: projector.waitForRev,
    close() {
      hereNow.unlink()
      reading[Symbol.dispose]()
      readModel[Symbol.dispose]()
    },
  }
}

/** Nobody asks for any. */
const NO_REPORTS = { list: () => [], done: async () => false }

const SHARED = { kind: 'nats', servers: [], monitors: [] } as const

/** As a process has them that is over: it writes nothing any more. */
function blobsOf({ blobs }: Engine, life: Life): Engine['blobs'] {
  return {
    ...blobs,
    async put(name, bytes) {
      if (life.isOver) throw new Error('the process is over')
      await blobs.put(name, bytes)
    },
  }
}

function listener(
  cluster: Cluster,
  { name, life }: { readonly name: string; readonly life: Life },
): Parameters<typeof startIngesting>[0]['events'] {
  return {
    refused: ({ reason }) => cluster.refused(reason),
    lease(lease, state) {
      cluster.say(`${name}: the lease of ${lease} is ${state}`)
      if (lease === 'ingest' && state === 'taken') cluster.leader = life
    },
    frameReceived() {},
    frameForeign() {},
    logged() {},
    batchLogged() {},
    engineFailed() {},
    connection() {},
    hostSaid() {},
    repair() {},
    reconciled() {},
    backfilled() {},
  }
}

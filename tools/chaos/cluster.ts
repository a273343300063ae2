import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realWorld } from '@waypost/kernel'
import { startNatsServers, type NatsServers } from '../../packages/engine/test/kit/nats-servers.ts'
import { startServerProcess, type ServerProcess, type Settings } from '../../packages/server/test/kill9-process.ts'
import { startBalancer, type Balancer } from '../balancer.ts'
import { copyBuiltDirectory } from '../built-directory.ts'
import { freePort } from '../free-port.ts'
import { openDisk, type Disk } from './disk.ts'
import { openLink, type Link } from './link.ts'

/**
 * What the faults meet: three machines, each with a server of NATS and a replica, two of them with an ingest as well, and
 * a balancer before the replicas. All that they keep is on a disk of each machine, where there can be such disks; all that
 * they say to a server of NATS goes over links that can be cut.
 */
export interface Cluster extends AsyncDisposable {
  readonly machines: readonly Machine[]
  readonly nats: NatsServers
  readonly nodes: readonly Node[]
  readonly balancer: Balancer
  /** Of each pair of servers of NATS, in both directions. */
  routes(one: number, other: number): readonly Link[]
  /** From a node to the servers of NATS. */
  linksOf(node: Node): readonly Link[]
  startNats(at: number): Promise<void>
  killNats(at: number, signal?: NodeJS.Signals): Promise<void>
  /** The server of NATS that leads the log; the first one while nobody says. */
  leader(): Promise<number>
  /** Which ingest follows the hosts; undefined while nobody says. */
  active(): Promise<Node | undefined>
  /** What is not as it should be; empty where everybody is there and has caught up. */
  missing(): Promise<readonly string[]>
  /** Resolves with true once nothing is missing, with false where that takes too long. */
  whole(options: { readonly withinMs: number }): Promise<boolean>
  /** How often somebody who ended by themselves, or did not get well, was started again, by name. */
  readonly revived: ReadonlyMap<string, number>
}

export interface Machine {
  readonly at: number
  readonly folder: string
  readonly disk: Disk | undefined
}

/** One of our processes. Where it ends by itself it is started again, as an orchestrator does. */
export interface Node {
  readonly name: string
  readonly role: 'ingest' | 'replica'
  readonly machine: number
  readonly url: string
  readonly settings: Settings
  readonly folder: string
  readonly pid: number
  start(): void
  kill(): Promise<void>
  /** In order; not started again. */
  stop(): Promise<void>
  /** The newest of what all its processes wrote. */
  output(): string
}

export const { sleep } = realWorld().timers

const MACHINES = 3
const PLACEMENT = [
  ['ingest', 0],
  ['ingest', 1],
  ['replica', 0],
  ['replica', 1],
  ['replica', 2],
] as const
const READY_MS_MAX = 240_000
const LOOK_MS = 200
const ANSWER_MS_MAX = 3_000
/** Between an end and the next start. */
const REVIVE_MS = 1_000
/** A server of NATS that runs and is not well for so long is started again, as a liveness probe would. */
const UNWELL_MS_MAX = 60_000
/** One that could not write has switched JetStream off, and does not switch it on again. */
const GIVEN_UP = /jetstream.*(disabled|not enabled|shutdown)/i
const GIVEN_UP_MS_MAX = 2_000
const OUTPUT_MAX = 400_000
const CLOCK_JUMP = join(import.meta.dirname, 'clock-jump.ts')

export async function startCluster(options: {
  readonly natsServer: string
  /** Settings that all nodes share: where the hosts and the directory are. */
  readonly settings: Settings
  readonly withDisks: boolean
  readonly note: (line: string) => void
}): Promise<Cluster> {
  const { natsServer, withDisks, note } = options
  await using opened = new AsyncDisposableStack()
  const root = mkdtempSync(join(tmpdir(), 'waypost-chaos-'))
  const sweep = (): void => rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  opened.defer(() => {
    process.off('exit', sweep)
    sweep()
  })
  const machines: Machine[] = []
  for (let at = 0; at < MACHINES; at++) {
    const disk = withDisks ? opened.use(await openDisk(join(root, `machine-${at + 1}`))) : undefined
    const folder = disk?.folder ?? join(root, `machine-${at + 1}`)
    mkdirSync(folder, { recursive: true })
    machines.push({ at, folder, disk })
  }

  // However this process ends, nothing is left of it; the disks are gone from there by then.
  process.once('exit', sweep)

  const routeLinks: Link[][] = machines.map(() => [])
  const nats = opened.use(
    await startNatsServers(natsServer, {
      count: MACHINES,
      detached: true,
      stores: machines.map(({ folder }) => join(folder, 'nats')),
      async routeTo({ from, to, port }) {
        const link = opened.use(await openLink(port))
        routeLinks[from]![to] = link
        return link.port
      },
    }),
  )
  const revived = new Map<string, number>()
  const count = (name: string): void => void revived.set(name, (revived.get(name) ?? 0) + 1)
  const natsWanted = machines.map(() => true)
  const unwellSince: (number | undefined)[] = machines.map(() => undefined)

  function prepare(folder: string, role: Node['role']): void {
    mkdirSync(folder, { recursive: true })
    if (role === 'replica') copyBuiltDirectory(root, folder)
  }

  const links = new Map<Node, readonly Link[]>()
  const nodes: Node[] = []
  // Ended all at once, while what they stand on is still there.
  opened.defer(async () => void (await Promise.all(nodes.map((node) => node.kill()))))
  const balancerPort = await freePort()
  for (const [nth, [role, machine]] of PLACEMENT.entries()) {
    const own = await Promise.all(
      nats.servers.map(async (url) => opened.use(await openLink(Number(new URL(url).port)))),
    )
    const port = await freePort()
    const folder = join(machines[machine]!.folder, role)
    const node = createNode({
      name: `${role} ${nth < 2 ? nth + 1 : nth - 1}`,
      role,
      machine,
      folder,
      url: `http://127.0.0.1:${port}`,
      settings: {
        ...options.settings,
        WAYPOST_ENGINE: own.map((link) => `nats://127.0.0.1:${link.port}`).join(','),
        WAYPOST_ENGINE_MONITORS: nats.monitors.join(','),
        WAYPOST_PUBLIC_URL: `http://127.0.0.1:${balancerPort}`,
        WAYPOST_ROLE: role,
        WAYPOST_DATA: folder,
        WAYPOST_PORT: String(port),
        WAYPOST_DRAIN_SECONDS: '0',
      },
      prepare: () => prepare(folder, role),
      ended: count,
    })
    links.set(node, own)
    nodes.push(node)
  }
  for (const node of nodes) {
    node.start()
    // One after another: they build the same things, and there may be few cores.
    await until(
      () => isReady(node),
      READY_MS_MAX,
      () => `${node.name} is not ready\n${node.output().slice(-4_000)}`,
    )
    note(`  ${node.name} on machine ${node.machine + 1}: ${node.url}`)
    if (node.role === 'replica') copyBuiltDirectory(node.folder, root)
  }
  const replicas = nodes.filter(({ role }) => role === 'replica')
  const balancer = opened.use(await startBalancer({ targets: replicas.map(({ url }) => url), port: balancerPort }))

  async function startNats(at: number): Promise<void> {
    natsWanted[at] = true
    unwellSince[at] = undefined
    if (nats.pidOf(at) === undefined) await nats.start(at)
  }

  async function killNats(at: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    natsWanted[at] = false
    await nats.kill(at, signal)
  }

  async function natsMissing(at: number): Promise<string | undefined> {
    if (!natsWanted[at]) return undefined
    const name = `nats ${at + 1}`
    if (nats.pidOf(at) === undefined) {
      count(name)
      await startNats(at)
      return name
    }
    const health = await ask(`${nats.monitors[at]}/healthz`)
    if (health?.status === 200) {
      unwellSince[at] = undefined
      return undefined
    }
    unwellSince[at] ??= performance.now()
    const hasGivenUp = GIVEN_UP.test((health?.body as { error?: string } | undefined)?.error ?? '')
    if (performance.now() - unwellSince[at] > (hasGivenUp ? GIVEN_UP_MS_MAX : UNWELL_MS_MAX)) {
      count(name)
      await killNats(at)
      await startNats(at)
    }
    return name
  }

  async function missing(): Promise<readonly string[]> {
    const looked = await Promise.all([
      ...machines.map(({ at }) => natsMissing(at)),
      ...replicas.map(async (replica) => ((await isReady(replica)) ? undefined : replica.name)),
      active().then((found) => (found ? undefined : 'an ingest that follows the hosts')),
    ])
    return looked.filter((each) => each !== undefined)
  }

  async function active(): Promise<Node | undefined> {
    const ingests = nodes.filter(({ role }) => role === 'ingest')
    const states = await Promise.all(ingests.map(({ url }) => ask(`${url}/health/ready`)))
    return ingests.find((_, at) => (states[at]?.body as { ingest?: string } | undefined)?.ingest === 'active')
  }

  const running = opened.move()
  return {
    machines,
    nats,
    nodes,
    balancer,
    revived,
    routes: (one, other) => [routeLinks[one]![other]!, routeLinks[other]![one]!],
    linksOf: (node) => links.get(node)!,
    startNats,
    killNats,
    active,
    missing,
    async leader() {
      for (const monitor of nats.monitors) {
        const answer = await ask(`${monitor}/jsz?streams=true`)
        const body = answer?.body as
          | { account_details?: readonly { stream_detail?: readonly StreamDetail[] }[] }
          | undefined
        const streams = body?.account_details?.flatMap(({ stream_detail: detail }) => detail ?? [])
        const leader = streams?.find(({ name }) => name === 'waypost_log')?.cluster?.leader
        if (leader) return nats.indexOf(leader)
      }
      return 0
    },
    async whole({ withinMs }) {
      const end = performance.now() + withinMs
      while ((await missing()).length > 0) {
        if (performance.now() > end) return false
        await sleep(LOOK_MS)
      }
      return true
    },
    async [Symbol.asyncDispose]() {
      // Whoever was stopped in the middle of something can only be ended.
      natsWanted.fill(false)
      await running.disposeAsync()
    },
  }
}

interface StreamDetail {
  readonly name: string
  readonly cluster?: { readonly leader?: string }
}

function createNode(options: {
  readonly name: string
  readonly role: Node['role']
  readonly machine: number
  readonly folder: string
  readonly url: string
  readonly settings: Settings
  /** Before each start: the folder may be on a new disk. */
  readonly prepare: () => void
  readonly ended: (name: string) => void
}): Node {
  const { settings, prepare, ended, ...about } = options
  let process: ServerProcess | undefined
  let isWanted = false
  let written = ''

  function start(): void {
    isWanted = true
    prepare()
    const started = startServerProcess(settings, ['--import', CLOCK_JUMP])
    process = started
    void started.ended.then(async () => {
      written = (written + started.output()).slice(-OUTPUT_MAX)
      if (process === started) process = undefined
      if (!isWanted) return
      ended(about.name)
      await sleep(REVIVE_MS)
      if (isWanted && process === undefined) start()
    })
  }

  return {
    ...about,
    settings,
    get pid() {
      return process?.pid ?? 0
    },
    start() {
      if (process === undefined) start()
    },
    async kill() {
      isWanted = false
      await process?.kill()
    },
    async stop() {
      isWanted = false
      await process?.stop()
    },
    output: () => (written + (process?.output() ?? '')).slice(-OUTPUT_MAX),
  }
}

async function isReady({ url, role }: Node): Promise<boolean> {
  const answer = await ask(`${url}/health/ready`)
  // An ingest that stands by is as ready as it gets.
  return answer?.status === 200 || (role === 'ingest' && (answer?.body as { ingest?: string })?.ingest !== undefined)
}

/** Undefined where nobody answers in time. */
export async function ask(url: string): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    return { status: answer.status, body: await answer.json() }
  } catch {
    return undefined
  }
}

async function until(isSo: () => Promise<boolean>, withinMs: number, what: () => string): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(what())
    await sleep(LOOK_MS)
  }
}

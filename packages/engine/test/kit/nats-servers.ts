import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../../tools/free-port.ts'

const READY_MS_MAX = 30_000
const LOOK_MS = 50

export interface NatsServers extends AsyncDisposable {
  readonly servers: readonly string[]
  readonly monitors: readonly string[]
  /** Undefined while a server does not run. */
  pidOf(at: number): number | undefined
  /** Where a server keeps its streams. */
  storeOf(at: number): string
  /** The index of the server of that name. */
  indexOf(name: string): number
  start(at: number): Promise<void>
  signal(at: number, signal: NodeJS.Signals): void
  /** Ends a server; resolves when its process is gone. */
  kill(at: number, signal?: NodeJS.Signals): Promise<void>
  /** Resolves when all servers that run know a leader. */
  ready(): Promise<void>
}

interface Ports {
  readonly client: number
  readonly route: number
  readonly monitor: number
}

/** nats-servers on loopback, in a folder of their own: one alone, or a cluster. Each ends with `await using`. */
export async function startNatsServers(
  program: string,
  options: {
    count: number
    syncInterval?: string
    /** Ctrl-C in a terminal does not reach them: whoever stands on them ends first. */
    detached?: boolean
    /** Where each keeps its streams; without it in the folder of them all. */
    stores?: readonly string[]
    /**
     * The port at which one server reaches another, where something stands between them; then nobody is told of any
     * other way to them. `port` is where the other one listens.
     */
    routeTo?: (route: { from: number; to: number; port: number }) => number | Promise<number>
  },
): Promise<NatsServers> {
  const { count, syncInterval = 'always', detached = false, stores, routeTo } = options
  const folder = mkdtempSync(join(tmpdir(), 'waypost-nats-'))
  const ports: Ports[] = []
  for (let at = 0; at < count; at++) {
    ports.push({ client: await freePort(), route: await freePort(), monitor: await freePort() })
  }
  const processes: (ChildProcess | undefined)[] = ports.map(() => undefined)
  const monitors = ports.map(({ monitor }) => `http://127.0.0.1:${monitor}`)
  const storeOf = (at: number): string => stores?.[at] ?? join(folder, `store${at}`)
  const routes: number[][] = []
  for (const from of ports.keys()) {
    routes[from] = []
    for (const [to, { route: port }] of ports.entries()) {
      routes[from][to] = from === to ? port : ((await routeTo?.({ from, to, port })) ?? port)
    }
  }
  // Who hears of a server by gossip is told a port at which nobody listens, and gives up.
  const apart = routeTo ? ', no_advertise: true, advertise: "127.0.0.1:1"' : ''

  function configOf(at: number): string {
    const { client, route, monitor } = ports[at]!
    const others = routes[at]!.map((port) => `nats://127.0.0.1:${port}`).join(', ')
    const cluster = `cluster { name: test, listen: "127.0.0.1:${route}", routes: [${others}]${apart} }`
    return `
      server_name: n${at}
      listen: "127.0.0.1:${client}"
      http: "127.0.0.1:${monitor}"
      jetstream { store_dir: "${storeOf(at)}", max_file_store: 4GB, sync_interval: ${syncInterval} }
      ${count > 1 ? cluster : ''}
    `
  }

  async function start(at: number): Promise<void> {
    mkdirSync(storeOf(at), { recursive: true })
    const file = join(folder, `n${at}.conf`)
    writeFileSync(file, configOf(at))
    const log = openSync(join(folder, `n${at}.log`), 'a')
    const child = spawn(program, ['-c', file], { stdio: ['ignore', log, log], detached })
    closeSync(log)
    processes[at] = child
    child.once('exit', () => {
      if (processes[at] === child) processes[at] = undefined
    })
  }

  async function kill(at: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = processes[at]
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  async function ready(): Promise<void> {
    const running = monitors.filter((_, at) => processes[at])
    for (let tries = READY_MS_MAX / LOOK_MS; ; tries--) {
      const states = await Promise.allSettled(running.map(async (url) => isReady(url, count)))
      if (states.every((state) => state.status === 'fulfilled' && state.value)) return
      if (tries === 0) throw new Error(`the servers do not come up: ${readFileSync(join(folder, 'n0.log'), 'utf8')}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  // What was started ends with this process, however that ends.
  const endAll = (): void => {
    for (const child of processes) child?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  process.once('exit', endAll)
  async function endThem(): Promise<void> {
    await Promise.all(ports.keys().map((at) => kill(at)))
    process.off('exit', endAll)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (const at of ports.keys()) await start(at)
    await ready()
  } catch (error) {
    await endThem()
    throw error
  }
  return {
    servers: ports.map(({ client }) => `nats://127.0.0.1:${client}`),
    monitors,
    pidOf: (at) => processes[at]?.pid,
    storeOf,
    indexOf: (name) => Number(name.slice(1)),
    start,
    signal: (at, signal) => void processes[at]?.kill(signal),
    kill,
    ready,
    [Symbol.asyncDispose]: endThem,
  }
}

async function isReady(monitor: string, count: number): Promise<boolean> {
  const answer = await fetch(`${monitor}/jsz`)
  const { meta_cluster: cluster } = (await answer.json()) as {
    meta_cluster?: { leader?: string; cluster_size?: number }
  }
  return count === 1 || (Boolean(cluster?.leader) && cluster?.cluster_size === count)
}

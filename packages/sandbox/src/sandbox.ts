import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { assert, realWorld, type Did, type Logger, type World } from '@waypost/kernel'
import type { NetworkFacts, ToChild, ToParent } from './message.ts'

const CHILD = new URL('./child.ts', import.meta.url)
const LOG_FILE = 'network.log'
/** A larger log is set aside at the next start, in place of the one set aside before. */
const LOG_BYTES_MAX = 5_000_000
/** The import alone takes seconds on a busy machine; past this, something hangs. */
const START_MAX_MS = 120_000
/** The child cuts itself off before; past this it doesn't even do that. */
const STOP_MAX_MS = 8_000
/** A network that ended on its own is started again, each time a little later. */
const RESTART_DELAY_MS = 500
const RESTART_DELAY_MAX_MS = 30_000

/**
 * A sandbox trades speed for memory: at rest the PDS takes 200 MB instead of 340, after 300 records 218 instead of 375;
 * a record costs it about 14 ms of CPU time instead of 10 (Node 24.21, Linux x64). The limit only ends a leak: at 160
 * MB the collector already takes most of the time. `MALLOC_ARENA_MAX` made no difference.
 */
const MEMORY_FLAGS = ['--optimize-for-size', '--max-old-space-size=512']

/** An AT Protocol network of one's own: the official PDS and PLC directory, on 127.0.0.1 only. */
export interface Sandbox extends AsyncDisposable {
  readonly folder: string
  readonly pdsUrl: string
  readonly plcUrl: string
  /** Waypost's own DID here: a did:plc with the service `#waypost`. */
  readonly serviceDid: Did
  /** The account that publishes the `app.waypost.*` lexicons. */
  readonly lexiconDid: Did
  readonly handleDomain: '.test'
  /** For the PDS's `com.atproto.admin.*` (HTTP Basic, user `admin`). */
  readonly adminPassword: string
  /** The process that runs the network at the moment. */
  readonly pid: number
  /** Makes Waypost's DID document name this URL as its service endpoint. */
  announce(serverUrl: string): Promise<void>
}

export interface SandboxOptions {
  /** Everything that lasts is in here; the same folder is the same network again. Created where absent. */
  readonly folder: string
  readonly world?: World
  readonly log: Logger
  /**
   * Only for the first start of a folder, which remembers them; 0 takes any. By default 2583 and 2582 where they are
   * free. A later start at other ports is refused.
   */
  readonly ports?: { readonly pds?: number; readonly plc?: number }
  /** Waypost's public URL; may be told later by `announce`. */
  readonly serverUrl?: string
}

/**
 * Starts the network in a process of its own and resolves once it answers; rejects with the reason where it can't.
 * The process is started again should it die, and dies with this one. What it prints goes to `network.log`.
 *
 * Longer than other functions, for it is the life of one child: launched, watched, spoken to, stopped.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { folder, log, world = realWorld() } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stopped = new AbortController()
  const waiting = new Map<number, (error: string | undefined) => void>()
  let requests = 0
  let { serverUrl } = options

  async function launch(): Promise<{ child: ChildProcess; facts: NetworkFacts }> {
    const child = spawnChild(folder)
    child.on('message', (message: ToParent) => {
      if (message.kind === 'announced') waiting.get(message.request)?.(message.error)
    })
    const start: ToChild = {
      kind: 'start',
      folder,
      ports: { pds: options.ports?.pds, plc: options.ports?.plc },
      serverUrl,
    }
    child.send(start)
    return { child, facts: await readiness(world, child, folder) }
  }

  const { facts, ...first } = await launch()
  let { child } = first
  log.info({ pdsUrl: facts.pdsUrl, plcUrl: facts.plcUrl, pid: child.pid }, 'sandbox network is up')
  const watching = watch()

  async function watch(): Promise<void> {
    let delayMs = RESTART_DELAY_MS
    while (!stopped.signal.aborted) {
      const upSince = world.clock.elapsed()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      if (stopped.signal.aborted) return
      for (const answer of waiting.values()) answer('the sandbox network ended')
      delayMs = world.clock.elapsed() - upSince > RESTART_DELAY_MAX_MS ? RESTART_DELAY_MS : delayMs
      log.error({ exitCode: child.exitCode, signal: child.signalCode, delayMs }, 'sandbox network ended: restarting')
      await world.timers.sleep(delayMs, stopped.signal)
      delayMs = Math.min(delayMs * 2, RESTART_DELAY_MAX_MS)
      if (stopped.signal.aborted) return
      try {
        const launchedFor = serverUrl
        child = (await launch()).child
        if (stopped.signal.aborted) return await stopChild(world, child)
        if (serverUrl !== undefined && serverUrl !== launchedFor) tellUrl(serverUrl)
        log.info({ pid: child.pid }, 'sandbox network is up again')
      } catch (error) {
        log.error({ err: error }, 'sandbox network does not start')
      }
    }
  }

  function tellUrl(url: string): number {
    send(child, { kind: 'announce', request: ++requests, serverUrl: url })
    return requests
  }

  return {
    folder,
    pdsUrl: facts.pdsUrl,
    plcUrl: facts.plcUrl,
    serviceDid: facts.serviceDid as Did,
    lexiconDid: facts.lexiconDid as Did,
    handleDomain: '.test',
    adminPassword: facts.adminPassword,
    get pid() {
      assert(child.pid !== undefined, 'a child that answered has a process id')
      return child.pid
    },
    async announce(url) {
      serverUrl = url
      // A network that is down is told when it comes up again.
      if (!child.connected) return
      const request = tellUrl(url)
      const error = await new Promise<string | undefined>((resolve) => waiting.set(request, resolve)).finally(() =>
        waiting.delete(request),
      )
      if (error !== undefined) throw new Error(`the sandbox's directory did not take ${url}: ${error}`)
    },
    async [Symbol.asyncDispose]() {
      stopped.abort()
      await stopChild(world, child)
      await watching
    },
  }
}

function spawnChild(folder: string): ChildProcess {
  const file = join(folder, LOG_FILE)
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX) renameSync(file, `${file}.old`)
  const output = openSync(file, 'a', 0o600)
  try {
    return fork(CHILD, {
      execArgv: MEMORY_FLAGS,
      // Nothing else of ours: a PDS_ or NODE_ variable of the outer process would change the network.
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        HOME: process.env['HOME'],
        TMPDIR: process.env['TMPDIR'],
        LOG_ENABLED: 'true',
        LOG_LEVEL: 'warn',
        NODE_ENV: 'production',
      },
      stdio: ['ignore', output, output, 'ipc'],
    })
  } finally {
    closeSync(output)
  }
}

/** What the child says once it answers. A child that says nothing in time is killed. */
async function readiness(world: World, child: ChildProcess, folder: string): Promise<NetworkFacts> {
  const settled = new AbortController()
  const log = join(folder, LOG_FILE)
  const answer = new Promise<NetworkFacts>((resolve, reject) => {
    child.on('message', (message: ToParent) => {
      if (message.kind === 'ready') resolve(message.network)
      if (message.kind === 'failed') reject(new Error(`the sandbox network cannot start: ${message.message}`))
    })
    child.once('exit', (code, signal) => {
      reject(new Error(`the sandbox network ended (${signal ?? code}) before it was up; see ${log}`))
    })
    void world.timers.sleep(START_MAX_MS, settled.signal).then(() => {
      if (settled.signal.aborted) return
      child.kill('SIGKILL')
      reject(new Error(`the sandbox network did not start within ${START_MAX_MS} ms; see ${log}`))
    })
  })
  return answer.finally(() => settled.abort())
}

async function stopChild(world: World, child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new AbortController()
  const ended = once(child, 'exit').finally(() => exited.abort())
  send(child, { kind: 'stop' })
  await world.timers.sleep(STOP_MAX_MS, exited.signal)
  if (!exited.signal.aborted) child.kill('SIGKILL')
  await ended
}

function send(child: ChildProcess, message: ToChild): void {
  // A child that is gone is noticed by its exit.
  if (child.connected) child.send(message, () => undefined)
}

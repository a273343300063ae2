/**
 * `npm run cluster`: Waypost past one machine, on one: three servers of NATS, an ingest and one that stands by, three
 * replicas, a load balancer before them, and the sandbox network. No containers. Everything is in a folder of its own,
 * which goes with it; Ctrl-C ends all of it. Any of the processes may be killed to see what happens then.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createTelemetry, realWorld } from '@waypost/kernel'
import { landmarksFile, seedDemo, startSandbox } from '@waypost/sandbox'
import { startNatsServers } from '../packages/engine/test/kit/nats-servers.ts'
import { startServerProcess, waitUntil, type ServerProcess } from '../packages/server/test/kill9-process.ts'
import { startBalancer } from './balancer.ts'
import { buildWeb } from './build-web.ts'
import { copyBuiltDirectory } from './built-directory.ts'
import { freePort } from './free-port.ts'
import { ensureNatsServer } from './nats-server.ts'

const USAGE = `npm run cluster -- [options]
  --port N     where the load balancer listens on 127.0.0.1 (4000)
  --no-demo    leave the network empty
  --no-web     the API alone, without the client`

const NATS_SERVERS = 3
const ROLES = ['ingest', 'ingest', 'replica', 'replica', 'replica'] as const
const READY_WITHIN_MS = 90_000

const options = readOptions()
const world = realWorld()
const stop = new AbortController()
const stopped = new Promise<void>((done) => stop.signal.addEventListener('abort', () => done(), { once: true }))
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

const program = ensureNatsServer()
if (program === undefined) process.exit(1)
const folder = mkdtempSync(join(tmpdir(), 'waypost-cluster-'))
try {
  await run(program)
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
say('Everything has ended, and nothing is left.')

async function run(natsServer: string): Promise<void> {
  const publicUrl = `http://127.0.0.1:${options.port}`
  const log = createTelemetry({ level: 'warn' }).log
  // What is opened later ends first: nobody is left without what they stand on.
  await using opened = new AsyncDisposableStack()
  say('Starting the sandbox network and three servers of NATS …')
  const ports = { pds: await freePort(), plc: await freePort() }
  const [sandbox, nats] = await Promise.all([
    startSandbox({ folder: join(folder, 'sandbox'), log, ports, serverUrl: publicUrl }).then((one) => opened.use(one)),
    startNatsServers(natsServer, { count: NATS_SERVERS, detached: true }).then((all) => opened.use(all)),
  ])
  say(`  pds         ${sandbox.pdsUrl}`)
  for (let at = 0; at < NATS_SERVERS; at++) say(`  nats ${at + 1}     ${nats.servers[at]}  pid ${nats.pidOf(at)}`)
  if (options.web) buildWeb()

  const common = {
    WAYPOST_ENGINE: nats.servers.join(','),
    WAYPOST_ENGINE_MONITORS: nats.monitors.join(','),
    WAYPOST_PUBLIC_URL: publicUrl,
    WAYPOST_HOSTS: sandbox.pdsUrl,
    WAYPOST_SANDBOX: sandbox.pdsUrl,
    WAYPOST_PLC_URL: sandbox.plcUrl,
    WAYPOST_SERVICE_DID: sandbox.serviceDid,
    WAYPOST_PLACES: landmarksFile,
    WAYPOST_DRAIN_SECONDS: '1',
    WAYPOST_SNAPSHOT_MINUTES: '5',
    ...(options.web && { WAYPOST_WEB: resolve('packages/web/dist') }),
  }
  const linkPorts = await Promise.all(ROLES.map(() => freePort()))
  const links = {
    WAYPOST_CLUSTER_SECRET: randomBytes(32).toString('hex'),
    WAYPOST_PEERS: linkPorts.map((port) => `127.0.0.1:${port}`).join(','),
  }
  const processes: ServerProcess[] = []
  // All at once; an orderly stop, where they have not been ended by somebody else.
  opened.defer(async () => void (await Promise.allSettled(processes.map((each) => each.stop()))))
  const folders = ROLES.map((role, at) => join(folder, `${role}-${at + 1}`))
  for (const [at, role] of ROLES.entries()) {
    if (stop.signal.aborted) return
    const data = folders[at]!
    const port = String(await freePort())
    for (const other of folders.slice(0, at)) copyBuiltDirectory(other, data)
    const own = { WAYPOST_ROLE: role, WAYPOST_DATA: data, WAYPOST_PORT: port, WAYPOST_LINK_PORT: String(linkPorts[at]) }
    const started = startServerProcess({ ...common, ...links, ...own })
    processes.push(started)
    // One after another: they build the same things, and there may be few cores.
    await waitUntil(`the ${role} is ready`, started, () => stop.signal.aborted || isReady(started), READY_WITHIN_MS)
    say(`  ${role.padEnd(7)} ${at + 1}  ${started.url}  pid ${started.pid}  ${data}`)
  }
  const replicas = processes.filter((_, at) => ROLES[at] === 'replica')
  const targets = replicas.map(({ url }) => url)
  const balancer = opened.use(await startBalancer({ targets, port: options.port }))
  say(`Waypost is open on ${balancer.url}; Ctrl-C ends it.`)
  if (options.demo) await showDemo(sandbox)
  await stopped
  say('Ending …')
}

async function isReady(server: ServerProcess): Promise<boolean> {
  return (await fetch(`${server.url}/health/ready`)).ok
}

async function showDemo(sandbox: Parameters<typeof seedDemo>[0]): Promise<void> {
  try {
    if (await seedDemo(sandbox, { world, onProgress: () => {} })) say('Demo people have checked in.')
  } catch (fault) {
    if (!stop.signal.aborted) say(`The demo people are not complete: ${(fault as Error).message}`)
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: {
        port: { type: 'string', default: '4000' },
        demo: { type: 'boolean', default: true },
        web: { type: 'boolean', default: true },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(USAGE)
      process.exit(0)
    }
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port ${values.port} is no port`)
    return { port, demo: values.demo, web: values.web }
  } catch (fault) {
    console.error(`${(fault as Error).message}\n${USAGE}`)
    process.exit(2)
  }
}

function say(line: string): void {
  console.error(line)
}

/**
 * `npm start`: the whole network on this machine, for one person at one keyboard.
 * The web client is built if need be, the sandbox (PDS and PLC) and the server run as child processes, and an empty
 * network gets its demo people. Everything it keeps is in one folder; Ctrl-C ends all of it.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createTelemetry, realWorld } from '@waypost/kernel'
import { landmarksFile, seedDemo, startSandbox } from '@waypost/sandbox'
import { buildWeb } from './build-web.ts'

const USAGE = `npm start -- [options]
  --port N     where the server listens on 127.0.0.1 (4000)
  --data DIR   where everything is kept (.data)
  --fresh      forget what is there first
  --no-demo    leave the network empty`

const READY_WAIT_MS_MAX = 60_000
const STOP_WAIT_MS_MAX = 10_000

interface Options {
  readonly port: number
  readonly folder: string
  readonly fresh: boolean
  readonly demo: boolean
}

const started = performance.now()
const options = readOptions()
const world = realWorld()
const log = createTelemetry({ level: 'warn' }).log
const serverUrl = `http://127.0.0.1:${options.port}`
const stop = new AbortController()

if (options.fresh) rmSync(options.folder, { recursive: true, force: true })
mkdirSync(options.folder, { recursive: true })

process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

say('Starting the sandbox network (a PDS and a PLC directory) …')
await using sandbox = await startSandbox({ folder: join(options.folder, 'sandbox'), log, serverUrl })
if (buildWeb()) say('Built the web client.')
const server = startServerProcess()
await serverReady(server)
say(`Waypost is open on ${serverUrl} after ${seconds()} s. Everything is kept in ${options.folder}; Ctrl-C ends it.`)
if (options.demo) await showDemo()
await new Promise<void>((done) => {
  if (stop.signal.aborted) return done()
  stop.signal.addEventListener('abort', () => done(), { once: true })
})
await endServer(server)

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: {
        port: { type: 'string', default: '4000' },
        data: { type: 'string', default: '.data' },
        fresh: { type: 'boolean', default: false },
        demo: { type: 'boolean', default: true },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(USAGE)
      process.exit(0)
    }
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port ${values.port} is no port`)
    return { port, folder: resolve(values.data), fresh: values.fresh, demo: values.demo }
  } catch (fault) {
    console.error(`${(fault as Error).message}\n${USAGE}`)
    process.exit(2)
  }
}

function startServerProcess(): ChildProcess {
  const lines = createWriteStream(join(options.folder, 'server.log'), { flags: 'a' })
  const child = spawn(process.execPath, ['packages/server/src/main.ts', 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      WAYPOST_DATA: join(options.folder, 'server'),
      WAYPOST_PORT: String(options.port),
      WAYPOST_PUBLIC_URL: serverUrl,
      WAYPOST_HOSTS: sandbox.pdsUrl,
      WAYPOST_SANDBOX: sandbox.pdsUrl,
      WAYPOST_PLC_URL: sandbox.plcUrl,
      WAYPOST_SERVICE_DID: sandbox.serviceDid,
      WAYPOST_PLACES: landmarksFile,
      WAYPOST_WEB: resolve('packages/web/dist'),
    },
  })
  child.stdout.pipe(lines)
  child.stderr.pipe(lines)
  child.stderr.pipe(process.stderr)
  child.once('exit', (code) => {
    if (stop.signal.aborted) return
    console.error(`The server ended by itself (exit code ${code}); its log is ${join(options.folder, 'server.log')}.`)
    process.exitCode = 1
    stop.abort()
  })
  return child
}

async function serverReady(child: ChildProcess): Promise<void> {
  const until = performance.now() + READY_WAIT_MS_MAX
  while (child.exitCode === null && performance.now() < until && !stop.signal.aborted) {
    const answer = await fetch(`${serverUrl}/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    await world.timers.sleep(50, stop.signal)
  }
  if (!stop.signal.aborted) throw new Error(`The server was not ready within ${READY_WAIT_MS_MAX / 1_000} s`)
}

/** People, check-ins and photos come in through the PDS, as anyone's would: an open page sees them arrive. */
async function showDemo(): Promise<void> {
  try {
    const made = await seedDemo(sandbox, { world, onProgress: drawProgress })
    endProgress()
    if (made) say(`Demo people have checked in (${seconds()} s).`)
  } catch (fault) {
    endProgress()
    // The network is as usable without them, and the next start goes on where this one stopped.
    say(`The demo people are not complete: ${(fault as Error).message}`)
  }
}

function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
}

function drawProgress(step: { done: number; total: number; label: string }): void {
  if (!process.stderr.isTTY) return
  const filled = Math.round((24 * step.done) / Math.max(1, step.total))
  process.stderr.write(
    `\r\u001B[K  ${'█'.repeat(filled)}${'░'.repeat(24 - filled)} ${step.done}/${step.total} ${step.label}`,
  )
}

async function endServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WAIT_MS_MAX)
  await ended
  clearTimeout(late)
}

function say(line: string): void {
  console.error(line)
}

function seconds(): string {
  return ((performance.now() - started) / 1_000).toFixed(1)
}

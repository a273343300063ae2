import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../tools/free-port.ts'

/** Servers of others, on loopback, in folders of their own; they end with whoever started them. */

export interface Peer extends AsyncDisposable {
  readonly port: number
  /** Of the process itself; PostgreSQL works in children of it. */
  readonly pid: number
}

const START_MS_MAX = 15_000
const REMOVED_TRIES_MAX = 40

/** Finds a Debian package's program, or installs it where one may; undefined, said in one line, where neither goes. */
function find(
  program: string,
  { pattern, packages }: { pattern: string; packages: readonly string[] },
  note: (line: string) => void,
) {
  const found = (): string | undefined => globSync(pattern)[0]
  if (found() === undefined && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    spawnSync('apt-get', ['install', '-y', '-q', ...packages], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  if (found() === undefined) note(`${program} is not here: install ${packages.join(' and ')} to measure against it`)
  return found()
}

async function until(what: string, isThere: () => boolean): Promise<void> {
  for (let waited = 0; waited < START_MS_MAX; waited += 50) {
    if (isThere()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what} did not start`)
}

/** A folder that is gone when it is disposed of, and when this process ends otherwise. */
export function temporaryFolder(name: string): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), `waypost-${name}-`))
  const remove = (): void => {
    // Whoever was just ended may still be writing there, and nothing can be awaited while a process ends.
    for (let tries = 0; tries < REMOVED_TRIES_MAX && existsSync(path); tries++) {
      if (tries > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
      try {
        rmSync(path, { recursive: true, force: true })
      } catch {
        // Something came after the folder was read.
      }
    }
  }
  process.once('exit', remove)
  return {
    path,
    [Symbol.dispose]() {
      process.off('exit', remove)
      remove()
    },
  }
}

/** However this process ends, the other one ends with it, before its folder is removed. */
function endWithThisProcess(child: ChildProcess, signal: NodeJS.Signals): void {
  const endNow = (): void => void child.kill(signal)
  process.prependOnceListener('exit', endNow)
  child.once('exit', () => process.off('exit', endNow))
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

/** `settings`: arguments of `redis-server`. */
export async function startRedis(
  note: (line: string) => void,
  settings: readonly string[] = [],
): Promise<Peer | undefined> {
  const program = find('redis-server', { pattern: '/usr/bin/redis-server', packages: ['redis-server'] }, note)
  if (program === undefined) return undefined
  const folder = temporaryFolder('redis')
  const port = await freePort()
  const child = spawn(
    program,
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path, '--save', '', ...settings],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  endWithThisProcess(child, 'SIGKILL')
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await until('redis-server', () => said.includes('Ready to accept connections'))
  return {
    port,
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      await end(child, 'SIGTERM')
      folder[Symbol.dispose]()
    },
  }
}

/** As fast as it goes for what need not outlive the machine, and with nothing of its own that happens in between. */
const POSTGRES_IN_A_HURRY = ['shared_buffers=512MB', 'fsync=off', 'max_wal_size=4GB', 'jit=off', 'autovacuum=off']

/**
 * User and database `postgres`, no password. Runs as somebody else than root, which PostgreSQL refuses. `isSpatial`: with
 * PostGIS, which may have to be installed. `settings`: of its configuration, each as `name=value`.
 */
export async function startPostgres(
  note: (line: string) => void,
  {
    isSpatial = true,
    settings = POSTGRES_IN_A_HURRY,
  }: { readonly isSpatial?: boolean; readonly settings?: readonly string[] } = {},
): Promise<Peer | undefined> {
  const packages = isSpatial ? ['postgresql-15', 'postgresql-15-postgis-3'] : ['postgresql-15']
  const program = find('PostgreSQL', { pattern: '/usr/lib/postgresql/*/bin/postgres', packages }, note)
  const postgis = globSync('/usr/share/postgresql/*/extension/postgis.control')[0]
  if (program === undefined || (isSpatial && postgis === undefined)) return undefined
  const folder = temporaryFolder('postgres')
  const data = join(folder.path, 'data')
  mkdirSync(data)
  const isRoot = process.getuid?.() === 0
  if (isRoot) spawnSync('chown', ['-R', 'postgres', folder.path])
  const as = (command: string, args: readonly string[]): [string, string[]] =>
    isRoot
      ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', command, ...args]]
      : [command, [...args]]
  const made = spawnSync(
    ...as(join(program, '../initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']),
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const port = await freePort()
  const all = [`unix_socket_directories=${folder.path}`, 'listen_addresses=127.0.0.1', ...settings]
  const child = spawn(...as(program, ['-D', data, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])]), {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // PostgreSQL calls that an immediate shutdown: it ends its own children and waits for nobody.
  endWithThisProcess(child, 'SIGQUIT')
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await until('postgres', () => said.includes('ready to accept connections'))
  return {
    port,
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      await end(child, 'SIGINT')
      folder[Symbol.dispose]()
    },
  }
}

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
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
/** Clock ticks a second in /proc, as Linux fixes them for programs. */
const TICKS = 100

/** CPU time of a process until now, seconds. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

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
  const folder = mkdtempSync(join(tmpdir(), 'waypost-redis-'))
  const port = await freePort()
  const child = spawn(
    program,
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...settings],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await until('redis-server', () => said.includes('Ready to accept connections'))
  return {
    port,
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      await end(child, 'SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** With PostGIS; user and database `postgres`, no password. Runs as somebody else than root, which PostgreSQL refuses. */
export async function startPostgres(note: (line: string) => void): Promise<Peer | undefined> {
  const packages = ['postgresql-15', 'postgresql-15-postgis-3']
  const program = find('PostgreSQL', { pattern: '/usr/lib/postgresql/*/bin/postgres', packages }, note)
  const postgis = globSync('/usr/share/postgresql/*/extension/postgis.control')[0]
  if (program === undefined || postgis === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'waypost-postgres-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  const isRoot = process.getuid?.() === 0
  if (isRoot) spawnSync('chown', ['-R', 'postgres', folder])
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
  const settings = [
    'shared_buffers=512MB',
    'fsync=off',
    'max_wal_size=4GB',
    `unix_socket_directories=${folder}`,
    'listen_addresses=127.0.0.1',
    'jit=off',
    'autovacuum=off',
  ]
  const child = spawn(
    ...as(program, ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await until('postgres', () => said.includes('ready to accept connections'))
  return {
    port,
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      await end(child, 'SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

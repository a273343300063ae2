import { spawnSync } from 'node:child_process'
import { accessSync, constants, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { isOlder, VERSION_MIN_TEXT } from '../packages/engine/src/nats/safety.ts'

/** Debian's packages are unpacked here, and installed nowhere. */
const FOLDER = resolve(import.meta.dirname, '../node_modules/.cache/nats-server')
/** Without a connection the package manager would try for long. */
const FETCH_MS_MAX = 60_000
/** What Debian calls the suite that newer versions come to first. */
const SUITE = 'unstable'

/** Where a nats-server that is new enough is: NATS_SERVER_PATH, then ours, then the PATH; undefined where there is none. */
export function findNatsServer(): string | undefined {
  const named = process.env['NATS_SERVER_PATH']
  if (named) return named
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'nats-server'))
  return [join(FOLDER, 'usr/sbin/nats-server'), ...onPath].find(isNewEnough)
}

/** The same, after trying to fetch one where Debian's package manager is; says so in one line where there is none. */
export function ensureNatsServer(): string | undefined {
  const found = findNatsServer() ?? fetchFromDebian()
  if (found === undefined) {
    console.error(
      `No nats-server ${VERSION_MIN_TEXT} or newer here: the tests that need one are skipped (NATS_SERVER_PATH names one).`,
    )
  }
  return found
}

/** From the mirror that this machine has its own packages from. Touches nothing of the machine's package manager. */
function fetchFromDebian(): string | undefined {
  const source = debianSource()
  if (source === undefined || spawnSync('apt-get', ['--version']).status !== 0) return undefined
  console.error(`Fetching nats-server for the tests (Debian ${SUITE}, unpacked into a folder of ours).`)
  for (const folder of ['parts', 'lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(FOLDER, folder), { recursive: true })
  }
  writeFileSync(join(FOLDER, 'parts/unstable.sources'), source)
  const options = [
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${join(FOLDER, 'parts')}`,
    `Dir::State::lists=${join(FOLDER, 'lists')}`,
    `Dir::Cache=${join(FOLDER, 'cache')}`,
  ].flatMap((option) => ['-o', option])
  const quiet = { cwd: FOLDER, stdio: 'ignore', timeout: FETCH_MS_MAX } as const
  spawnSync('apt-get', [...options, '-qq', 'update'], quiet)
  spawnSync('apt-get', [...options, '-qq', 'download', 'nats-server'], quiet)
  const [file] = globSync(join(FOLDER, 'nats-server_*.deb'))
  if (file !== undefined) spawnSync('dpkg-deb', ['-x', file, FOLDER], quiet)
  return findNatsServer()
}

/** The machine's own Debian source, of another suite; undefined where it has none. */
function debianSource(): string | undefined {
  const stanzas = globSync('/etc/apt/sources.list.d/*.sources').flatMap((file) =>
    readFileSync(file, 'utf8').split(/\n\n+/),
  )
  const fields = stanzas.map((stanza) => ({
    uris: /^URIs:\s*(\S+\/debian\/?)\s*$/m.exec(stanza)?.[1],
    key: /^Signed-By:\s*(\S+)\s*$/m.exec(stanza)?.[1],
  }))
  const found = fields.find(({ uris }) => uris !== undefined)
  if (found === undefined) return undefined
  const signed = found.key === undefined ? '' : `Signed-By: ${found.key}\n`
  return `Types: deb\nURIs: ${found.uris}\nSuites: ${SUITE}\nComponents: main\n${signed}`
}

function isNewEnough(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
  } catch {
    return false
  }
  const version = /v(\d+\.\d+\.\d+)/.exec(spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout)?.[1]
  return version !== undefined && !isOlder(version)
}

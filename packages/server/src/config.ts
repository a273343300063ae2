import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { ok, refuse, type Did, type Result } from '@waypost/kernel'
import { readBudget, type BudgetSettings } from '#serve/budget/settings.ts'
import type { LinkSettings } from '#serve/links/open.ts'
import type { OtlpSettings } from '#serve/ops/otlp.ts'
import { tileFile, type TileSource } from '#serve/tiles.ts'
import { pushKeysFault, type PushKeys } from '#serve/push/keys.ts'
import { editDistance } from './edit-distance.ts'
import { readEngineChoice, type EngineChoice } from './engine-choice.ts'

/** What this process does: everything, or one half of it, where others do the other. */
export type Role = (typeof ROLES)[number]

/** Everything that an operator can set, read once at the start. */
export interface Config {
  readonly version: string
  readonly role: Role
  readonly dataFolder: string
  readonly engine: EngineChoice
  /** How long a server that was told to end goes on answering, so that whoever sends it requests stops first. */
  readonly drainMs: number
  /** How often a snapshot of the read model is taken, by one of all replicas; undefined: never. */
  readonly snapshotEveryMs: number | undefined
  readonly port: number
  readonly host: string
  /** How this process is linked to the others of its engine; undefined: not at all. */
  readonly links: LinkSettings | undefined
  /** Where people reach this server, without a path; undefined on a laptop, where it is the loopback address. */
  readonly publicUrl: URL | undefined
  /** PDSes and relays to follow, as origins (`https://…`). */
  readonly hosts: readonly string[]
  readonly plcUrl: string
  readonly serviceDid: Did
  /** The PDS of a network on this machine; with it, loopback addresses are allowed and people can sign up. */
  readonly sandbox: URL | undefined
  /** A JSON file with places beside the built-in directory. */
  readonly placesFile: string | undefined
  /** The built client. */
  readonly webFolder: string | undefined
  readonly mapStyle: string | undefined
  /** An archive of map tiles, for street-level maps. */
  readonly tiles: TileSource | undefined
  /** Threads that check commits beside the one that reads the hosts. */
  readonly checkThreads: number
  /** By which push services know this server; without them nobody is told anything by push. */
  readonly pushKeys: PushKeys | undefined
  /** What the operator signs in with; undefined: there is no operator's page. */
  readonly opsPassword: string | undefined
  /** What this process may use, and what that costs. */
  readonly budget: BudgetSettings
  readonly logLevel: string
  /** Where traces, metrics and log lines are sent as well; undefined: nowhere. */
  readonly otlp: OtlpSettings | undefined
}

/** One thing that can be set: by its `WAYPOST_*` name or by a flag of `waypost serve`. */
export interface Option {
  readonly name: string
  readonly flag: string
  /** As one would write it; empty where absence is the default. */
  readonly default: string
  readonly meaning: string
  /** Shown to nobody. */
  readonly secret?: true
}

export const OPTIONS: readonly Option[] = [
  option('WAYPOST_DATA', './data', 'Folder of everything that this server keeps.'),
  {
    ...option(
      'WAYPOST_ENGINE',
      'embedded',
      'What keeps the log: embedded (the data folder), or nats://HOST:PORT,… with all servers of a cluster.',
    ),
    secret: true,
  },
  option(
    'WAYPOST_ENGINE_MONITORS',
    '',
    'Monitoring of those servers, as http:// URLs separated by commas. Empty: port 8222 of each.',
  ),
  option(
    'WAYPOST_ROLE',
    'all',
    'What this process does: all; ingest (follows the hosts); or replica (shows what others take in). The last two need NATS.',
  ),
  option(
    'WAYPOST_DRAIN_SECONDS',
    '',
    'How long a server that is told to end says that it is not ready, and goes on answering; 0 to 20. Empty: 5 on NATS, else 0.',
  ),
  option(
    'WAYPOST_SNAPSHOT_MINUTES',
    '',
    'How often one of the replicas keeps a snapshot for those that begin; 0: never. Empty: 60 on NATS, else never.',
  ),
  option('WAYPOST_PORT', '4000', 'TCP port; 0 takes any free one.'),
  option('WAYPOST_HOST', '127.0.0.1', 'Address to listen on.'),
  option(
    'WAYPOST_LINK_PORT',
    '',
    'TCP port for the other processes of the same engine, to spread who is here now and how each of them is. Empty: off.',
  ),
  option('WAYPOST_PEERS', '', 'Where they are, as HOST:PORT,…; a name may stand for many, and is looked up again.'),
  {
    ...option('WAYPOST_CLUSTER_SECRET', '', 'What they all know and nobody else: 32 random characters or more.'),
    secret: true,
  },
  option('WAYPOST_PUBLIC_URL', '', 'Where people reach this server, such as https://waypost.example. Empty: loopback.'),
  option(
    'WAYPOST_HOSTS',
    '',
    'Firehoses to follow: URLs of PDSes and relays, separated by commas. Each is asked which it is.',
  ),
  option('WAYPOST_PLC_URL', 'https://plc.directory', 'Directory of did:plc identities.'),
  option('WAYPOST_SERVICE_DID', '', 'DID of this service. Empty: did:web of the public URL.'),
  option('WAYPOST_SANDBOX', '', 'URL of a PDS on this machine: allows loopback addresses, http and sign-up.'),
  option('WAYPOST_PLACES', '', 'JSON file with places beside the built-in directory.'),
  option('WAYPOST_WEB', '', 'Folder of the built web client. Empty: the API alone.'),
  option('WAYPOST_MAP_STYLE', '', 'URL of a MapLibre style. Empty: the built-in world map.'),
  option(
    'WAYPOST_TILES',
    '',
    'PMTiles archive with the layers of Protomaps, for street-level maps: a file or a URL. Empty: no streets.',
  ),
  option(
    'WAYPOST_CHECK_THREADS',
    '',
    'Threads that check commits; 0 to 64. Empty: one less than there are cores, at least one.',
  ),
  option('WAYPOST_PUSH_PUBLIC_KEY', '', 'Public key for web push, by `waypost push-keys`. Empty: no web push.'),
  { ...option('WAYPOST_PUSH_PRIVATE_KEY', '', 'The private key of that pair.'), secret: true },
  option('WAYPOST_PUSH_SUBJECT', '', 'Where push services reach the operator: a mailto: or https: address.'),
  {
    ...option(
      'WAYPOST_OPS_PASSWORD',
      '',
      "Password of the operator's page at /ops: 16 characters or more. Empty: no page.",
    ),
    secret: true,
  },
  option(
    'WAYPOST_BUDGET',
    '',
    'What this process may use in a day and a month, and prices: JSON, or a file of it. Empty: all it wants.',
  ),
  option('WAYPOST_LOG_LEVEL', 'info', 'trace, debug, info, warn, error, fatal or silent.'),
]

function option(name: string, fallback: string, meaning: string): Option {
  const flag = name.slice('WAYPOST_'.length).toLowerCase().replaceAll('_', '-')
  return { name, flag, default: fallback, meaning }
}

/** The process is ended by force after half a minute. */
const DRAIN_SECONDS_MAX = 20
const ROLES = ['all', 'ingest', 'replica'] as const
const PEER = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}$/
const SECRET_LENGTH_MIN = 32
const PASSWORD_LENGTH_MIN = 16
/** Fewer different ones were not drawn at random. */
const SECRET_CHARACTERS_MIN = 8
const PUSH_OPTIONS = ['WAYPOST_PUSH_PUBLIC_KEY', 'WAYPOST_PUSH_PRIVATE_KEY', 'WAYPOST_PUSH_SUBJECT']
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
const DID = /^did:[a-z]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]$/

/**
 * What the environment and the flags (by their long names, without dashes in front) come to. Flags win. Refused with
 * one line per fault: unknown `WAYPOST_*` names and values that cannot be meant.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
): Result<Config, readonly string[]> {
  const faults = unknownNames(env)
  const read = (name: string): string => {
    const known = OPTIONS.find((each) => each.name === name)!
    return (flags[known.flag] ?? env[name] ?? known.default).trim()
  }
  const readUrl = (name: string, protocols: readonly string[]): URL | undefined => {
    const text = read(name)
    if (text === '') return undefined
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url && protocols.includes(url.protocol)) return url
    faults.push(`${name}: "${text}" is not a URL of ${protocols.map((each) => `${each}//`).join(' or ')}`)
    return undefined
  }

  const portText = read('WAYPOST_PORT')
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN
  if (!(port <= 65_535)) faults.push(`WAYPOST_PORT: "${portText}" is not a port (0 to 65535)`)

  const logLevel = read('WAYPOST_LOG_LEVEL')
  if (!LOG_LEVELS.includes(logLevel))
    faults.push(`WAYPOST_LOG_LEVEL: "${logLevel}" is none of ${LOG_LEVELS.join(', ')}`)

  const threadsText = read('WAYPOST_CHECK_THREADS') || String(Math.max(1, availableParallelism() - 1))
  const checkThreads = /^\d{1,2}$/.test(threadsText) ? Number(threadsText) : Number.NaN
  if (!(checkThreads <= 64)) faults.push(`WAYPOST_CHECK_THREADS: "${threadsText}" is not a number of threads (0 to 64)`)

  const publicUrl = readUrl('WAYPOST_PUBLIC_URL', ['https:', 'http:'])
  if (publicUrl && publicUrl.href !== `${publicUrl.origin}/`) faults.push('WAYPOST_PUBLIC_URL: leave out the path')
  // Sign-ins of other servers lead back to https or to this very machine, and to nothing else.
  if (publicUrl?.protocol === 'http:' && publicUrl.hostname !== '127.0.0.1') {
    faults.push('WAYPOST_PUBLIC_URL: http is for 127.0.0.1 only')
  }

  const sandbox = readUrl('WAYPOST_SANDBOX', ['http:', 'https:'])
  const plcUrl = readUrl('WAYPOST_PLC_URL', ['http:', 'https:'])
  const mapStyle = readUrl('WAYPOST_MAP_STYLE', ['https:', 'http:'])
  const tiles = tilesAt(read('WAYPOST_TILES'))
  if (read('WAYPOST_TILES') !== '' && tiles === undefined)
    faults.push(`WAYPOST_TILES: "${read('WAYPOST_TILES')}" is neither a PMTiles archive nor a URL of one`)
  if (mapStyle && tiles) faults.push('WAYPOST_TILES: leave it out, or WAYPOST_MAP_STYLE, which draws its own streets')

  const hosts = read('WAYPOST_HOSTS')
    .split(',')
    .flatMap((text) => {
      const trimmed = text.trim()
      if (trimmed === '') return []
      const url = hostUrl(trimmed)
      if (url === undefined) faults.push(`WAYPOST_HOSTS: "${trimmed}" is not a URL of a firehose`)
      return url ?? []
    })

  const serviceDid = read('WAYPOST_SERVICE_DID') || `did:web:${publicUrl?.hostname ?? 'localhost'}`
  if (!DID.test(serviceDid)) faults.push(`WAYPOST_SERVICE_DID: "${serviceDid}" is not a DID`)

  const [publicKey, privateKey, subject] = PUSH_OPTIONS.map(read) as [string, string, string]
  const hasPush = [publicKey, privateKey, subject].some((text) => text !== '')
  const pushKeys = hasPush ? Object.freeze({ publicKey, privateKey, subject }) : undefined
  const pushFault = pushKeys && pushKeysFault(pushKeys)
  if (pushFault !== undefined) faults.push(`${PUSH_OPTIONS.join(', ')}: ${pushFault}`)

  const opsPassword = read('WAYPOST_OPS_PASSWORD') || undefined
  if (opsPassword !== undefined && opsPassword.length < PASSWORD_LENGTH_MIN)
    faults.push(
      `WAYPOST_OPS_PASSWORD: is too short; ${PASSWORD_LENGTH_MIN} characters or more, as of openssl rand -hex 16`,
    )

  const budget = readBudget(read('WAYPOST_BUDGET'))
  if (!budget.ok) faults.push(...budget.error.map((fault) => `WAYPOST_BUDGET: ${fault}`))

  const otlp = readOtlp(env, faults)

  const engine = readEngineChoice(read('WAYPOST_ENGINE'), read('WAYPOST_ENGINE_MONITORS'))
  if (!engine.ok) faults.push(engine.error)

  const isShared = engine.ok && engine.value.kind !== 'embedded'

  const links = readLinks(read, faults)
  if (links && engine.ok && !isShared)
    faults.push('WAYPOST_LINK_PORT: needs WAYPOST_ENGINE=nats://…; on the embedded engine there is nobody to link to')
  if (links && links.port !== 0 && links.port === port)
    faults.push('WAYPOST_LINK_PORT: is the port of WAYPOST_PORT; links need one of their own')

  const roleText = read('WAYPOST_ROLE')
  const role = ROLES.find((each) => each === roleText) ?? 'all'
  if (role !== roleText) faults.push(`WAYPOST_ROLE: "${roleText}" is none of ${ROLES.join(', ')}`)
  if (role !== 'all' && engine.ok && !isShared)
    faults.push(`WAYPOST_ROLE: ${role} needs WAYPOST_ENGINE=nats://…; the embedded engine is of one process`)

  /** Empty: as said for the engine. */
  const readCount = (name: string, { max, onNats, unit }: { max: number; onNats: number; unit: string }): number => {
    const text = read(name) || (isShared ? String(onNats) : '0')
    const count = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
    if (!(count <= max)) faults.push(`${name}: "${text}" is not a number of ${unit} (0 to ${max})`)
    return count
  }
  const drainSeconds = readCount('WAYPOST_DRAIN_SECONDS', { max: DRAIN_SECONDS_MAX, onNats: 5, unit: 'seconds' })
  const snapshotMinutes = readCount('WAYPOST_SNAPSHOT_MINUTES', { max: 10_080, onNats: 60, unit: 'minutes' })

  if (faults.length > 0 || !engine.ok || !budget.ok) return refuse(faults)
  return ok(
    Object.freeze({
      version: packageVersion(),
      role,
      drainMs: drainSeconds * 1_000,
      snapshotEveryMs: snapshotMinutes === 0 ? undefined : snapshotMinutes * 60_000,
      dataFolder: resolve(read('WAYPOST_DATA')),
      engine: engine.value,
      port,
      host: read('WAYPOST_HOST'),
      links: links && Object.freeze(links),
      publicUrl,
      hosts: Object.freeze(hosts),
      plcUrl: plcUrl!.href.replace(/\/$/, ''),
      serviceDid: serviceDid as Did,
      sandbox,
      placesFile: pathOf(read('WAYPOST_PLACES')),
      webFolder: pathOf(read('WAYPOST_WEB')),
      mapStyle: mapStyle?.href,
      tiles,
      checkThreads,
      pushKeys,
      opsPassword,
      budget: budget.value,
      logLevel,
      otlp,
    }),
  )
}

/** By the names that OpenTelemetry gives them; what else it knows, such as headers, its packages read themselves. */
function readOtlp(env: Readonly<Record<string, string | undefined>>, faults: string[]): OtlpSettings | undefined {
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT']?.trim() ?? ''
  if (endpoint === '') return undefined
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    faults.push(`OTEL_EXPORTER_OTLP_ENDPOINT: "${endpoint}" is not a URL of http:// or https://`)
  const ratioText = env['OTEL_TRACES_SAMPLER_ARG']?.trim() || '1'
  const ratio = /^(0|1|0?\.\d+|[01]\.\d*)$/.test(ratioText) ? Number(ratioText) : Number.NaN
  if (!(ratio >= 0 && ratio <= 1)) faults.push(`OTEL_TRACES_SAMPLER_ARG: "${ratioText}" is not a share from 0 to 1`)
  const serviceName = env['OTEL_SERVICE_NAME']?.trim() || 'waypost'
  return { endpoint: endpoint.replace(/\/+$/, ''), serviceName, ratio }
}

/** Undefined where no port is set: then there are no links, and whatever else is set for them is a fault. */
function readLinks(read: (name: string) => string, faults: string[]): LinkSettings | undefined {
  const [portText, secret] = [read('WAYPOST_LINK_PORT'), read('WAYPOST_CLUSTER_SECRET')]
  const peers = read('WAYPOST_PEERS')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
  const isOff = portText === ''
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN
  if (!isOff && !(port <= 65_535)) faults.push(`WAYPOST_LINK_PORT: "${portText}" is not a port (0 to 65535)`)
  if (isOff && peers.length > 0) faults.push('WAYPOST_PEERS: needs WAYPOST_LINK_PORT')
  for (const peer of peers) if (!PEER.test(peer)) faults.push(`WAYPOST_PEERS: "${peer}" is not HOST:PORT`)
  if (secret === '' && (!isOff || peers.length > 0))
    faults.push('WAYPOST_CLUSTER_SECRET: is not set, and without it anybody could be one of the cluster')
  // Not shown: it may be a good one with a slip in it.
  if (secret !== '' && (secret.length < SECRET_LENGTH_MIN || new Set(secret).size < SECRET_CHARACTERS_MIN))
    faults.push(
      `WAYPOST_CLUSTER_SECRET: is too weak; ${SECRET_LENGTH_MIN} random characters or more, as of openssl rand -hex 32`,
    )
  return isOff ? undefined : { host: read('WAYPOST_HOST'), port, peers, secret }
}

/** The origin of a host to follow, by which the log knows it: `wss` becomes `https`, a bare name stands for https. */
export function hostUrl(text: string): string | undefined {
  const withScheme = /^[a-z]+:\/\//.test(text) ? text : `https://${text}`
  if (!URL.canParse(withScheme)) return undefined
  const url = new URL(withScheme)
  const protocol = { 'https:': 'https:', 'wss:': 'https:', 'http:': 'http:', 'ws:': 'http:' }[url.protocol]
  return protocol === undefined ? undefined : `${protocol}//${url.host}`
}

/** The config as an operator would set it, for `waypost config`: one row an option. */
export function describeOptions(env: Readonly<Record<string, string | undefined>>): string {
  const shown = ({ name, default: fallback, secret }: Option): string => {
    const value = env[name]
    return value === undefined ? fallback : secret ? '(set)' : value
  }
  const rows = OPTIONS.map((each) => [each.name, `--${each.flag}`, shown(each), each.meaning])
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function unknownNames(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('WAYPOST_') && !OPTIONS.some((each) => each.name === name))
    .toSorted()
    .map((name) => `${name} is not an option of Waypost: did you mean ${nearestName(name)}?`)
}

function nearestName(name: string): string {
  return OPTIONS.map((each) => each.name).toSorted((a, b) => editDistance(name, a) - editDistance(name, b))[0]!
}

function tilesAt(text: string): TileSource | undefined {
  if (text === '') return undefined
  if (!/^https?:\/\//.test(text)) return tileFile(resolve(text))
  return URL.canParse(text) ? { kind: 'url', url: new URL(text).href } : undefined
}

function pathOf(text: string): string | undefined {
  return text === '' ? undefined : resolve(text)
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { ok, refuse, type Did, type Result } from '@waypost/kernel'
import { pushKeysFault, type PushKeys } from '#serve/push/keys.ts'

/** Everything that an operator can set, read once at the start. */
export interface Config {
  readonly version: string
  readonly dataFolder: string
  readonly port: number
  readonly host: string
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
  /** Threads that check commits beside the one that reads the hosts. */
  readonly checkThreads: number
  /** By which push services know this server; without them nobody is told anything by push. */
  readonly pushKeys: PushKeys | undefined
  readonly logLevel: string
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
  option('WAYPOST_PORT', '4000', 'TCP port; 0 takes any free one.'),
  option('WAYPOST_HOST', '127.0.0.1', 'Address to listen on.'),
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
    'WAYPOST_CHECK_THREADS',
    '',
    'Threads that check commits; 0 to 64. Empty: one less than there are cores, at least one.',
  ),
  option('WAYPOST_PUSH_PUBLIC_KEY', '', 'Public key for web push, by `waypost push-keys`. Empty: no web push.'),
  { ...option('WAYPOST_PUSH_PRIVATE_KEY', '', 'The private key of that pair.'), secret: true },
  option('WAYPOST_PUSH_SUBJECT', '', 'Where push services reach the operator: a mailto: or https: address.'),
  option('WAYPOST_LOG_LEVEL', 'info', 'trace, debug, info, warn, error, fatal or silent.'),
]

function option(name: string, fallback: string, meaning: string): Option {
  const flag = name.slice('WAYPOST_'.length).toLowerCase().replaceAll('_', '-')
  return { name, flag, default: fallback, meaning }
}

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

  if (faults.length > 0) return refuse(faults)
  return ok(
    Object.freeze({
      version: packageVersion(),
      dataFolder: resolve(read('WAYPOST_DATA')),
      port,
      host: read('WAYPOST_HOST'),
      publicUrl,
      hosts: Object.freeze(hosts),
      plcUrl: plcUrl!.href.replace(/\/$/, ''),
      serviceDid: serviceDid as Did,
      sandbox,
      placesFile: pathOf(read('WAYPOST_PLACES')),
      webFolder: pathOf(read('WAYPOST_WEB')),
      mapStyle: mapStyle?.href,
      checkThreads,
      pushKeys,
      logLevel,
    }),
  )
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

/** Levenshtein's: how many letters must be put in, taken out or changed. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

function pathOf(text: string): string | undefined {
  return text === '' ? undefined : resolve(text)
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

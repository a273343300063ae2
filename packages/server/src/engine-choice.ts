import { ok, refuse, type Result } from '@waypost/kernel'

/** What keeps the log: this machine, or servers of NATS. */
export type EngineChoice =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'nats'
      /** `nats://` or `tls://` URLs; a name and a password in the first one are for all. */
      readonly servers: readonly string[]
      /** `http://` URLs of their monitoring. */
      readonly monitors: readonly string[]
    }

/** Where nats-server's own examples, packages and charts put its monitoring. */
const MONITOR_PORT = 8_222

/**
 * `embedded`, or `nats://HOST:PORT,HOST:PORT,…`; where the monitoring is elsewhere than at port 8222 of these hosts,
 * `monitors` says where, separated by commas. Refused with a line that says what was meant.
 */
export function readEngineChoice(text: string, monitors: string): Result<EngineChoice, string> {
  if (text === 'embedded') {
    return monitors === ''
      ? ok({ kind: 'embedded' })
      : refuse('WAYPOST_ENGINE_MONITORS: only servers of NATS have them')
  }
  const scheme = /^(nats|tls):\/\//.exec(text)?.[0]
  const parts = text.split(',').map((part) => part.trim())
  const servers = parts.map((part) => (scheme === undefined || part.includes('://') ? part : `${scheme}${part}`))
  if (scheme === undefined || !servers.every((url) => url.startsWith(scheme) && hasHostAlone(url))) {
    return refuse('WAYPOST_ENGINE: neither "embedded" nor of the form nats://HOST:PORT,HOST:PORT,…')
  }
  const named = monitors === '' ? servers.map(monitorOf) : monitors.split(',').map((part) => part.trim())
  if (!named.every((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) {
    return refuse('WAYPOST_ENGINE_MONITORS: not all are URLs of http:// or https://')
  }
  return ok({ kind: 'nats', servers: Object.freeze(servers), monitors: Object.freeze(named) })
}

function hasHostAlone(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { host, pathname, search, hash } = new URL(url)
  return host !== '' && /^\/?$/.test(pathname) && search === '' && hash === ''
}

function monitorOf(server: string): string {
  return `http://${new URL(server).hostname}:${MONITOR_PORT}`
}

import type { KeyValue } from '@waypost/engine'
import { ok, refuse, type Result, type World } from '@waypost/kernel'
import type { FastifyInstance } from 'fastify'
import type { Outbound } from '#wire/outbound.ts'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { createRateLimit } from '#serve/rate-limit.ts'
import { answerFault } from '#serve/xrpc/adapter.ts'

export interface Crawling {
  readonly keyValue: KeyValue
  readonly outbound: Outbound
  /** On one machine hosts have ports and no certificates. */
  readonly loopbackAllowed: boolean
  /** Follows a host by its origin, now and after a restart; nothing happens where it is followed already. */
  readonly follow: (origin: string) => Promise<void>
  readonly requested: (host: string, outcome: 'added' | 'known' | 'refused') => void
}

/** A host is a connection, a cursor and a share of our attention. */
const HOSTS_MAX = 256
const REQUESTS_PER_HOUR_MAX = 20
const DESCRIPTION_BYTES_MAX = 100_000
const DESCRIPTION_MS_MAX = 5_000
const PREFIX = 'host/'

/** Hosts that asked to be followed and were found to be there, as origins. */
export async function knownHosts(keyValue: KeyValue): Promise<readonly string[]> {
  return (await keyValue.list(PREFIX)).map((key) => key.slice(PREFIX.length))
}

export async function rememberHost(keyValue: KeyValue, origin: string): Promise<void> {
  await keyValue.put(PREFIX + origin, new Uint8Array())
}

/**
 * `com.atproto.sync.requestCrawl`: a PDS asks us to follow it. It must be a public host that answers as a PDS; it is
 * kept, so that a restart follows it again.
 */
export function mountCrawl(app: FastifyInstance, world: World, crawling: Crawling): void {
  const limit = createRateLimit(world, { count: REQUESTS_PER_HOUR_MAX, periodMs: 3_600_000 })
  app.post('/xrpc/com.atproto.sync.requestCrawl', async (request, reply) => {
    const origin = originOf((request.body as { hostname?: unknown } | null)?.hostname, crawling.loopbackAllowed)
    if (!origin.ok) return answerFault(reply, origin.error)
    if (!limit.allow(request.ip)) return answerFault(reply, xrpcFault(429, 'RateLimitExceeded', 'try again later'))
    const added = await consider(crawling, origin.value)
    return added.ok ? reply.code(200).send({}) : answerFault(reply, added.error)
  })
}

async function consider(crawling: Crawling, origin: string): Promise<Result<undefined, XrpcFault>> {
  const { keyValue, outbound, requested } = crawling
  const known = await knownHosts(keyValue)
  if (known.includes(origin)) {
    requested(origin, 'known')
    return ok(undefined)
  }
  const description = await outbound.fetch(`${origin}/xrpc/com.atproto.server.describeServer`, {
    maxBytes: DESCRIPTION_BYTES_MAX,
    timeoutMs: DESCRIPTION_MS_MAX,
    redirect: 'error',
  })
  if (!description.ok || description.value.status !== 200 || known.length >= HOSTS_MAX) {
    requested(origin, 'refused')
    return refuse(
      known.length >= HOSTS_MAX
        ? xrpcFault(503, 'NotEnoughResources', 'this server follows as many hosts as it can')
        : xrpcFault(400, 'HostNotFound', 'the host does not answer as a PDS'),
    )
  }
  await crawling.follow(origin)
  requested(origin, 'added')
  return ok(undefined)
}

/** A public name without a port; on one machine also a loopback address with one. */
function originOf(hostname: unknown, loopbackAllowed: boolean): Result<string, XrpcFault> {
  const text = typeof hostname === 'string' ? hostname.toLowerCase() : ''
  if (loopbackAllowed && /^(localhost|127\.0\.0\.1):\d{1,5}$/.test(text)) return ok(`http://${text}`)
  if (text.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(text)) {
    return ok(`https://${text}`)
  }
  return refuse(xrpcFault(400, 'InvalidRequest', 'hostname is not a public host name'))
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastifyCompress from '@fastify/compress'
import fastifyCookie from '@fastify/cookie'
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
import type { World } from '@waypost/kernel'
import { mountCards } from './card/cards.ts'
import { mountCrawl, type Crawling } from './crawl.ts'
import { mountExport } from './export/export.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { mountHealth, type Health } from './health.ts'
import { mountImages, type Images } from './images.ts'
import { mountEventStream, type Following } from './live/event-stream.ts'
import { mountSubscription } from './live/subscription.ts'
import { mountOps, type Ops } from './ops/mount.ts'
import type { Overload } from './overload.ts'
import { signedInWith } from './session/browser.ts'
import { mountOAuth, type SigningIn } from './session/oauth-routes.ts'
import { BROTLI, COMPRESSED_BYTES_MIN, createShortWay } from './short-way.ts'
import { answerPage, isPage, mountWeb, type WebOptions } from './web.ts'
import { mountXrpc, type XrpcHost } from './xrpc/adapter.ts'

/** Everything that answers requests, each part by what it needs. */
export interface Serving extends Following {
  readonly xrpc: XrpcHost
  readonly signing: SigningIn
  readonly images: Images
  readonly crawling: Crawling
  readonly health: Health
  readonly ops: Ops
  /** Undefined: the API alone. */
  readonly web: WebOptions | undefined
  /** Whether a proxy stands before us, so that addresses of people come from its header. */
  readonly behindProxy: boolean
  /** Whether this server is about to close: then no connection is kept for another request. */
  readonly isDraining: () => boolean
  readonly overload: Pick<Overload, 'refuse'>
  readonly answered: (answer: { method: string; route: string; status: number; ms: number }) => void
  readonly failed: (route: string, error: unknown) => void
}

/** A JSON body that is no XRPC's: a handle, a host's name. */
const BODY_BYTES_MAX = 10_000
/** A request whose head and body have not come by then is cut off; a photo over a slow line takes a while. */
const REQUEST_MS_MAX = 120_000
const CONNECTION_IDLE_MS_MAX = 65_000
const TIMEOUTS = { requestTimeout: REQUEST_MS_MAX, keepAliveTimeout: CONNECTION_IDLE_MS_MAX }

/**
 * In: HTTP. Out: pages, XRPC, pictures and what is live. Promise: whatever comes, the answer has our security headers,
 * an error is JSON of one shape, and the reason for a fault of our own stays in the log.
 */
export async function createHttp(world: World, serving: Serving): Promise<FastifyInstance> {
  const { pages, recognise } = serving.xrpc
  const shortWay = createShortWay({ clock: world.clock, pages, recognise, answered: serving.answered })
  let isClosing = false
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    serverFactory: (longWay) =>
      createServer(TIMEOUTS, (request, response) => {
        if (serving.isDraining()) response.setHeader('connection', 'close')
        if (!isClosing && (shortWay(request, response) || serving.overload.refuse(request, response))) return
        longWay(request, response)
      }),
    trustProxy: serving.behindProxy ? 'loopback, linklocal, uniquelocal' : false,
    routerOptions: { maxParamLength: 1_024, ignoreTrailingSlash: false },
    forceCloseConnections: 'idle',
    // What came before the end is answered as always.
    return503OnClosing: false,
  })
  const starts = new WeakMap<FastifyRequest, number>()
  app.addHook('onRequest', async (request, reply) => {
    starts.set(request, world.clock.elapsed())
    void reply.headers(SECURITY_HEADERS)
  })
  app.addHook('onResponse', async (request, reply) => {
    const ms = world.clock.elapsed() - (starts.get(request) ?? world.clock.elapsed())
    const route = routeOf(request)
    serving.answered({ method: request.method, route, status: reply.statusCode, ms })
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, name, message } = clientFault(error)
    if (status === 500) serving.failed(request.routeOptions.url ?? 'none', error)
    return reply
      .code(status)
      .type('application/json')
      .send(JSON.stringify({ error: name, message }))
  })

  app.addHook('preClose', async () => {
    isClosing = true
    serving.tail[Symbol.dispose]()
  })

  await app.register(fastifyCookie)
  await app.register(fastifyCompress, {
    threshold: COMPRESSED_BYTES_MIN,
    encodings: ['br', 'gzip'],
    brotliOptions: BROTLI,
  })
  mountHealth(app, serving.health)
  mountImages(app, serving.images)
  mountCards(app, serving.images, serving.xrpc.queries)
  mountEventStream(app, serving)
  mountSubscription(app, serving)
  mountOAuth(app, world, serving.signing)
  const { home, sessions } = serving.signing
  mountExport(app, world, {
    queries: serving.xrpc.queries,
    origin: home.origin,
    signedIn: (request) => signedInWith(request, home, sessions),
  })
  mountCrawl(app, world, serving.crawling)
  mountOps(app, serving.ops, home)
  await app.register(async (scope) => mountXrpc(scope, serving.xrpc))
  if (serving.web) await mountWeb(app, serving.web)
  app.setNotFoundHandler((request, reply) =>
    serving.web && isPage(request)
      ? answerPage(reply)
      : reply.code(404).send({ error: 'NotFound', message: 'nothing is here' }),
  )
  return app
}

/** What figures call a request by: every file of the client is a route, and each version has others. */
function routeOf({ routeOptions: { url = 'none' } }: FastifyRequest): string {
  return url.startsWith('/assets/') ? '/assets/*' : url
}

/** The port that was really taken. */
export function portOf(app: FastifyInstance): number {
  return (app.server.address() as AddressInfo | null)?.port ?? 0
}

/** What to tell of an error that a plugin or the HTTP layer found; whatever is no one's fault but ours is a 500. */
function clientFault(error: FastifyError): { status: number; name: string; message: string } {
  const status = error.statusCode ?? 500
  if (status === 413) return { status, name: 'PayloadTooLarge', message: 'request entity too large' }
  if (status === 429) return { status, name: 'RateLimitExceeded', message: 'try again later' }
  if (status >= 400 && status < 500) return { status: 400, name: 'InvalidRequest', message: error.message }
  return { status: 500, name: 'InternalServerError', message: 'Internal Server Error' }
}

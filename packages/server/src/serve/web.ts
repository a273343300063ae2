import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Home } from './session/browser.ts'
import { contentSecurityPolicy } from './headers.ts'

export interface WebOptions {
  /** The built client. */
  readonly folder: string
  readonly mapStyle: string | undefined
  /** Where sign-ins come back to: pages that were opened under another name of this machine are led there. */
  readonly home: Home
}

/** Paths of the server itself: an unknown one among them is an error and never a page. */
const NOT_PAGES = /^\/(xrpc|oauth|img|live|health|metrics|assets|\.well-known)(\/|\?|$)/

/**
 * The web client. Built files have their hash in the name and stay for ever; every other path is the page of the one
 * application, which is asked for anew each time.
 */
export async function mountWeb(app: FastifyInstance, { folder, mapStyle, home }: WebOptions): Promise<void> {
  const policy = contentSecurityPolicy(mapStyle)
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    index: 'index.html',
    globIgnore: [],
    cacheControl: false,
    setHeaders(response, path) {
      const hashed = path.startsWith(join(folder, 'assets/'))
      response.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      response.header('content-security-policy', policy)
    },
  })
  app.addHook('onRequest', async (request, reply) => {
    const onLocalhost = /^localhost(:\d+)?$/.test(request.headers.host ?? '')
    if (!onLocalhost || !home.origin().startsWith('http://127.0.0.1:') || !isPage(request)) return undefined
    // The cookie of one name is not sent to the other.
    return reply.redirect(home.origin() + request.url, 302)
  })
}

/** The page of the one application, whatever path it is to show. */
export function answerPage(reply: FastifyReply): FastifyReply {
  return reply.sendFile('index.html')
}

export function isPage({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !NOT_PAGES.test(url) && /text\/html|\*\/\*/.test(headers.accept ?? '*/*')
}

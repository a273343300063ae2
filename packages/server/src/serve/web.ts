import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Home } from './session/browser.ts'
import { contentSecurityPolicy, type MapSources } from './headers.ts'
import { mountTiles } from './tiles.ts'
import { headTags, type PageHead, type PageHeads } from './page-head.ts'

export interface WebOptions extends MapSources {
  /** The built client. */
  readonly folder: string
  /** Where sign-ins come back to: pages that were opened under another name of this machine are led there. */
  readonly home: Home
  /** What pages say of themselves to link previews. */
  readonly heads: PageHeads
}

/** Paths of the server itself: an unknown one among them is an error and never a page. */
const NOT_PAGES = /^\/(xrpc|oauth|img|tiles|export|live|health|metrics|ops\/api|assets|\.well-known)(\/|\?|$)/

/** What the first page asks for as soon as it can: the browser asks at once, beside the scripts. */
const FIRST_QUESTION = '</xrpc/app.waypost.feed.getGlobal?limit=30>; rel=preload; as=fetch; crossorigin'

/**
 * The web client. Built files have their hash in the name and stay for ever; every other path is the page of the one
 * application, which is asked for anew each time.
 */
export async function mountWeb(app: FastifyInstance, options: WebOptions): Promise<void> {
  const { folder, home, tiles } = options
  const policy = contentSecurityPolicy(options)
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    index: 'index.html',
    globIgnore: [],
    cacheControl: false,
    setHeaders(response, path) {
      const hashed = path.startsWith(join(folder, 'assets/')) || (tiles?.kind === 'file' && path === tiles.path)
      response.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      response.header('content-security-policy', policy)
    },
  })
  mountTiles(app, tiles)
  mountHeads(app, options, policy)
  app.addHook('onRequest', async (request, reply) => {
    if (!/^\/(\?|$)/.test(request.url) || !isPage(request)) return
    const photos = options.heads.firstPhotos().map((path) => `<${path}>; rel=preload; as=image; fetchpriority=high`)
    reply.header('link', [FIRST_QUESTION, ...photos].join(', '))
  })
  app.addHook('onRequest', async (request, reply) => {
    const onLocalhost = /^localhost(:\d+)?$/.test(request.headers.host ?? '')
    if (!onLocalhost || !home.origin().startsWith('http://127.0.0.1:') || !isPage(request)) return undefined
    // The cookie of one name is not sent to the other.
    return reply.redirect(home.origin() + request.url, 302)
  })
}

/** The pages that links are shared of: the same page with a head of its own, or as an error where nothing is to be seen. */
function mountHeads(app: FastifyInstance, { folder, home, heads }: WebOptions, policy: string): void {
  const answer = async (reply: FastifyReply, head: PageHead | 'gone'): Promise<FastifyReply> => {
    if (head === 'gone') return answerPage(reply.code(404))
    const page = await readFile(join(folder, 'index.html'), 'utf8')
    const html = page
      .replace(/\s*<meta name="description"[^>]*>/, '')
      .replace(/<title>[^<]*<\/title>/, () => headTags(head, home.origin()))
    return reply
      .headers({ 'cache-control': 'no-cache', 'content-security-policy': policy })
      .type('text/html; charset=utf-8')
      .send(html)
  }
  app.get<{ Params: Record<'did' | 'collection' | 'rkey', string> }>(
    '/checkin/:did/:collection/:rkey',
    async ({ params }, reply) => answer(reply, heads.checkin(`at://${params.did}/${params.collection}/${params.rkey}`)),
  )
  app.get<{ Params: Record<'did' | 'rkey', string> }>('/checkin/:did/:rkey', async ({ params }, reply) =>
    answer(reply, heads.checkin(`at://${params.did}/app.waypost.checkin/${params.rkey}`)),
  )
  app.get<{ Params: { id: string } }>('/place/:id', async ({ params }, reply) => answer(reply, heads.place(params.id)))
  app.get<{ Params: { actor: string } }>('/person/:actor', async ({ params }, reply) =>
    answer(reply, heads.person(params.actor.replace(/^@/, ''))),
  )
}

/** The page of the one application, whatever path it is to show. */
export function answerPage(reply: FastifyReply): FastifyReply {
  return reply.sendFile('index.html')
}

export function isPage({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !NOT_PAGES.test(url) && /text\/html|\*\/\*/.test(headers.accept ?? '*/*')
}

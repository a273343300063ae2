import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { contentSecurityPolicy } from './headers.ts'

export interface WebOptions {
  /** The built client. */
  readonly folder: string
  readonly mapStyle: string | undefined
}

/** Paths of the server itself: an unknown one among them is an error and never a page. */
const NOT_PAGES = /^\/(xrpc|oauth|img|live|health|metrics|assets|\.well-known)(\/|\?|$)/

/**
 * The web client. Built files have their hash in the name and stay for ever; every other path is the page of the one
 * application, which is asked for anew each time.
 */
export async function mountWeb(app: FastifyInstance, { folder, mapStyle }: WebOptions): Promise<void> {
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
  const hasPage = existsSync(join(folder, 'index.html'))
  app.setNotFoundHandler((request, reply) => {
    if (hasPage && request.method === 'GET' && !NOT_PAGES.test(request.url) && wantsPage(request.headers.accept)) {
      return reply.sendFile('index.html')
    }
    return reply.code(404).send({ error: 'NotFound', message: 'nothing is here' })
  })
}

function wantsPage(accept: string | undefined): boolean {
  return accept === undefined || /text\/html|\*\/\*/.test(accept)
}

import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { answerFault } from '#serve/xrpc/adapter.ts'
import { faultText, LET_GO } from './event-text.ts'
import type { Listener, Tail } from './tail.ts'

/** What is hidden from whoever asks; undefined where nobody is signed in. */
export type HidesFor = (request: FastifyRequest) => Promise<Listener['hides']>

/** Where the log ends, for a cursor that is ahead of this server. */
export type LogHead = () => Promise<number>

/** Asked only where this server does not know; where nobody can say, the cursor is believed. */
export async function headFor(tail: Tail, cursor: number | undefined, logHead: LogHead): Promise<number | undefined> {
  if (cursor === undefined || !tail.isAhead(cursor)) return undefined
  return logHead().catch(() => cursor)
}

/** What those need who follow live. */
export interface Following {
  readonly tail: Tail
  readonly hidesFor: HidesFor
  readonly logHead: LogHead
  /** Why nobody may follow for now. */
  readonly liveRefusal: () => XrpcFault | undefined
}

/** How soon a browser tries again after the connection was lost. */
const RETRY_MS = 2_000

/**
 * `/live`: the newest changes as server-sent events (`checkin`, `deletion`, `info`, `fault`), the same as
 * `app.waypost.feed.subscribe`. `id` is the position; `Last-Event-ID` or `?cursor=` resumes after one.
 */
export function mountEventStream(app: FastifyInstance, { tail, hidesFor, logHead, liveRefusal }: Following): void {
  app.get('/live', { exposeHeadRoute: false }, async (request, reply) => {
    const refused = liveRefusal()
    if (refused) return answerFault(reply.header('access-control-allow-origin', '*'), refused)
    const given = request.headers['last-event-id'] ?? new URLSearchParams(request.url.split('?', 2)[1]).get('cursor')
    const cursor = cursorOf(given === null ? undefined : String(given))
    if (cursor === 'malformed')
      return answerFault(reply, xrpcFault(400, 'InvalidRequest', 'the cursor is not a position'))

    const hides = await hidesFor(request)
    const head = await headFor(tail, cursor, logHead)
    reply.hijack()
    const response = reply.raw
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    response.write(`retry: ${RETRY_MS}\n\n`)
    const following = tail.follow(listenerOn(response, hides), cursor, head)
    if (following === 'full') {
      // No more than the wish to come again: the browser does that by itself.
      response.end()
      return
    }
    if (following === 'future') {
      response.end(faultText('FutureCursor', 'the cursor is ahead of this server'))
      return
    }
    response.on('drain', () => following.drained())
    response.on('close', () => following[Symbol.dispose]())
  })
}

function listenerOn(response: ServerResponse, hides: Listener['hides']): Listener {
  return {
    format: 'event-stream',
    ...(hides && { hides }),
    write: (bytes) => void response.write(bytes),
    buffered: () => response.writableLength,
    letGo(why) {
      response.end(faultText(why, LET_GO[why].message))
      response.socket?.setTimeout(LAST_WORDS_MS_MAX, () => response.destroy())
    },
    end: () => void response.end(),
    beat: () => void response.write(': still here\n\n'),
  }
}

/** Whoever is let go has so long to read why. */
export const LAST_WORDS_MS_MAX = 5_000

/** Undefined where none was given. */
export function cursorOf(text: string | undefined): number | undefined | 'malformed' {
  if (text === undefined || text === '') return undefined
  return /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : 'malformed'
}

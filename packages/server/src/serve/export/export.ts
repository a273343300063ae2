import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { assert, type Did, type World } from '@waypost/kernel'
import type { Queries } from '#query/queries.ts'
import { xrpcFault } from '#serve/handler.ts'
import { createRateLimit } from '#serve/rate-limit.ts'
import { authRequired } from '#serve/writing.ts'
import { answerFault } from '#serve/xrpc/adapter.ts'
import { viewCheckins } from '#view/page.ts'
import { exportedCheckin } from './exported-checkin.ts'
import { EXPORT_FORMATS, type ExportFormat } from './formats.ts'

export interface Exporting {
  readonly queries: Pick<Queries, 'personByDid' | 'actorFeed' | 'checkins' | 'sightOf'>
  readonly signedIn: (request: FastifyRequest) => Promise<{ readonly did: Did } | undefined>
  /** Where this server is, without a path. */
  readonly origin: () => string
}

/** Read at once, and then handed on before the next are read. */
const PAGE_CHECKINS = 100
/** Of one person. */
const EXPORTS_PER_MINUTE_MAX = 10

/**
 * `/export/checkins.{json,geojson,gpx,csv}`: all check-ins of whoever asks, from whichever app, newest first, as a file
 * that is written while it is read.
 */
export function mountExport(app: FastifyInstance, world: World, { queries, signedIn, origin }: Exporting): void {
  const limit = createRateLimit(world, { count: EXPORTS_PER_MINUTE_MAX, periodMs: 60_000 })
  app.get<{ Params: { file: string } }>('/export/:file', { exposeHeadRoute: false }, async (request, reply) => {
    const { file } = request.params
    const name = file.startsWith('checkins.') ? file.slice('checkins.'.length) : ''
    void reply.header('cache-control', 'no-store')
    if (!Object.hasOwn(EXPORT_FORMATS, name)) return answerFault(reply, xrpcFault(404, 'NotFound', 'no such export'))
    const member = await signedIn(request)
    if (member === undefined) return answerFault(reply, authRequired())
    if (!limit.allow(member.did)) {
      return answerFault(reply, xrpcFault(429, 'RateLimitExceeded', 'try again in a minute'))
    }
    const about = { did: member.did, exportedAt: new Date(world.clock.now()).toISOString() }
    const format = EXPORT_FORMATS[name]!
    return reply
      .type(format.type)
      .header('content-disposition', `attachment; filename="waypost-checkins.${name}"`)
      .send(Readable.from(piecesOf(queries, format, { ...about, origin: origin() })))
  })
}

function* piecesOf(
  queries: Exporting['queries'],
  format: ExportFormat,
  { origin, ...about }: { readonly did: Did; readonly exportedAt: string; readonly origin: string },
): Iterable<string> {
  yield format.begin(about)
  const person = queries.personByDid(about.did)
  let isFirst = true
  for (let cursor: string | undefined; person !== undefined;) {
    const page = queries.actorFeed(person.id, { limit: PAGE_CHECKINS, ...(cursor !== undefined && { cursor }) })
    assert(page.ok, 'a cursor of our own is one')
    let text = ''
    for (const view of viewCheckins(queries, page.value.ids, about.did)) {
      const piece = format.piece(exportedCheckin(view, origin), isFirst)
      if (piece === '') continue
      text += piece
      isFirst = false
    }
    if (text !== '') yield text
    cursor = page.value.cursor
    if (cursor === undefined) break
  }
  yield format.end
}

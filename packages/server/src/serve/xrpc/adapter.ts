import { jsonToLex, lexStringify, type l, type LexValue } from '@atproto/lex'
import { assert, ok, refuse, type Result } from '@waypost/kernel'
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ReadContext, XrpcFault } from '#serve/handler.ts'
import { Written, xrpcFault } from '#serve/handler.ts'
import type { HeldPages } from '#serve/held-pages.ts'
import type { Method, ProcedureMethod, QueryMethod, SignedIn } from './method.ts'
import { paramsReader } from './params.ts'

/**
 * XRPC over Fastify. In: HTTP requests to `/xrpc/<nsid>`. Out: the lexicon's JSON, or `{ error, message }`.
 * Promise: a handler sees parameters and input that satisfy its lexicon, and nothing else reaches it.
 */
export interface XrpcHost {
  readonly methods: readonly Method[]
  readonly queries: ReadContext['queries']
  readonly fragments: ReadContext['fragments']
  readonly now: () => number
  /** Where first pages go, to be handed out again. */
  readonly pages: HeldPages
  /** Who asks: by the session's cookie, by a service token of their PDS, or nobody. */
  readonly identify: (request: FastifyRequest, nsid: string) => Promise<Result<Asker, XrpcFault>>
  /** The same where it is known without waiting; undefined: ask `identify`. */
  readonly recognise: (headers: IncomingHttpHeaders) => Asker | undefined
  /** The member who may write with this request: signed in, from our own pages. */
  readonly admit: (request: FastifyRequest) => Promise<Result<SignedIn, XrpcFault>>
  /** Answers are checked against their lexicons and fail loudly. For tests: it costs more than the answer. */
  readonly checkAnswers?: boolean
  /** A handler failed in a way of its own; the person gets a 500 without the reason. */
  readonly failed: (nsid: string, error: unknown) => void
}

export interface Asker {
  readonly viewer: ReadContext['viewer']
  readonly signedIn: SignedIn | undefined
}

const CORS = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'retry-after' }
const NOT_STORED = { 'cache-control': 'no-store' }
/** Of every answer to a query. */
export const QUERY_HEADERS = { ...CORS, ...NOT_STORED }
const PREFLIGHT_SECONDS = 86_400
const NSID_PATH = /^\/xrpc\/([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)\/?(?:\?|$)/

/** Adds the routes. Call it inside a scope of its own: it sets how bodies are read there. */
export function mountXrpc(app: FastifyInstance, host: XrpcHost): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  for (const method of host.methods) {
    if (method.kind === 'query') mountQuery(app, host, method)
    if (method.kind === 'procedure') mountProcedure(app, host, method)
  }
  app.all('/xrpc/*', { exposeHeadRoute: false }, (request, reply) =>
    request.method === 'OPTIONS' ? answerPreflight(reply) : answerFault(reply, notServed(host, request)),
  )
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) void reply.headers(NOT_STORED)
  })
}

function mountQuery(app: FastifyInstance, host: XrpcHost, method: QueryMethod): void {
  const { schema } = method
  const readParams = paramsReader(schema.parameters)
  app.get(`/xrpc/${schema.nsid}`, async (request, reply) => {
    void reply.headers(CORS)
    if (hasBody(request.headers)) return answerFault(reply, invalid('a query takes no body'))
    const params = readParams(searchOf(request))
    if (!params.ok) return answerFault(reply, invalid(params.error))
    const known = host.recognise(request.headers)
    const asker = known ? ok(known) : await host.identify(request, schema.nsid)
    if (!asker.ok) return answerFault(reply, asker.error)
    const { viewer, signedIn } = asker.value
    const { queries, fragments } = host
    if (method.publicSeconds !== undefined)
      void reply.header('cache-control', `public, max-age=${method.publicSeconds}`)
    const ask = () => method.answer(params.value as never, { queries, fragments, viewer, signedIn, now: host.now() })
    return answer(reply, host, schema, () => {
      const result = ask()
      const page = writtenOf(result)
      if (page && !('cursor' in params.value)) {
        host.pages.hold({ viewer, url: request.url }, page, () => writtenOf(ask()))
      }
      return result
    })
  })
}

function writtenOf(result: ReturnType<QueryMethod['answer']>): Written<unknown> | undefined {
  return 'ok' in result && result.ok && result.value instanceof Written ? result.value : undefined
}

function mountProcedure(app: FastifyInstance, host: XrpcHost, method: ProcedureMethod): void {
  const { schema, bodyBytesMax } = method
  const members = new WeakMap<FastifyRequest, SignedIn>()
  // Before the body is read: nobody makes us hold a photo who may not upload one.
  const admitFirst = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const member = await host.admit(request)
    if (!member.ok) return answerFault(reply, member.error)
    members.set(request, member.value)
    return undefined
  }
  app.post(`/xrpc/${schema.nsid}`, { bodyLimit: bodyBytesMax, onRequest: admitFirst }, async (request, reply) => {
    const input = readInput(schema, request)
    if (!input.ok) return answerFault(reply, input.error)
    return answer(reply, host, schema, () => method.answer(input.value as never, members.get(request)!))
  })
}

/** Runs a handler and sends what it says. Only our own faults are thrown there: they are logged and answered by a 500. */
async function answer(
  reply: FastifyReply,
  host: XrpcHost,
  schema: l.Query | l.Procedure,
  handle: () => Result<unknown, XrpcFault> | Promise<Result<unknown, XrpcFault>>,
): Promise<FastifyReply> {
  try {
    const result = await handle()
    if (!result.ok) return answerFault(reply, result.error)
    const text = textOf(schema, result.value)
    if (host.checkAnswers) checkAnswer(schema, text.toString())
    return reply.type('application/json').send(text)
  } catch (error) {
    host.failed(schema.nsid, error)
    return answerFault(reply, xrpcFault(500, 'InternalServerError', 'Internal Server Error'))
  }
}

/** What a query answers is JSON, if not written already; a procedure hands on values of a PDS, links among them. */
function textOf(schema: l.Query | l.Procedure, value: unknown): string | Buffer {
  if (value instanceof Written) return value.bytes
  return schema.type === 'query' ? JSON.stringify(value) : lexStringify(value as LexValue)
}

export function answerFault(reply: FastifyReply, fault: XrpcFault): FastifyReply {
  if (fault.retryAfterSeconds !== undefined) void reply.header('retry-after', String(fault.retryAfterSeconds))
  return reply
    .code(fault.status)
    .type('application/json')
    .headers(NOT_STORED)
    .send(JSON.stringify({ error: fault.error, message: fault.message }))
}

/** What to say where no method answers: a name that is none, another verb than the lexicon's, or an unknown method. */
function notServed(host: XrpcHost, request: FastifyRequest): XrpcFault {
  const nsid = NSID_PATH.exec(request.url)?.[1]
  if (!nsid) return invalid('invalid xrpc path')
  const method = host.methods.find((each) => each.schema.nsid === nsid)
  if (!method) return xrpcFault(501, 'MethodNotImplemented', 'Method Not Implemented')
  const expected = { query: 'GET', procedure: 'POST', subscription: 'a WebSocket' }[method.kind]
  return invalid(`Incorrect HTTP method (${request.method}) expected ${expected}`)
}

function readInput(schema: l.Procedure, request: FastifyRequest): Result<unknown, XrpcFault> {
  const body = request.body
  if (schema.input.encoding === undefined)
    return hasBody(request.headers) ? refuse(invalid('no body is expected')) : ok(undefined)
  if (!Buffer.isBuffer(body)) return refuse(invalid('A request body is expected but none was provided'))
  const encoding = request.headers['content-type']
  if (!schema.input.matchesEncoding(encoding)) {
    return refuse(invalid(`Wrong request encoding (Content-Type): ${encoding ?? 'none'}`))
  }
  if (!schema.input.schema) return ok(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  let value: unknown
  try {
    value = jsonToLex(JSON.parse(body.toString('utf8')))
  } catch {
    return refuse(invalid('the body is not JSON'))
  }
  const parsed = schema.input.schema.safeParse(value)
  return parsed.success ? ok(parsed.value) : refuse(invalid(parsed.reason.message))
}

function checkAnswer(schema: l.Query | l.Procedure, text: string): void {
  const checked = schema.output.schema?.safeValidate(jsonToLex(JSON.parse(text)))
  assert(
    !checked || checked.success,
    `${schema.nsid} answers by its lexicon: ${checked?.success === false ? checked.reason.message : ''}`,
  )
}

function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .headers({
      ...CORS,
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'authorization, content-type, atproto-accept-labelers',
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    })
    .send()
}

export function hasBody({ 'content-length': length, 'transfer-encoding': coding }: IncomingHttpHeaders): boolean {
  return coding !== undefined || (length !== undefined && length !== '0')
}

function searchOf(request: FastifyRequest): string {
  const start = request.url.indexOf('?')
  return start === -1 ? '' : request.url.slice(start + 1)
}

function invalid(message: string): XrpcFault {
  return xrpcFault(400, 'InvalidRequest', message)
}

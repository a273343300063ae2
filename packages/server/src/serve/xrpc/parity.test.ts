import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { createServer, InvalidRequestError } from '@atproto/xrpc-server'
import { ok, refuse, type Did, type Handle } from '@waypost/kernel'
import { app as lexicons } from '@waypost/lexicon'
import fastify from 'fastify'
import { xrpcFault } from '#serve/handler.ts'
import { mountXrpc } from './adapter.ts'
import { strangersHost } from './given-host.ts'
import { procedure, query } from './method.ts'

/**
 * The same lexicons served by the reference and by our adapter, the same requests sent to both. Where the two differ
 * on purpose, the row says why.
 */
const { getGlobal, getActor, getCheckin, createComment, unlike, uploadPhoto } = lexicons.waypost.feed
const ANA = { did: 'did:plc:ana' as Did, handle: 'ana.test' as Handle }
const JSON_BYTES_MAX = 150_000

/** What a handler was given comes back in the cursor, so that the test sees how parameters were read. */
const seen = (params: object): string => JSON.stringify(params)

const ours = fastify({ bodyLimit: JSON_BYTES_MAX })
ours.setErrorHandler((error, _request, reply) => {
  const status = (error as { statusCode?: number }).statusCode ?? 500
  return reply.code(status).send({ error: status === 413 ? 'PayloadTooLarge' : 'InvalidRequest', message: '' })
})
await ours.register(async (scope) =>
  mountXrpc(scope, {
    ...strangersHost(),
    admit: async () => ok(ANA),
    checkAnswers: true,
    failed: (_nsid, error) => assert.fail(String(error)),
    methods: [
      query(getGlobal.main, (params) => ok({ feed: [], cursor: seen(params) })),
      query(getActor.main, (params) =>
        params.actor === 'nobody.test'
          ? refuse(xrpcFault(400, 'ActorNotFound', 'nobody'))
          : ok({ feed: [], cursor: seen(params) }),
      ),
      query(getCheckin.main, () => refuse(xrpcFault(400, 'NotFound', 'none'))),
      procedure(createComment.main, async () => refuse(xrpcFault(400, 'InvalidRecord', 'none'))),
      procedure(unlike.main, async () => ok({ visible: true })),
      procedure(uploadPhoto.main, async () => refuse(xrpcFault(400, 'InvalidImage', 'none')), { bodyBytesMax: 1_000 }),
    ],
  }),
)

const reference = createServer([], { payload: { jsonLimit: JSON_BYTES_MAX, blobLimit: 1_000 } })
reference.add(getGlobal.main, ({ params }) => json({ feed: [], cursor: seen(params) }))
reference.add(getActor.main, ({ params }) => {
  if (params.actor === 'nobody.test') throw new InvalidRequestError('nobody', 'ActorNotFound')
  return json({ feed: [], cursor: seen(params) })
})
reference.add(getCheckin.main, () => {
  throw new InvalidRequestError('none', 'NotFound')
})
reference.add(createComment.main, () => {
  throw new InvalidRequestError('none', 'InvalidRecord')
})
reference.add(unlike.main, () => json({ visible: true }))
reference.add(uploadPhoto.main, async ({ input }) => {
  for await (const _chunk of input.body as AsyncIterable<unknown>);
  throw new InvalidRequestError('none', 'InvalidImage')
})

function json<Body>(body: Body): { encoding: 'application/json'; body: Body } {
  return { encoding: 'application/json', body }
}

const theirs = http.createServer(reference.router).listen(0, '127.0.0.1')
await once(theirs, 'listening')
await ours.listen({ port: 0, host: '127.0.0.1' })
after(async () => {
  theirs.close()
  theirs.closeAllConnections()
  await ours.close()
})

interface Sent {
  readonly name: string
  readonly path: string
  readonly method?: string
  readonly type?: string
  readonly body?: string | Buffer
  /** Headers of a body whose length is not announced. */
  readonly chunked?: boolean
  /** What we answer where it is not what the reference answers, and why. */
  readonly differs?: { readonly status: number; readonly error?: string; readonly because: string }
}

interface Answered {
  readonly status: number
  readonly error: unknown
  readonly cursor: unknown
  readonly type: string | undefined
  readonly empty: boolean
}

const subject = JSON.stringify({ subject: 'at://did:plc:ana/app.waypost.checkin/3jui7kd54zh2y' })
const GLOBAL = '/xrpc/app.waypost.feed.getGlobal'
const ACTOR = '/xrpc/app.waypost.feed.getActor'
const UNLIKE = '/xrpc/app.waypost.feed.unlike'
const PHOTO = '/xrpc/app.waypost.feed.uploadPhoto'

const TABLE: readonly Sent[] = [
  { name: 'a query with its default', path: GLOBAL },
  { name: 'a query with parameters', path: `${GLOBAL}?limit=7&cursor=abc` },
  { name: 'the lowest limit', path: `${GLOBAL}?limit=1` },
  { name: 'the highest limit', path: `${GLOBAL}?limit=100` },
  { name: 'a limit below', path: `${GLOBAL}?limit=0` },
  { name: 'a limit above', path: `${GLOBAL}?limit=101` },
  { name: 'a negative limit', path: `${GLOBAL}?limit=-1` },
  { name: 'a limit that is a word', path: `${GLOBAL}?limit=many` },
  { name: 'a limit with an exponent', path: `${GLOBAL}?limit=1e1` },
  { name: 'a limit with a fraction', path: `${GLOBAL}?limit=1.5` },
  { name: 'a limit given twice', path: `${GLOBAL}?limit=1&limit=2` },
  { name: 'a cursor given twice', path: `${GLOBAL}?cursor=a&cursor=b` },
  { name: 'a cursor that is too long', path: `${GLOBAL}?cursor=${'x'.repeat(513)}` },
  { name: 'an empty cursor', path: `${GLOBAL}?cursor=` },
  {
    name: 'a limit with a leading zero',
    path: `${GLOBAL}?limit=01`,
    differs: {
      status: 400,
      error: 'InvalidRequest',
      because: 'one number has one spelling, so that caches see one page',
    },
  },
  {
    name: 'an empty limit',
    path: `${GLOBAL}?limit=`,
    differs: { status: 400, error: 'InvalidRequest', because: 'nothing is not an integer: the caller lost a value' },
  },
  {
    name: 'an unknown parameter',
    path: `${GLOBAL}?colour=red`,
    differs: { status: 200, because: 'the same answer, but a handler never sees what its lexicon does not name' },
  },
  { name: 'a required parameter', path: `${ACTOR}?actor=ana.test` },
  { name: 'a required parameter left out', path: ACTOR },
  { name: 'a required parameter that is empty', path: `${ACTOR}?actor=` },
  { name: 'a parameter of the wrong format', path: `${ACTOR}?actor=not%20a%20handle` },
  { name: 'an error by its name', path: `${ACTOR}?actor=nobody.test` },
  { name: 'an unknown method', path: '/xrpc/app.waypost.feed.getNothing' },
  {
    name: 'an unknown method, posted',
    path: '/xrpc/app.waypost.feed.getNothing',
    method: 'POST',
    type: 'application/json',
    body: '{}',
  },
  { name: 'a path that is no name', path: '/xrpc/..' },
  { name: 'a path without a name', path: '/xrpc/' },
  { name: 'a query posted', path: GLOBAL, method: 'POST', type: 'application/json', body: '{}' },
  { name: 'a procedure asked for', path: UNLIKE },
  {
    name: 'a query deleted',
    path: GLOBAL,
    method: 'DELETE',
    differs: {
      status: 400,
      error: 'InvalidRequest',
      because: 'the method is known and the verb is wrong, as with POST',
    },
  },
  { name: 'only the head', path: GLOBAL, method: 'HEAD' },
  { name: 'a procedure', path: UNLIKE, method: 'POST', type: 'application/json', body: subject },
  {
    name: 'a procedure with a charset',
    path: UNLIKE,
    method: 'POST',
    type: 'application/json; charset=utf-8',
    body: subject,
  },
  {
    name: 'a body that is not JSON',
    path: UNLIKE,
    method: 'POST',
    type: 'application/json',
    body: '{"subject"',
    differs: { status: 400, error: 'InvalidRequest', because: 'SyntaxError is a name of JavaScript, not of XRPC' },
  },
  { name: 'a body that breaks its lexicon', path: UNLIKE, method: 'POST', type: 'application/json', body: '{}' },
  { name: 'a body that is an array', path: UNLIKE, method: 'POST', type: 'application/json', body: '[]' },
  { name: 'a body of another type', path: UNLIKE, method: 'POST', type: 'text/plain', body: subject },
  { name: 'a body without a type', path: UNLIKE, method: 'POST', body: subject },
  { name: 'no body', path: UNLIKE, method: 'POST', type: 'application/json' },
  {
    name: 'a body that is too large',
    path: UNLIKE,
    method: 'POST',
    type: 'application/json',
    body: JSON.stringify({ subject: 'x'.repeat(200_000) }),
    differs: { status: 413, error: 'PayloadTooLarge', because: 'PayloadTooLargeError is a name of Express' },
  },
  { name: 'a photo', path: PHOTO, method: 'POST', type: 'image/jpeg', body: Buffer.alloc(10) },
  { name: 'a photo that is too large', path: PHOTO, method: 'POST', type: 'image/jpeg', body: Buffer.alloc(2_000) },
  {
    name: 'a photo that is too large, without saying so',
    path: PHOTO,
    method: 'POST',
    type: 'image/jpeg',
    body: Buffer.alloc(2_000),
    chunked: true,
  },
]

for (const sent of TABLE) {
  test(`the reference and we agree on ${sent.name}${sent.differs ? ', but for what is meant' : ''}`, async () => {
    const [our, their] = [await send(ours.server, sent), await send(theirs, sent)]
    if (sent.differs) {
      assert.deepEqual([our.status, our.error], [sent.differs.status, sent.differs.error])
      assert.notDeepEqual(our, their, `no difference any more: ${sent.differs.because}`)
    } else {
      assert.deepEqual(our, their)
    }
  })
}

async function send(server: http.Server, sent: Sent): Promise<Answered> {
  const { method = 'GET', path, type, body, chunked } = sent
  const { port } = server.address() as AddressInfo
  const request = http.request({ port, host: '127.0.0.1', method, path, agent: false })
  if (type !== undefined) request.setHeader('content-type', type)
  if (body !== undefined && !chunked) request.setHeader('content-length', Buffer.byteLength(body))
  // A server may answer and hang up before it has read a body that it refuses.
  request.on('error', () => {})
  request.end(body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  const answer = text === '' ? {} : (JSON.parse(text) as { error?: unknown; cursor?: string })
  return {
    status: response.statusCode!,
    error: answer.error,
    cursor: answer.cursor && JSON.parse(answer.cursor),
    type: response.headers['content-type']?.split(';')[0],
    empty: text === '',
  }
}

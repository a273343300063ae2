import assert from 'node:assert/strict'
import http from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { refuse } from '@waypost/kernel'
import { app as lexicons } from '@waypost/lexicon'
import { decodeFirst } from '@atcute/cbor'
import { WebSocket } from 'ws'
import { createOutbound } from '#wire/outbound.ts'
import { knownHosts } from './crawl.ts'
import { serve } from './given-http.ts'
import { xrpcFault } from './handler.ts'
import { portOf } from './http.ts'
import { TICK_MS } from './live/tail.ts'
import { strangersHost } from './xrpc/given-host.ts'
import { procedure } from './xrpc/method.ts'

test('a page may load nothing but itself, and every answer says how it is to be handled', async () => {
  const { app } = await serve()
  for (const path of ['/', '/profile/ana.test', '/search?q=photos']) {
    const page = await app.inject({ url: path, headers: { host: '127.0.0.1:4000', accept: 'text/html' } })
    assert.equal(page.statusCode, 200)
    assert.match(page.body, /<title>Waypost/)
    assert.equal(
      page.headers['content-security-policy'],
      "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    assert.equal(page.headers['cache-control'], 'no-cache')
  }
  for (const path of ['/', '/health/live', '/xrpc/app.waypost.feed.getGlobal', '/xrpc/none', '/nothing.txt']) {
    const { headers } = await app.inject({ url: path, headers: { host: '127.0.0.1:4000' } })
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
  }
})

test('built files stay for ever, compressed; what is missing among them is no page', async () => {
  const { app } = await serve()
  const script = await app.inject({
    url: '/assets/index-abc123.js',
    headers: { host: '127.0.0.1:4000', 'accept-encoding': 'br' },
  })
  assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(script.headers['content-encoding'], 'br')
  for (const path of ['/assets/index-old.js', '/img/none', '/health/none', '/.well-known/none']) {
    const missing = await app.inject({ url: path, headers: { host: '127.0.0.1:4000', accept: 'text/html' } })
    assert.deepEqual([path, missing.statusCode, missing.json().error], [path, 404, 'NotFound'])
  }
})

test('whoever opens a page on localhost is led to where the cookie will be', async () => {
  const { app } = await serve()
  const page = await app.inject({ url: '/map?z=3', headers: { host: 'localhost:4000', accept: 'text/html' } })
  assert.equal(page.statusCode, 302)
  assert.equal(page.headers.location, 'http://127.0.0.1:4000/map?z=3')
  const data = await app.inject({ url: '/xrpc/app.waypost.feed.getGlobal', headers: { host: 'localhost:4000' } })
  assert.equal(data.statusCode, 200)
})

test('anyone may read from a page of theirs, without being anyone', async () => {
  const { app } = await serve()
  const headers = { origin: 'https://other.example', 'access-control-request-method': 'GET' }
  const asked = await app.inject({ method: 'OPTIONS', url: '/xrpc/app.waypost.feed.getGlobal', headers })
  assert.equal(asked.statusCode, 204)
  assert.equal(asked.headers['access-control-allow-origin'], '*')
  assert.equal(asked.headers['access-control-allow-credentials'], undefined)
  const read = await app.inject({ url: '/xrpc/app.waypost.feed.getGlobal', headers })
  assert.equal(read.headers['access-control-allow-origin'], '*')
})

test('a fault of our own is a 500 that keeps its reason to itself', async () => {
  const { app, answered } = await serve()
  const broken = await app.inject('/xrpc/app.waypost.feed.getGlobal?limit=13')
  assert.equal(broken.statusCode, 500)
  assert.deepEqual(broken.json(), { error: 'InternalServerError', message: 'Internal Server Error' })
  assert.deepEqual(answered, ['failed app.waypost.feed.getGlobal', '500 /xrpc/app.waypost.feed.getGlobal'])
})

test('the body of a stranger is not even read', async () => {
  const { app } = await serve({
    xrpc: {
      methods: [procedure(lexicons.waypost.feed.uploadPhoto.main, async () => assert.fail('a stranger got through'))],
      ...strangersHost(),
      admit: async () => refuse(xrpcFault(401, 'AuthRequired', 'sign in first')),
      failed: () => {},
    },
  })
  const url = '/xrpc/app.waypost.feed.uploadPhoto'
  const answer = await app.inject({
    method: 'POST',
    url,
    payload: Buffer.alloc(1_000_000),
    headers: { 'content-type': 'image/png' },
  })
  assert.equal(answer.json().error, 'AuthRequired')
})

test('it says whether it lives, what it still waits for, how it fares and who it is', async () => {
  const { app } = await serve()
  assert.equal((await app.inject('/health/live')).statusCode, 200)
  const ready = await app.inject('/health/ready')
  assert.deepEqual([ready.statusCode, ready.json()], [503, { ready: false, missing: ['hosts'] }])
  assert.deepEqual((await app.inject('/xrpc/_health')).json(), { version: '0.1.0' })
  assert.match((await app.inject('/metrics')).body, /waypost_frames_total/)
  assert.deepEqual((await app.inject('/.well-known/did.json')).json().service, [
    { id: '#waypost', type: 'WaypostAppView', serviceEndpoint: 'https://waypost.example' },
  ])
})

test('a PDS that answers is followed from now on, also after a restart; others are not', async (t) => {
  const pds = http.createServer((request, response) => {
    response.writeHead(request.url === '/xrpc/com.atproto.server.describeServer' ? 200 : 404).end('{}')
  })
  pds.listen(0, '127.0.0.1')
  await once(pds, 'listening')
  t.after(() => pds.close())
  const { port } = pds.address() as AddressInfo
  const { app, keyValue, followed } = await serve()
  const ask = (hostname: unknown) =>
    app.inject({ method: 'POST', url: '/xrpc/com.atproto.sync.requestCrawl', payload: { hostname } })
  assert.equal((await ask(`localhost:${port}`)).statusCode, 200)
  assert.equal((await ask(`localhost:${port}`)).statusCode, 200)
  assert.deepEqual(followed, [`http://localhost:${port}`])
  assert.deepEqual(await knownHosts(keyValue), [`http://localhost:${port}`])
  assert.equal((await ask('localhost:1')).json().error, 'HostNotFound')
  for (const hostname of [
    '10.0.0.1',
    '169.254.169.254',
    'localhost',
    'pds.example/path',
    'a@b.example',
    'x',
    '',
    7,
    null,
  ]) {
    assert.equal((await ask(hostname)).json().error, 'InvalidRequest', String(hostname))
  }
  const many = await Promise.all(Array.from({ length: 20 }, () => ask('10.0.0.1')))
  assert(many.every(({ statusCode }) => statusCode === 400))
  const flood = []
  for (let count = 0; count < 25; count++) flood.push((await ask(`localhost:${port}`)).statusCode)
  assert(flood.includes(429))
})

test('hosts that are not public are refused where this machine is not a sandbox', async () => {
  const base = await serve()
  const { app, followed } = await serve({
    crawling: {
      keyValue: base.keyValue,
      outbound: createOutbound({ allowedLoopbackOrigins: [] }),
      loopbackAllowed: false,
      follow: async (origin) => void base.followed.push(origin),
      requested: () => {},
    },
  })
  const answer = await app.inject({
    method: 'POST',
    url: '/xrpc/com.atproto.sync.requestCrawl',
    payload: { hostname: 'localhost:2583' },
  })
  assert.equal(answer.json().error, 'InvalidRequest')
  assert.deepEqual([followed, base.followed], [[], []])
})

test('a sign-in says no to other pages, to names that are none, and to floods', async () => {
  const { app } = await serve()
  const own = { origin: 'http://127.0.0.1:4000', 'sec-fetch-site': 'same-origin' }
  const begin = (headers: Record<string, string>, payload: object = { handle: 'ana.test' }) =>
    app.inject({ method: 'POST', url: '/oauth/sign-in', headers, payload })
  assert.equal((await begin({ origin: 'https://evil.example' })).json().error, 'CrossOrigin')
  for (const handle of ['', 'ana', 'a b.test', 'http://10.0.0.1', 'ana.test/..', 7]) {
    assert.equal((await begin(own, { handle })).json().error, 'InvalidHandle', String(handle))
  }
  assert.equal((await begin(own)).json().error, 'SignInFailed')
  const signUp = await app.inject({ method: 'POST', url: '/oauth/sign-up', headers: own, payload: {} })
  assert.equal(signUp.json().error, 'SignUpClosed')
  const flood = await Promise.all(Array.from({ length: 20 }, () => begin(own, { handle: '' })))
  assert(flood.some(({ statusCode }) => statusCode === 429))
})

test('both live streams resume over real sockets, and refuse a cursor from the future', async (t) => {
  const { app, world, tail } = await serve()
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => app.close())
  tail.publish([1, 2, 3].map((seq) => ({ kind: 'deletion', seq, uri: `at://${seq}` })))
  await world.advance(TICK_MS)
  const at = `127.0.0.1:${portOf(app)}`

  const ask = async (cursor: string, headers = {}): Promise<string> => {
    const request = http.get(`http://${at}/live${cursor}`, { headers, agent: false })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    let text = ''
    for await (const chunk of response) {
      text += String(chunk)
      if (/"seq":3|fault|InvalidRequest/.test(text)) break
    }
    request.destroy()
    return text
  }
  assert.match(
    await ask('?cursor=1'),
    /^retry: 2000\n\nevent: deletion\nid: 2\ndata: {"seq":2.*\n\nevent: deletion\nid: 3/,
  )
  assert.match(await ask('', { 'last-event-id': '2' }), /^retry: 2000\n\nevent: deletion\nid: 3/)
  assert.match(await ask('?cursor=9'), /event: fault\ndata: {"error":"FutureCursor"/)
  assert.match(await ask('?cursor=1e1'), /InvalidRequest/)

  const receive = async (cursor: number, count: number): Promise<unknown[]> => {
    const socket = new WebSocket(`ws://${at}/xrpc/app.waypost.feed.subscribe?cursor=${cursor}`)
    const frames: unknown[] = []
    socket.on('message', (data: Buffer) => {
      const [header, rest] = decodeFirst(data)
      frames.push([header, decodeFirst(rest)[0]])
      if (frames.length === count) socket.close()
    })
    await once(socket, 'close')
    return frames
  }
  assert.deepEqual(await receive(1, 2), [
    [
      { op: 1, t: '#deletion' },
      { seq: 2, uri: 'at://2' },
    ],
    [
      { op: 1, t: '#deletion' },
      { seq: 3, uri: 'at://3' },
    ],
  ])
  const [future] = (await receive(9, 1)) as [[object, { error: string }]]
  assert.deepEqual([future[0], future[1].error], [{ op: -1 }, 'FutureCursor'])
})

test('closing lets those who follow go, and does not wait for them', async () => {
  const { app, tail } = await serve()
  await app.listen({ port: 0, host: '127.0.0.1' })
  const at = `127.0.0.1:${portOf(app)}`
  const request = http.get(`http://${at}/live`, { agent: false })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  response.resume()
  const socket = new WebSocket(`ws://${at}/xrpc/app.waypost.feed.subscribe`)
  await once(socket, 'open')
  assert.equal(tail.count, 2)
  const ended = Promise.all([once(response, 'end'), once(socket, 'close')])
  const start = performance.now()
  await app.close()
  const [, [code]] = await ended
  assert.equal(code, 1001)
  assert(performance.now() - start < 1_000)
})

test('all files of the client count as one, whatever their names are', async () => {
  const { app, answered } = await serve()
  await app.inject('/assets/index-abc123.js')
  await app.inject('/health/live')
  assert.deepEqual(answered, ['200 /assets/*', '200 /health/live'])
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createOutbound, type FetchOptions, type OutboundFault } from '#wire/outbound.ts'

const LIMITS: FetchOptions = { maxBytes: 100_000, timeoutMs: 2_000, redirect: 'follow' }

/** A server on 127.0.0.1 that may be as hostile as it likes. */
async function serve(listener: RequestListener): Promise<{ origin: string; hits: () => number } & AsyncDisposable> {
  let hits = 0
  const server = createServer((request, response) => {
    hits++
    listener(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hits: () => hits,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function faultOf(
  origin: string,
  options: Partial<FetchOptions> = {},
  allowed: readonly string[] | 'any-loopback' = 'any-loopback',
): Promise<OutboundFault['reason'] | number> {
  const answer = await createOutbound({ allowedLoopbackOrigins: allowed }).fetch(origin, { ...LIMITS, ...options })
  return answer.ok ? answer.value.status : answer.error.reason
}

test('an allowed loopback origin is reached, and no other port of the same machine', async () => {
  await using allowed = await serve((_, response) => response.end('hello'))
  await using other = await serve((_, response) => response.end('secret'))
  assert.equal(await faultOf(allowed.origin, {}, [allowed.origin]), 200)
  assert.equal(await faultOf(other.origin, {}, [allowed.origin]), 'address-refused')
  assert.equal(other.hits(), 0)
})

for (const address of [
  'http://127.0.0.1/',
  'https://127.0.0.1/',
  'https://127.0.0.1:8443/',
  'https://localhost/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::7f00:1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[64:ff9b:1::7f00:1]/',
  'https://[2002:7f00:1::1]/',
  'https://[4000::1]/',
  'https://0.0.0.0/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://[fe80::1]/',
  'https://[fd00::1]/',
  'https://printer.local/',
  'https://printer.local./',
  'https://printer/',
  'https://example.com:8443/',
  'https://1.1.1.1:22/',
  'http://example.com/',
  'https://name:word@example.com/',
  'file:///etc/passwd',
  'data:text/plain,hello',
  'ftp://example.com/',
  'not a url',
]) {
  test(`where nothing local is allowed, ${address} is refused`, async () => {
    assert.equal(await faultOf(address, {}, []), 'address-refused')
    const outbound = createOutbound({ allowedLoopbackOrigins: [] })
    await assert.rejects(async () => outbound.fetchLike(address))
    assert.ok(!outbound.socketLookup(address.replace(/^http/, 'ws')).ok, address)
  })
}

test('a redirect from the loopback is not followed, wherever it leads', async () => {
  await using inner = await serve((_, response) => response.end('secret'))
  for (const target of [inner.origin, 'http://169.254.169.254/', 'https://example.com/']) {
    await using outer = await serve((_, response) => response.writeHead(302, { location: target }).end())
    assert.equal(await faultOf(outer.origin, {}, [outer.origin]), 'redirect-refused')
    const outbound = createOutbound({ allowedLoopbackOrigins: [outer.origin] })
    assert.equal((await outbound.fetchLike(outer.origin)).status, 302)
  }
  assert.equal(inner.hits(), 0)
})

/** A body without an end, as fast as it is read. */
function flood(response: ServerResponse, sent = { bytes: 0 }): void {
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent.bytes += 16_384
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}

test('a body that never ends is broken off at the limit', async () => {
  const flooded = { bytes: 0 }
  await using server = await serve((_, response) => flood(response, flooded))
  assert.equal(await faultOf(server.origin), 'answer-too-large')
  assert.ok(flooded.bytes < 20_000_000, `${flooded.bytes} bytes were taken`)
})

test('a small body that unpacks to a large one is broken off at the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  await using server = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
  assert.equal(await faultOf(server.origin), 'answer-too-large')
})

test('a body that drips is broken off when its time is up', async () => {
  await using server = await serve((_, response) => {
    const drip = setInterval(() => response.write('.'), 10)
    response.on('close', () => clearInterval(drip))
  })
  assert.equal(await faultOf(server.origin, { timeoutMs: 120 }), 'timed-out')
})

test('a server that says nothing is left when its time is up, and at once when nobody waits any more', async () => {
  await using server = await serve(() => {})
  assert.equal(await faultOf(server.origin, { timeoutMs: 80 }), 'timed-out')
  const leaving = new AbortController()
  const pending = faultOf(server.origin, { signal: leaving.signal })
  leaving.abort()
  assert.equal(await pending, 'aborted')
})

test('what a library is given ends at the limit too, also from an allowed origin', async () => {
  await using server = await serve((_, response) => flood(response))
  const outbound = createOutbound({ allowedLoopbackOrigins: [server.origin] })
  const response = await outbound.fetchLike(server.origin)
  await assert.rejects(response.text(), /too large/)
})

/** A server on 127.0.0.1 that knows of HTTP no more than it is given to say. */
async function sayRaw(speak: (socket: Socket) => void): Promise<{ origin: string } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('data', () => speak(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const OK = 'HTTP/1.1 200 OK\r\n'
const zipped = (bytes: Uint8Array, times: number): Uint8Array =>
  times === 0 ? bytes : zipped(gzipSync(bytes), times - 1)

/** Says the same again and again, as fast as it is read. */
function repeat(socket: Socket, text: string, first = ''): void {
  socket.write(first)
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
    if (!socket.destroyed) socket.once('drain', more)
  }
  more()
}

for (const [what, reason, speak] of [
  ['promises more than it sends, and hangs up', 'unreachable', (s) => s.end(`${OK}content-length: 100\r\n\r\nhello`)],
  ['promises more than it sends, and waits', 'timed-out', (s) => s.write(`${OK}content-length: 100\r\n\r\nhello`)],
  [
    'promises a length past all numbers',
    'unreachable',
    (s) => s.write(`${OK}content-length: ${'9'.repeat(40)}\r\n\r\n`),
  ],
  ['names two lengths', 'unreachable', (s) => s.end(`${OK}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`)],
  ['breaks its chunks', 'unreachable', (s) => s.end(`${OK}transfer-encoding: chunked\r\n\r\nzzz\r\nhello\r\n`)],
  [
    'announces a chunk of 2^60 bytes',
    'timed-out',
    (s) => s.write(`${OK}transfer-encoding: chunked\r\n\r\n${(2n ** 60n).toString(16)}\r\nhello`),
  ],
  ['never ends its headers', 'unreachable', (s) => repeat(s, 'x-more: of the same\r\n', OK)],
  ['has one endless header', 'unreachable', (s) => repeat(s, 'more', `${OK}x: `)],
  ['says for ever that it goes on', 'timed-out', (s) => repeat(s, 'HTTP/1.1 102 Processing\r\n\r\n')],
  ['speaks no HTTP', 'unreachable', (s) => s.end('220 mail.example ESMTP\r\n')],
  ['answers with TLS', 'unreachable', (s) => s.end(Buffer.from('16030100', 'hex'))],
  ['says gzip and sends something else', 'unreachable', (s) => s.end(`${OK}content-encoding: gzip\r\n\r\nhello`)],
] as readonly (readonly [string, OutboundFault['reason'], (socket: Socket) => void])[]) {
  test(`a server that ${what}: ${reason}`, async () => {
    await using server = await sayRaw(speak)
    assert.equal(await faultOf(server.origin, { timeoutMs: reason === 'timed-out' ? 150 : 5_000 }), reason)
  })
}

test('a body that unpacks to a packed one, and that to a large one, is broken off at the limit; more layers are refused', async () => {
  for (const [layers, reason] of [
    [2, 'answer-too-large'],
    [4, 'answer-too-large'],
    [50, 'unreachable'],
  ] as const) {
    const bomb = zipped(Buffer.alloc(5_000_000), layers)
    const encodings = Array.from({ length: layers }, () => 'gzip').join(', ')
    await using server = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': encodings }).end(bomb),
    )
    assert.equal(await faultOf(server.origin), reason, `${layers} layers`)
  }
})

test('an answer that breaks off after any of its bytes is no answer', async () => {
  const answer = `${OK}content-type: application/json\r\ncontent-length: 17\r\n\r\n{"did":"did:plc"}`
  for (let length = 0; length <= answer.length; length++) {
    await using server = await sayRaw((socket) => socket.end(answer.slice(0, length)))
    assert.equal(await faultOf(server.origin), length < answer.length ? 'unreachable' : 200, `after ${length} bytes`)
  }
})

test('a server that is away is away, also where its name speaks of redirects and large answers', async () => {
  const outbound = createOutbound({
    allowedLoopbackOrigins: [],
    lookup: (name, _, callback) => callback(new Error(`no redirect, nothing too large at ${name}`), []),
  })
  const answer = await outbound.fetch('https://redirect.too-large.content-length.example.com/', LIMITS)
  assert.equal(!answer.ok && answer.error.reason, 'unreachable')
})

test('a server that redirects to itself for ever is left at the first redirect', async () => {
  await using server = await serve((_, response) => response.writeHead(302, { location: '/' }).end())
  assert.equal(await faultOf(server.origin), 'redirect-refused')
  assert.equal(server.hits(), 1)
})

test('a server that is not there, or hangs up midway, is unreachable', async () => {
  assert.equal(await faultOf('http://127.0.0.1:9/'), 'unreachable')
  await using server = await serve((request) => request.socket.destroy())
  assert.equal(await faultOf(server.origin), 'unreachable')
})

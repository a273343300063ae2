import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import { test } from 'node:test'
import { WebSocketServer } from 'ws'
import { realWorld, type Did } from '@waypost/kernel'
import { ANSWER_VILLAINIES, identityFrame, startHostileSocket } from '@waypost/load'
import { createHandles } from '#verify/handle.ts'
import { createOutbound, type FetchOptions, type Outbound } from '#wire/outbound.ts'
import { subscribe } from '#wire/subscription.ts'
import { ANSWERED_AS } from './hostile-faults.ts'
import { hurriedWorld } from './kit/network.ts'
import { openSmallInternet, type SmallInternet } from './kit/small-internet.ts'

/** Names that lead where nobody may be led: by DNS, by redirect, or by both. */

const LIMITS: FetchOptions = { maxBytes: 100_000, timeoutMs: 2_000, redirect: 'follow' }
const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
/** Nobody who could answer. */
const NOBODY = { hostname: '127.0.0.1:9' }
const IMPATIENT_MS = 150
/** Given back to IANA long ago, and nobody's: public by its form. */
const PUBLIC = '3ffe::1'

const HOSTILE_ANSWERS: readonly (readonly [what: string, ...answer: readonly string[]])[] = [
  ['loopback', '127.0.0.1'],
  ['loopback of IPv6', '::1'],
  ['nowhere, which is here', '0.0.0.0'],
  ['a private network', '10.0.0.1'],
  ['another private network', '192.168.1.1'],
  ["a cloud's own data", '169.254.169.254'],
  ['a private network of IPv6', 'fd00::1'],
  ['a neighbour', 'fe80::1'],
  ['loopback, mapped into IPv6', '::ffff:127.0.0.1'],
  ['loopback, in the old mapping', '::127.0.0.1'],
  ['loopback, by NAT64', '64:ff9b::7f00:1'],
  ["loopback, by an operator's own NAT64", '64:ff9b:1::7f00:1'],
  ['loopback, by 6to4', '2002:7f00:1::1'],
  ['one public address and one private', PUBLIC, '10.0.0.1'],
  ['many public addresses and loopback last', PUBLIC, '1.1.1.1', '8.8.8.8', '127.0.0.1'],
]

/** By each of the three doors: what came of it. */
async function tryAll(outbound: Outbound, url: string): Promise<readonly string[]> {
  const fetched = await outbound.fetch(url, LIMITS)
  const library = await outbound.fetchLike(url).then(
    ({ status }) => `HTTP ${status}`,
    (error: Error) => String((error.cause as Error | undefined)?.message ?? error.message),
  )
  return [fetched.ok ? `HTTP ${fetched.value.status}` : fetched.error.reason, library, await connectTo(outbound, url)]
}

/** Follows the host at this address until the first word of how it went. */
async function connectTo(outbound: Outbound, url: string): Promise<string> {
  const ending = new AbortController()
  const { promise, resolve } = Promise.withResolvers<string>()
  const frames = subscribe({
    world: hurriedWorld(),
    outbound,
    url,
    cursor: 0,
    signal: ending.signal,
    onState: (state, detail) => resolve(`${state}: ${detail}`),
  })
  void frames[Symbol.asyncIterator]().next()
  const word = await Promise.race([
    promise,
    realWorld()
      .timers.sleep(40)
      .then(() => 'never connected'),
  ])
  ending.abort()
  return word
}

const REFUSED = ['address-refused', 'not a public address', 'never connected']

for (const [what, ...answer] of HOSTILE_ANSWERS) {
  test(`a name that leads to ${what} is connected to by no door`, async () => {
    await using internet = openSmallInternet()
    await internet.serve('mallory.example.com', (_, response) => response.end('secret'))
    internet.resolve('mallory.example.com', answer)
    const outbound = createOutbound({ allowedLoopbackOrigins: [], lookup: internet.lookup })
    assert.deepEqual(await tryAll(outbound, 'https://mallory.example.com'), REFUSED)
    assert.deepEqual(internet.reached, [])
  })
}

test('a name that leads to a public address is connected to by each door', async () => {
  await using internet = openSmallInternet()
  const server = await internet.serve('host.example.com', (_, response) => response.end('hello'))
  using sockets = answerSockets(server)
  internet.resolve('host.example.com', [PUBLIC])
  const outbound = createOutbound({ allowedLoopbackOrigins: [], lookup: internet.lookup })
  assert.deepEqual(await tryAll(outbound, 'https://host.example.com'), [
    'HTTP 200',
    'HTTP 200',
    'connected: https://host.example.com',
  ])
  assert.equal(sockets.count, 1)
  assert.ok(internet.reached.every((address) => address === PUBLIC))
})

/** Lets a server accept WebSockets, on which it says one thing, and may hang up at once. */
function answerSockets(server: Server, { hangUp = false } = {}): { readonly count: number } & Disposable {
  const sockets = new WebSocketServer({ server })
  let count = 0
  sockets.on('connection', (socket) => {
    socket.send(identityFrame({ seq: ++count, time: '' }, { did: ANA }))
    if (hangUp) socket.close()
  })
  return {
    get count() {
      return count
    },
    [Symbol.dispose]() {
      for (const socket of sockets.clients) socket.terminate()
    },
  }
}

test('a name that changes its mind between two questions is judged by the answer that is connected to', async () => {
  await using internet = openSmallInternet()
  await internet.serve('mallory.example.com', (_, response) => {
    response.setHeader('connection', 'close')
    response.end('hello')
  })
  internet.resolve('mallory.example.com', [PUBLIC], ['127.0.0.1'])
  const outbound = createOutbound({ allowedLoopbackOrigins: [], lookup: internet.lookup })
  const url = 'https://mallory.example.com'
  assert.deepEqual((await outbound.fetch(url, LIMITS)).ok, true)
  // Had the name been asked once to be judged and once more to connect, the second answer would have been reached.
  assert.deepEqual([internet.asked.length, internet.reached], [1, [PUBLIC]])
  assert.deepEqual(await tryAll(outbound, url), REFUSED)
  assert.deepEqual(internet.reached, [PUBLIC])
})

test('a firehose whose name changes its mind is left as soon as it does', async () => {
  await using internet = openSmallInternet()
  const server = await internet.serve('mallory.example.com', (_, response) => response.end())
  using sockets = answerSockets(server, { hangUp: true })
  internet.resolve('mallory.example.com', [PUBLIC], [PUBLIC], ['127.0.0.1'])
  const outbound = createOutbound({ allowedLoopbackOrigins: [], lookup: internet.lookup })
  const ending = new AbortController()
  const from = { world: hurriedWorld(), outbound, url: 'https://mallory.example.com', cursor: 0, signal: ending.signal }
  void (async () => {
    for await (const _ of subscribe(from));
  })()
  for (let turn = 0; turn < 400 && internet.asked.length < 5; turn++) await realWorld().timers.sleep(5)
  ending.abort()
  assert.ok(internet.asked.length >= 5, 'it is asked for again and again')
  assert.deepEqual([sockets.count, internet.reached], [2, [PUBLIC, PUBLIC]])
})

/** Where a redirect of a public server may not lead, and as what it is refused. */
const HOPS: readonly (readonly [target: string, reason: string])[] = [
  ['https://127.0.0.1/', 'address-refused'],
  ['https://[::1]/', 'address-refused'],
  ['https://[::ffff:7f00:1]/', 'address-refused'],
  ['https://169.254.169.254/latest/meta-data/', 'address-refused'],
  ['https://localhost/', 'address-refused'],
  ['https://printer.local/', 'address-refused'],
  ['https://inside.example.com/', 'address-refused'],
  ['//inside.example.com/', 'address-refused'],
  ['http://host.example.com/', 'address-refused'],
  ['http://127.0.0.1/', 'address-refused'],
  ['https://host.example.com:8443/', 'address-refused'],
  ['https://host.example.com/loop', 'redirect-refused'],
  ['file:///etc/passwd', 'redirect-refused'],
  ['data:text/plain,secret', 'redirect-refused'],
  ['https://nobody.example.com/', 'unreachable'],
]

for (const [target, reason] of HOPS) {
  test(`a redirect to ${target} is refused at the first hop, and at the last of three`, async () => {
    await using internet = openSmallInternet()
    let secrets = 0
    await internet.serve('inside.example.com', (_, response) => {
      secrets++
      response.end('secret')
    })
    await internet.serve('host.example.com', (request, response) => {
      const path = request.url ?? '/'
      const onward = { '/two': '/one', '/one': '/', '/loop': '/loop' }[path] ?? target
      response.writeHead(302, { location: onward }).end()
    })
    internet.resolve('host.example.com', [PUBLIC])
    internet.resolve('inside.example.com', ['10.0.0.1'])
    const outbound = createOutbound({ allowedLoopbackOrigins: [], lookup: internet.lookup })
    for (const path of ['/', '/two']) {
      const answer = await outbound.fetch(`https://host.example.com${path}`, LIMITS)
      assert.equal(answer.ok ? answer.value.status : answer.error.reason, reason, path)
      await assert.rejects(outbound.fetchLike(`https://host.example.com${path}`))
      const strict = await outbound.fetch(`https://host.example.com${path}`, { ...LIMITS, redirect: 'error' })
      assert.equal(strict.ok ? strict.value.status : strict.error.reason, 'redirect-refused', path)
    }
    assert.equal(secrets, 0)
    assert.ok(internet.reached.every((address) => address === PUBLIC))
  })
}

test('a redirect between public servers is followed, also to another name', async () => {
  await using internet = openSmallInternet()
  await internet.serve('one.example.com', (_, response) =>
    response.writeHead(302, { location: 'https://two.example.com/' }).end(),
  )
  await internet.serve('two.example.com', (_, response) => response.end('hello'))
  internet.resolve('one.example.com', [PUBLIC])
  internet.resolve('two.example.com', ['1.1.1.1'])
  const outbound = createOutbound({ allowedLoopbackOrigins: [], lookup: internet.lookup })
  const answer = await outbound.fetch('https://one.example.com/', LIMITS)
  assert.equal(answer.ok && new TextDecoder().decode(answer.value.body), 'hello')
  assert.deepEqual(internet.reached, [PUBLIC, '1.1.1.1'])
})

test('a firehose that redirects is not followed, wherever it leads', async () => {
  await using internet = openSmallInternet()
  await internet.serve('inside.example.com', (_, response) => response.end())
  internet.resolve('inside.example.com', [PUBLIC])
  internet.resolve('host.example.com', [PUBLIC])
  const server = await internet.serve('host.example.com', (_, response) => response.end())
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 302 Found\r\nlocation: https://inside.example.com/\r\n\r\n'))
  const outbound = createOutbound({ allowedLoopbackOrigins: [], lookup: internet.lookup })
  assert.equal(await connectTo(outbound, 'https://host.example.com'), 'never connected')
  assert.ok(!internet.asked.includes('inside.example.com'))
})

/** Asks the web where a handle leads, which somebody serves. */
async function ask(serve: (internet: SmallInternet) => unknown, timeoutMs = LIMITS.timeoutMs): Promise<string> {
  await using internet = openSmallInternet()
  internet.resolve('ana.example.com', [PUBLIC])
  await serve(internet)
  const real = createOutbound({ allowedLoopbackOrigins: [], lookup: internet.lookup })
  const fetch: Outbound['fetch'] = (url, options) => real.fetch(url, { ...options, timeoutMs })
  const txtRecords = (): Promise<never> => Promise.reject(Object.assign(new Error('none'), { code: 'ENODATA' }))
  const handles = createHandles({ outbound: { ...real, fetch }, handlesAtPds: undefined, txtRecords })
  return (await handles.ask('ana.example.com')).kind
}

test('a well-known page of a handle that says the DID leads there', async () => {
  const kind = await ask((internet) => internet.serve('ana.example.com', (_, response) => response.end(`${ANA}\n`)))
  assert.equal(kind, 'leads')
})

for (const villainy of ANSWER_VILLAINIES) {
  const fault = ANSWERED_AS[villainy.name]!
  const expected = ['answer-too-large', 'redirect-refused', 200].includes(fault) ? 'nowhere' : 'away'
  test(`a well-known page of a handle that ${villainy.name} leads ${expected}`, async () => {
    await using page = await startHostileSocket({
      world: hurriedWorld(),
      behind: NOBODY,
      villainy,
      turns: 1,
      path: '/',
    })
    const patienceMs = fault === 'timed-out' ? IMPATIENT_MS : undefined
    assert.equal(await ask((internet) => internet.lead('ana.example.com', page.url), patienceMs), expected)
    assert.equal(page.calls.length, 1)
  })
}

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { realWorld } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { ANSWER_VILLAINIES, madeUpAnswers, startHostileSocket, type Call } from '@waypost/load'
import { createOutbound, type FetchOptions, type OutboundFault } from '#wire/outbound.ts'
import { ANSWERED_AS } from './hostile-faults.ts'
import { hurriedWorld } from './kit/network.ts'

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

test('a server that says nothing is left at once when nobody waits any more', async () => {
  await using server = await serve(() => {})
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

test('what a library is given ends when it says so, however long ago it asked', { timeout: 10_000 }, async () => {
  await using server = await serve((_, response) => void response.write('the beginning'))
  const outbound = createOutbound({ allowedLoopbackOrigins: [server.origin] })
  const leaving = new AbortController()
  const response = await outbound.fetchLike(server.origin, { signal: leaving.signal })
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let turn = 0; turn < 3; turn++) {
    await realWorld().timers.sleep(1)
    collect()
  }
  leaving.abort()
  await assert.rejects(response.text(), { name: 'AbortError' })
})

/** Answers nothing by itself. */
const NOBODY = { hostname: '127.0.0.1:9' }

describe('servers that answer badly', { concurrency: 1 }, () => {
  for (const villainy of ANSWER_VILLAINIES) {
    const expected = ANSWERED_AS[villainy.name]
    test(`a server that ${villainy.name}: ${expected}`, async () => {
      const path = '/'
      await using server = await startHostileSocket({ world: hurriedWorld(), behind: NOBODY, villainy, turns: 1, path })
      assert.equal(await faultOf(server.url, { timeoutMs: expected === 'timed-out' ? 150 : 5_000 }), expected)
      assert.equal(server.calls.length, 1)
    })
  }
})

/** What nobody catches ends the process; here, it fails the test during which it is thrown. */
const AFTERWARDS_MS = 80

test('an answer that nobody reads, or that is refused at once, may break off later without harm', async () => {
  for (const villainy of ANSWER_VILLAINIES.filter(({ name }) => name.includes('breaks off'))) {
    const world = realWorld()
    await using server = await startHostileSocket({ world, behind: NOBODY, villainy, turns: 2, path: '/' })
    const outbound = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
    await Promise.allSettled([outbound.fetchLike(server.url), faultOf(server.url, { maxBytes: 1_000_000_000 })])
    await world.timers.sleep(AFTERWARDS_MS)
    assert.equal(server.calls.length, 2)
  }
})

test('whatever an answer is made of, and wherever it breaks off, it ends as an answer or as a fault', async () => {
  const world = realWorld()
  const villainy = madeUpAnswers(simWorld({ seed: 20260105 }).random)
  await using server = await startHostileSocket({ world, behind: NOBODY, villainy, turns: Infinity, path: '/' })
  const outbound = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
  const ends = new Set<string | number>()
  for (let turn = 0; turn < 150; turn++) {
    const asked = [1_000, 100_000_000].map((maxBytes) => faultOf(server.url, { maxBytes, timeoutMs: 40 }))
    const forLibraries = [true, false].map(async (isRead) => {
      const response = await outbound.fetchLike(server.url, { signal: AbortSignal.timeout(40) })
      if (isRead) await response.arrayBuffer()
    })
    await Promise.allSettled(forLibraries)
    for (const end of await Promise.all(asked)) ends.add(end)
  }
  await world.timers.sleep(AFTERWARDS_MS)
  for (const end of [200, 503, 'answer-too-large', 'redirect-refused', 'timed-out', 'unreachable']) {
    assert.ok(ends.has(end), `some end as ${end}`)
  }
})

test('an answer that breaks off after any of its bytes is no answer', async () => {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{"did":"did:plc"}'
  const villainy = {
    name: 'breaks off',
    act: ({ socket, turn }: Call) => void socket.end(answer.slice(0, turn)),
  }
  await using server = await startHostileSocket({
    world: hurriedWorld(),
    behind: NOBODY,
    villainy,
    turns: 1_000,
    path: '/',
  })
  for (let length = 0; length <= answer.length; length++) {
    assert.equal(await faultOf(server.url), length < answer.length ? 'unreachable' : 200, `after ${length} bytes`)
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

test('a server that is not there is unreachable', async () => {
  assert.equal(await faultOf('http://127.0.0.1:9/'), 'unreachable')
})

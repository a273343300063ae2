import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { ok } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { countEgress, countFetches, countLogged } from './meters.ts'

test('what leaves by a server is counted to the byte or a little above, also after the connection is gone', async () => {
  const egress = countEgress()
  const server = createServer((_request, response) => response.end('x'.repeat(50_000)))
  egress.follow(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  assert.equal(egress.bytes(), 0)
  await (await fetch(url)).text()
  const one = egress.bytes()
  assert.ok(one > 50_000 && one < 51_000, `${one}`)
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  assert.equal(egress.bytes(), one)
})

test('each request to somebody else is counted, by either door', async () => {
  let count = 0
  const outbound = countFetches(
    {
      fetch: async () => ok({ status: 200, headers: new Headers(), body: new Uint8Array() }),
      fetchLike: async () => new Response(),
      socketLookup: () => assert.fail('nobody asks'),
    },
    () => count++,
  )
  await outbound.fetch('https://a.example', { maxBytes: 1, timeoutMs: 1, redirect: 'error' })
  await outbound.fetchLike('https://a.example')
  assert.equal(count, 2)
})

test('the bytes that go into a log are counted, and it is the same log', async () => {
  let bytes = 0
  await using engine = openMemoryEngine({ world: simWorld() })
  const log = countLogged(engine.log, (more) => (bytes += more))
  await log.append([
    { key: 'a', id: '1', body: new Uint8Array(10) },
    { key: 'a', id: '2', body: new Uint8Array(5) },
  ])
  assert.deepEqual([bytes, await log.head(), (await log.last('a'))?.id], [15, await engine.log.head(), '2'])
})

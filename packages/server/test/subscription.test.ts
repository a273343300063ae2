import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { encode } from '@atcute/cbor'
import { realWorld, type Did, type World } from '@waypost/kernel'
import { errorFrame, identityFrame, infoFrame, startFakeHost, type FakeHost } from '@waypost/load'
import { WebSocketServer, type WebSocket } from 'ws'
import { createOutbound } from '#wire/outbound.ts'
import { subscribe, type Received, type SubscribeOptions } from '#wire/subscription.ts'
import { hurriedWorld } from './kit/network.ts'

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const outbound = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })

async function say(host: FakeHost, count: number, padding = 0): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await host.emit({
      kind: 'raw',
      frame: (stamp) =>
        padding === 0
          ? identityFrame(stamp, { did: ANA })
          : Buffer.concat([
              encode({ op: 1, t: '#identity' }),
              encode({ ...stamp, did: ANA, padding: 'x'.repeat(padding) }),
            ]),
    })
  }
}

/** Seqs of frames, and faults, in the order in which they came. */
function tell({ frame }: Received): number | string {
  if (!frame.ok) return frame.error
  return 'seq' in frame.value ? frame.value.seq : frame.value.kind
}

async function take(
  options: Partial<SubscribeOptions> & { url: string },
  { count, each }: { count: number; each?: (told: number | string, turn: number) => Promise<void> | void },
): Promise<(number | string)[]> {
  const ending = new AbortController()
  const told: (number | string)[] = []
  const frames = subscribe({ world: hurriedWorld(), outbound, cursor: 0, signal: ending.signal, ...options })
  for await (const received of frames) {
    told.push(tell(received))
    await each?.(told.at(-1)!, told.length)
    if (told.length >= count) break
  }
  ending.abort()
  return told
}

function upTo(last: number, first = 1): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

test('every frame comes once and in order, however often the connection breaks', async () => {
  await using host = await startFakeHost({ world: realWorld() })
  await say(host, 300)
  const told = await take(
    { url: host.url },
    {
      count: 300,
      each: (_, turn) => {
        if (turn % 40 === 0) host.disconnect()
      },
    },
  )
  assert.deepEqual(told, upTo(300))
})

test('a frame past the limit of the protocol is refused, and the stream goes on past it', async () => {
  await using host = await startFakeHost({ world: realWorld() })
  await say(host, 2)
  await say(host, 1, 5_100_000)
  await say(host, 2)
  assert.deepEqual(await take({ url: host.url }, { count: 5 }), [1, 2, 'frame-too-large', 4, 5])
})

test('a frame that is not even taken off the socket is refused, and the stream goes on past it', async () => {
  await using host = await startFakeHost({ world: realWorld() })
  await say(host, 2)
  await say(host, 1, 300_000)
  await say(host, 2)
  const limits = { messageBytesMax: 100_000 }
  assert.deepEqual(await take({ url: host.url, limits }, { count: 5 }), [1, 2, 'frame-too-large', 4, 5])
})

test('a reader that rests leaves the frames with the host, and gets them all when it goes on', async () => {
  await using host = await startFakeHost({ world: realWorld() })
  const total = 4_000
  await say(host, total, 8_000)
  const limits = { queuedFramesMax: 32, queuedBytesMax: 1_000_000 }
  const told = await take(
    { url: host.url, limits },
    {
      count: total,
      async each(_, turn) {
        if (turn !== 100) return
        // Long enough for a host without a brake to have sent all.
        await realWorld().timers.sleep(300)
        assert.ok(host.readers.furthest < total / 2, `${host.readers.furthest} of ${total} were sent`)
      },
    },
  )
  assert.deepEqual(told, upTo(total))
})

test('a host that begins a new numbering is read from its beginning', async () => {
  await using host = await startFakeHost({ world: realWorld() })
  await say(host, 3)
  assert.deepEqual(await take({ url: host.url, cursor: 900 }, { count: 4 }), ['error', 1, 2, 3])
})

test('a host that has forgotten the cursor says so, and the oldest that it has follows', async () => {
  await using host = await startFakeHost({ world: realWorld(), historyMax: 2 })
  await say(host, 5)
  assert.deepEqual(await take({ url: host.url, cursor: 1 }, { count: 3 }), ['info', 4, 5])
})

test('a host that says ConsumerTooSlow and hangs up is asked for the rest', async () => {
  await using host = await startFakeHost({ world: realWorld() })
  await say(host, 2)
  await host.emit({ kind: 'raw', frame: () => errorFrame({ error: 'ConsumerTooSlow' }) })
  await say(host, 1)
  assert.deepEqual(await take({ url: host.url }, { count: 4 }), [1, 2, 'error', 4])
})

test('a host that falls silent without hanging up is left and asked again', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong: false })
  await once(server, 'listening')
  let connections = 0
  server.on('connection', (socket) => {
    connections++
    socket.send(identityFrame({ seq: connections, time: '' }, { did: ANA }))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  assert.deepEqual(await take({ url, limits: { silentMsMax: 60 }, world: realWorld() }, { count: 2 }), [1, 2])
  server.close()
  for (const client of server.clients) client.terminate()
})

test('messages that are text are refused and do not stop the stream', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  server.on('connection', (socket) => {
    for (let turn = 0; turn < 50; turn++) socket.send('hello')
    socket.send(identityFrame({ seq: 1, time: '' }, { did: ANA }))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const told = await take({ url, limits: { queuedFramesMax: 4 } }, { count: 51 })
  assert.deepEqual(told, [...Array.from({ length: 50 }, () => 'frame-malformed'), 1])
  server.close()
  for (const client of server.clients) client.terminate()
})

/** A server whose reader is sent all of this at once, or piece by piece. */
async function tellAll(
  messages: readonly (Uint8Array | string)[],
  { apart = false } = {},
): Promise<{ url: string } & AsyncDisposable> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const tell = async (socket: WebSocket): Promise<void> => {
    for (const message of messages) {
      socket.send(message)
      if (apart) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  server.on('connection', (socket) => void tell(socket))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}

test('however much a host says at once, everybody else has a turn after every few messages', async () => {
  const count = 2_000
  await using host = await tellAll(upTo(count).map((seq) => identityFrame({ seq, time: '' }, { did: ANA })))
  let [inThisTurn, mostInOne] = [0, 0]
  const turns = new AbortController()
  const otherWork = (): void => {
    inThisTurn = 0
    if (!turns.signal.aborted) setImmediate(otherWork)
  }
  otherWork()
  const each = (): void => void (mostInOne = Math.max(mostInOne, ++inThisTurn))
  assert.deepEqual(await take({ url: host.url }, { count, each }), upTo(count))
  turns.abort()
  assert.ok(mostInOne <= 64, `${mostInOne} messages in one turn`)
})

test('a host that says a great deal and nothing of use is read with rests, one that says something is not', async () => {
  const useful = identityFrame({ seq: 1, time: '' }, { did: ANA })
  const useless = [new Uint8Array(), 'hello', infoFrame({ name: 'Hello' }), errorFrame({ error: 'Hello' })]
  for (const [expected, apart, messages] of [
    [9, false, Array.from({ length: 640 }, (_, turn) => useless[turn % useless.length]!)],
    [9, true, Array.from({ length: 640 }, (_, turn) => useless[turn % useless.length]!)],
    [0, false, Array.from({ length: 640 }, (_, turn) => (turn % 2 ? useful : useless[0]!))],
  ] as const) {
    await using host = await tellAll(messages, { apart })
    const real = hurriedWorld()
    const waits: number[] = []
    const sleep: World['timers']['sleep'] = (delayMs, signal) => {
      waits.push(delayMs)
      return real.timers.sleep(delayMs, signal)
    }
    const told = await take({ url: host.url, world: { ...real, timers: { ...real.timers, sleep } } }, { count: 640 })
    assert.equal(told.length, 640)
    const rests = waits.filter((delayMs) => delayMs === 50).length
    assert.equal(rests, expected)
  }
})

test('an address on this machine that nobody allowed is never connected to', async () => {
  await using host = await startFakeHost({ world: realWorld() })
  await say(host, 1)
  const ending = new AbortController()
  const strict = createOutbound({ allowedLoopbackOrigins: [] })
  const frames = subscribe({ world: hurriedWorld(), outbound: strict, url: host.url, cursor: 0, signal: ending.signal })
  const first = frames[Symbol.asyncIterator]().next()
  await realWorld().timers.sleep(50)
  ending.abort()
  assert.equal((await first).done, true)
  assert.equal(host.readers.count, 0)
})

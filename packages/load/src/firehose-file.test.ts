import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Frame } from '@atproto/xrpc-server'
import { simWorld } from '@waypost/kernel/sim'
import { WebSocket } from 'ws'
import { startFakeHost, type FakeHost, type HostEvent } from './fake-host.ts'
import { createFirehoseFile, FirehoseFault, readFirehoseFile, recordFirehose, replayFirehose } from './firehose-file.ts'
import { generatedEvents, generatePeople } from './generated.ts'
import { createSignedRepo } from './signed-repo.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-firehose-test-'))
after(() => rmSync(folder, { recursive: true }))
const file = (name: string): string => join(folder, name)
const url = (host: FakeHost): string => host.url.replace('http', 'ws')

/** Hears so many messages of a host, from its first one on. */
async function hear(host: FakeHost, count: number): Promise<readonly Buffer[]> {
  const socket = new WebSocket(`${url(host)}/xrpc/com.atproto.sync.subscribeRepos?cursor=0`)
  const heard: Buffer[] = []
  const all = Promise.withResolvers<void>()
  socket.on('message', (bytes: Buffer) => {
    heard.push(bytes)
    if (heard.length === count) all.resolve()
  })
  await all.promise
  const closed = once(socket, 'close')
  socket.terminate()
  await closed
  return heard
}

const bodyOf = (bytes: Uint8Array) => Frame.fromBytes(new Uint8Array(bytes)).body as Record<string, unknown>

test('what a host said is said again: the same messages, at another speed, under new numbers', async () => {
  const world = simWorld()
  const people = await generatePeople('firehose file', 6)
  await using host = await startFakeHost({ world })
  for (const { did, handle, key } of people) {
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
  }
  const events: readonly HostEvent[] = [
    ...generatedEvents(people, { random: world.random, commitsEach: 3, startMs: world.clock.now() }),
  ]
  const stop = new AbortController()
  const told = Promise.withResolvers<void>()
  const recording = recordFirehose(world, {
    host: url(host),
    file: file('told'),
    signal: stop.signal,
    onMessage: ({ messages }) => messages === events.length && told.resolve(),
  })
  while (host.readers.count === 0) await new Promise((resolve) => setImmediate(resolve))
  for (const event of events) {
    await host.emit(event)
    const sent = host.emitted.frames
    while (host.readers.furthest < sent) await new Promise((resolve) => setImmediate(resolve))
    await world.advance(100)
  }
  await told.promise
  stop.abort()
  const { messages, bytes, because } = await recording
  assert.deepEqual([messages, because], [events.length, 'it was stopped'])
  assert.equal(bytes + 16 + 12 * messages, readFileSync(file('told')).length)
  const original = await hear(host, events.length)

  const again = simWorld()
  await using other = await startFakeHost({ world: again, firstSeq: 1_000 })
  const replaying = replayFirehose(again, other, { file: file('told'), speed: 10 })
  let isOver = false
  void replaying.then(() => (isOver = true))
  while (!isOver) {
    await again.advance(1)
    await new Promise((resolve) => setTimeout(resolve))
  }
  assert.equal(await replaying, events.length)
  const repeated = await hear(other, events.length)
  for (const [at, bytes] of repeated.entries()) {
    const { seq, time, ...body } = bodyOf(bytes)
    const { seq: _seq, time: _time, ...first } = bodyOf(original[at]!)
    assert.deepEqual(body, first)
    assert.equal(seq, 1_000 + at)
    assert.match(String(time), /^2026-/)
  }
  // 100 ms apart when they were recorded, give or take what the sockets took; time moves on while the file is read.
  const [first, last] = [repeated[0]!, repeated.at(-1)!].map((bytes) => Date.parse(String(bodyOf(bytes)['time'])))
  const tookMs = last! - first!
  assert.ok(tookMs >= (events.length - 3) * 10 && tookMs <= (events.length + 20) * 10, `${tookMs} ms`)
})

test('a recording ends with as many messages as were asked for', async () => {
  const world = simWorld()
  await using host = await startFakeHost({ world })
  const recording = recordFirehose(world, {
    host: url(host),
    file: file('three'),
    messagesMax: 3,
    signal: new AbortController().signal,
  })
  while (host.readers.count === 0) await new Promise((resolve) => setImmediate(resolve))
  for (let nth = 0; nth < 5; nth++) await host.emit({ kind: 'raw', frame: () => Uint8Array.of(nth) })
  assert.equal((await recording).messages, 3)
  const found = await Array.fromAsync(readFirehoseFile(file('three')))
  assert.deepEqual(
    found.map(({ frame }) => [...frame]),
    [[0], [1], [2]],
  )
})

test('what is no recording is refused in one line, and a last message that is not whole is left out', async () => {
  const read = (name: string) => Array.fromAsync(readFirehoseFile(file(name)))
  await assert.rejects(read('absent'), FirehoseFault)
  writeFileSync(file('other'), 'a text of somebody')
  await assert.rejects(read('other'), /is no recording of a firehose/)
  {
    using out = createFirehoseFile(file('cut'))
    out.append({ atMs: 5, frame: Uint8Array.of(1, 2) })
  }
  appendFileSync(file('cut'), Uint8Array.of(...new Uint8Array(8), 9, 0, 0, 0, 1))
  assert.deepEqual(await read('cut'), [{ atMs: 5, frame: Uint8Array.of(1, 2) }])
  appendFileSync(file('cut'), new Uint8Array(8).fill(0xff))
  assert.throws(() => createFirehoseFile(file('cut')), /is there already/)
})

test('a host that cannot be heard is a fault in one line', async () => {
  const host = await startFakeHost({ world: simWorld() })
  const gone = url(host)
  await host[Symbol.asyncDispose]()
  await assert.rejects(
    recordFirehose(simWorld(), { host: gone, file: file('gone'), signal: new AbortController().signal }),
    FirehoseFault,
  )
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { verifyRepoCar } from '@atproto/repo'
import { Frame } from '@atproto/xrpc-server'
import { simWorld, type SimWorld } from '@waypost/kernel/sim'
import { WebSocket } from 'ws'
import { commitFrame } from '../frame.ts'
import { deriveSigningKey } from '../key.ts'
import { arrivals } from '../open-loop/schedule.ts'
import { createSignedRepo } from '../signed-repo.ts'
import { startRecordedHost, type RecordedHost } from './host.ts'
import { mixedPlace, mixedStream } from './mixed.ts'
import { openRecording } from './recording.ts'
import { FIRST_SEQ, messageIn } from './stream.ts'

const SCRIPT = { seed: `test ${process.pid}`, dataset: undefined, cohorts: 2, people: 4, checkins: 60 }
const NOW_MS = Date.UTC(2026, 5, 1)
const NOW = new Date(NOW_MS).toISOString()

const recording = await openRecording(SCRIPT)
after(() => {
  recording[Symbol.dispose]()
  rmSync(recording.folder, { recursive: true })
})

// oxlint-disable-next-line typescript/no-explicit-any -- The bodies are the decoder's, without types.
type Body = any

function bodyOf(message: Uint8Array): Body {
  return Frame.fromBytes(new Uint8Array(message)).body
}

/** Subscribes and hears what comes, while time goes on, until there are so many messages or nothing more comes. */
async function listen(host: RecordedHost, world: SimWorld, options: { cursor: number; count: number }) {
  const socket = new WebSocket(
    `${host.url.replace('http', 'ws')}/xrpc/com.atproto.sync.subscribeRepos?cursor=${options.cursor}`,
  )
  const bodies: Body[] = []
  socket.on('message', (bytes: Buffer) => bodies.push(bodyOf(bytes)))
  await once(socket, 'open')
  while (bodies.length < options.count && socket.readyState === socket.OPEN) await world.advance(1)
  const closed = once(socket, 'close')
  socket.terminate()
  await closed
  return bodies
}

async function get(host: RecordedHost, path: string): Promise<Response> {
  return fetch(`${host.url}/xrpc/${path}`)
}

const numbers = (count: number, from: number): number[] => Array.from({ length: count }, (_, at) => from + at)

test('everybody is known before anybody checks in, and every check-in counts', () => {
  const messages = numbers(recording.length, 0).map((number) => bodyOf(recording.message(number)))
  const known = new Set(messages.slice(0, recording.opening).map(({ repo }) => repo))
  const isKnown = messages.slice(recording.opening).every(({ repo }) => known.has(repo))
  assert.ok(isKnown)
  const checkins = new Set<string>()
  for (const { repo, ops } of messages.filter((body) => body.ops)) {
    for (const { action, path } of ops) {
      if (!path.startsWith('app.waypost.checkin/')) continue
      if (action === 'delete') checkins.delete(`${repo}/${path}`)
      else checkins.add(`${repo}/${path}`)
    }
  }
  assert.equal(recording.standing(recording.length), checkins.size)
  assert.equal(recording.standing(recording.opening), 0)
})

test('what was recorded before is not recorded again', async () => {
  const { ino } = statSync(join(recording.folder, 'messages'))
  using again = await openRecording(SCRIPT)
  assert.equal(statSync(join(again.folder, 'messages')).ino, ino)
  assert.deepEqual(again.message(recording.length - 1), recording.message(recording.length - 1))
})

test('nothing is sent before it is played, then all of it, as of now, from any cursor', async () => {
  const world = simWorld({ startMs: NOW_MS })
  await using host = await startRecordedHost({ world, recording })
  const waiting = listen(host, world, { cursor: 0, count: recording.length })
  while (host.readers === 0) await new Promise((resolve) => setImmediate(resolve))
  await world.advance(1_000)
  assert.equal(host.sent, 0)
  host.play({ through: recording.length })
  const all = await waiting
  assert.deepEqual(
    all.map(({ seq }) => seq),
    numbers(recording.length, FIRST_SEQ),
  )
  assert.equal(all.at(-1).time.slice(0, 10), NOW.slice(0, 10))
  assert.equal(host.sent, recording.length)
  const rest = await listen(host, world, { cursor: FIRST_SEQ + 30, count: recording.length - 31 })
  assert.deepEqual(
    rest.map(({ seq, rev }) => [seq, rev]),
    all.slice(31).map(({ seq, rev }) => [seq, rev]),
  )
  const [refused] = await listen(host, world, { cursor: FIRST_SEQ + recording.length, count: 1 })
  assert.equal(refused.error, 'FutureCursor')
})

test('as by chance, so much is sent as is due by the times of the seed', async () => {
  const world = simWorld()
  await using host = await startRecordedHost({ world, recording })
  const heard = listen(host, world, { cursor: 0, count: 10 })
  while (host.readers === 0) await new Promise((resolve) => setImmediate(resolve))
  const began = world.clock.elapsed()
  host.play({ through: recording.length, messagesPerSecond: 10, seed: 4 })
  await heard
  const times = arrivals({ perSecond: 10, count: recording.length, seed: 4 })
  // The listener gives time a millisecond at a time, the host looks every two.
  const passedMs = world.clock.elapsed() - began
  assert.ok(passedMs >= times[9]! && passedMs < times[9]! + 50, `${passedMs}, not ${times[9]}`)
})

test('by the clock, so much is sent as is due', async () => {
  const world = simWorld()
  await using host = await startRecordedHost({ world, recording })
  const heard = listen(host, world, { cursor: 0, count: 20 })
  while (host.readers === 0) await new Promise((resolve) => setImmediate(resolve))
  const began = world.clock.elapsed()
  host.play({ through: recording.length, messagesPerSecond: 100 })
  await heard
  const seconds = (world.clock.elapsed() - began) / 1_000
  assert.ok(seconds >= 0.2, `20 messages came within ${seconds} s`)
  assert.ok(host.sent <= seconds * 100 + 1)
})

test('a whole repository is as new as what was sent, and verifies', async () => {
  const world = simWorld()
  await using host = await startRecordedHost({ world, recording })
  const through = recording.length - 20
  host.play({ through })
  const sent = await listen(host, world, { cursor: 0, count: through })
  const { repo: did, rev } = sent.at(-1)
  const { signingKey, handle } = recording.people.find((person) => person.did === did)!
  const status = await (await get(host, `com.atproto.sync.getRepoStatus?did=${did}`)).json()
  assert.deepEqual(status, { did, active: true, rev })
  assert.deepEqual(await (await get(host, `com.atproto.identity.resolveHandle?handle=${handle}`)).json(), { did })
  const car = await (await get(host, `com.atproto.sync.getRepo?did=${did}`)).arrayBuffer()
  const { creates, commit } = await verifyRepoCar(new Uint8Array(car), did, signingKey)
  assert.equal(commit.rev, rev)
  const standing = new Set<string>()
  for (const { action, path } of sent.filter(({ repo }) => repo === did).flatMap(({ ops }) => ops)) {
    if (action === 'delete') standing.delete(path)
    else standing.add(path)
  }
  assert.deepEqual(new Set(creates.map(({ collection, rkey }) => `${collection}/${rkey}`)), standing)
})

test('among the messages of others, one in a hundred is ours, and the others are of many people', async () => {
  const key = await deriveSigningKey('elsewhere')
  const did = 'did:plc:elsewhereaaaaaaaaaaaaaaa'
  const repo = createSignedRepo({ did, key, clock: simWorld().clock })
  const record = { $type: 'app.bsky.feed.post', text: 'Hello', createdAt: NOW }
  const write = { action: 'create', collection: 'app.bsky.feed.post', rkey: 'a', record } as const
  const other = commitFrame({ seq: 2 ** 34, time: NOW }, await repo.commit([write]))

  const stream = mixedStream(recording, [other])
  const { opening } = recording
  const buffer = Buffer.alloc(100_000)
  const bodies = numbers(1_000, opening).map((at) => {
    const { count, bytes } = stream.copy(at, buffer, { countMax: 1, time: NOW })
    assert.equal(count, 1)
    return bodyOf(messageIn(buffer.subarray(0, bytes)))
  })
  assert.deepEqual(
    bodies.map(({ seq, time }) => [seq, time]),
    bodies.map((_, at) => [FIRST_SEQ + opening + at, NOW]),
  )
  const ours = numbers(10, opening).map((number) => bodies[mixedPlace(opening)(number) - opening])
  assert.deepEqual(
    ours.map(({ rev }) => rev),
    numbers(10, opening).map((number) => bodyOf(recording.message(number)).rev),
  )
  assert.deepEqual(
    [opening, opening + 99, opening + 100, opening + 1_000].map((count) => stream.recordedAmong(count) - opening),
    [0, 0, 1, 10],
  )
  const others = bodies.filter((body) => !ours.includes(body)).map((body) => body.repo)
  assert.equal(others.length, 990)
  assert.ok(others.every((each) => /^did:plc:[a-z2-7]{24}$/.test(each)))
  assert.ok(new Set(others).size > 800)
})

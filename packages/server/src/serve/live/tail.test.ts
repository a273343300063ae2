import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFirst } from '@atcute/cbor'
import { simWorld, type SimWorld } from '@waypost/kernel/sim'
import {
  BEAT_MS,
  BUFFERED_BYTES_MAX,
  createTail,
  TICK_MS,
  type Following,
  type Listener,
  type LiveChange,
  type Tail,
  type TailOptions,
} from './tail.ts'

const changeAt = (seq: number, size = 10): LiveChange => ({
  kind: 'checkin',
  seq,
  uri: `at://a/b/${seq}`,
  checkin: () => ({ uri: `at://a/b/${seq}`, text: 'x'.repeat(size) }),
})

/** A connection that reads all at once, or nothing until it is told to. */
class Reader implements Listener {
  readonly format: 'event-stream' | 'frames'
  text = ''
  bytes: Uint8Array[] = []
  writes = 0
  beats = 0
  told = false
  slow = false
  waiting = 0
  constructor(format: 'event-stream' | 'frames' = 'event-stream') {
    this.format = format
  }
  write(bytes: Uint8Array): void {
    this.writes++
    if (this.slow) this.waiting += bytes.length
    this.bytes.push(bytes)
    this.text += Buffer.from(bytes).toString('utf8')
  }
  buffered = (): number => this.waiting
  why = ''
  letGo = (why: string): void => {
    this.told = true
    this.why = why
  }
  ended = false
  end = (): void => void (this.ended = true)
  beat = (): void => void this.beats++
  get seqs(): number[] {
    return [...this.text.matchAll(/"seq":(\d+)/g)].map((match) => Number(match[1]))
  }
}

function begun(world: SimWorld, start: number, options: TailOptions = {}): Tail {
  const tail = createTail(world, options)
  tail.begin(start)
  return tail
}

function follow(tail: Tail, reader: Reader, cursor?: number): Following {
  const following = tail.follow(reader, cursor)
  assert(typeof following === 'object')
  return following
}

async function publish(world: SimWorld, tail: Tail, ...changes: LiveChange[]): Promise<void> {
  tail.publish(changes)
  await world.advance(TICK_MS)
}

test('everyone who follows gets each change once, and those of a tick in one write', async () => {
  const world = simWorld()
  const tail = begun(world, 0)
  const [ana, ben] = [new Reader(), new Reader()]
  follow(tail, ana)
  follow(tail, ben)
  tail.publish([changeAt(1), changeAt(2)])
  tail.publish([changeAt(3)])
  await world.advance(TICK_MS)
  assert.deepEqual(ana.seqs, [1, 2, 3])
  assert.deepEqual(ben.seqs, [1, 2, 3])
  assert.equal(ana.writes, 1)
  assert.equal(ana.bytes[0], ben.bytes[0], 'both got the same buffer')
})

test('whoever resumes by cursor misses nothing and gets nothing twice', async () => {
  const world = simWorld()
  const tail = begun(world, 100)
  const reader = new Reader()
  const first = follow(tail, reader)
  for (let seq = 101; seq <= 120; seq++) await publish(world, tail, changeAt(seq))
  first[Symbol.dispose]()
  for (let seq = 121; seq <= 140; seq++) await publish(world, tail, changeAt(seq))
  follow(tail, reader, reader.seqs.at(-1))
  for (let seq = 141; seq <= 150; seq++) await publish(world, tail, changeAt(seq))
  assert.deepEqual(
    reader.seqs,
    Array.from({ length: 50 }, (_, index) => 101 + index),
  )
})

test('whoever was with a server that is further resumes here when it has come as far, without gap or repeat', async () => {
  const world = simWorld()
  const [ahead, behind] = [begun(world, 100), begun(world, 100)]
  const reader = new Reader()
  const first = follow(ahead, reader)
  for (const seq of [101, 102, 103]) await publish(world, ahead, changeAt(seq))
  await publish(world, behind, changeAt(101))
  first[Symbol.dispose]()
  const cursor = reader.seqs.at(-1)!
  assert.ok(behind.isAhead(cursor))
  assert.equal(behind.follow(reader, cursor), 'future')
  assert(typeof behind.follow(reader, cursor, 105) === 'object')
  await publish(world, behind, changeAt(102), changeAt(103), changeAt(104))
  await publish(world, behind, changeAt(105))
  assert.deepEqual(reader.seqs, [101, 102, 103, 104, 105])
})

test('a cursor from before what is held is told so, and one from the future is refused', async () => {
  const world = simWorld()
  const tail = begun(world, 100, { eventsHeldMax: 3 })
  for (let seq = 101; seq <= 110; seq++) await publish(world, tail, changeAt(seq))
  const reader = new Reader()
  follow(tail, reader, 104)
  assert.match(reader.text, /^event: info\ndata: {"name":"OutdatedCursor"/)
  assert.deepEqual(reader.seqs, [108, 109, 110])
  const exact = new Reader()
  follow(tail, exact, 107)
  assert.doesNotMatch(exact.text, /OutdatedCursor/)
  assert.equal(tail.follow(new Reader(), 111), 'future')
})

test('what is held of a change is as large as the change', async () => {
  const world = simWorld()
  const tail = begun(world, 0)
  const readers = [new Reader(), new Reader('frames')]
  for (const reader of readers) follow(tail, reader)
  await publish(world, tail, changeAt(1))
  for (const { bytes } of readers) {
    assert.ok(bytes[0]!.length < 200)
    assert.equal(bytes[0]!.buffer.byteLength, bytes[0]!.length)
  }
})

test('of several changes at one position only the last carries the id to resume from', async () => {
  const world = simWorld()
  const tail = begun(world, 0)
  const reader = new Reader()
  follow(tail, reader)
  await publish(world, tail, { kind: 'deletion', seq: 7, uri: 'at://a' }, { kind: 'deletion', seq: 7, uri: 'at://b' })
  assert.deepEqual(reader.text.match(/id: 7/g), ['id: 7'])
  assert.match(reader.text, /at:\/\/a"}\n\nevent: deletion\nid: 7\ndata: .*at:\/\/b/)
})

test('a check-in is looked up when somebody wants it, once for all, and left out where it is gone by then', async () => {
  const world = simWorld()
  const tail = begun(world, 0)
  let lookups = 0
  const change = (seq: number, checkin: object | undefined): LiveChange => {
    return { kind: 'checkin', seq, uri: `at://a/b/${seq}`, checkin: () => (lookups++, checkin) }
  }
  await publish(world, tail, change(1, { text: 'here' }), change(2, undefined))
  assert.equal(lookups, 0)
  const readers = [new Reader(), new Reader()]
  for (const reader of readers) follow(tail, reader, 0)
  assert.deepEqual(
    readers.map((reader) => reader.seqs),
    [[1], [1]],
  )
  assert.equal(lookups, 2)
  await publish(world, tail, change(3, undefined))
  assert.equal(readers[0]!.writes, 1, 'nothing is written where there is nothing to tell')
})

test('a reader that stops reading is written no more, told after a while, and harms nobody', async () => {
  const world = simWorld()
  const tail = begun(world, 0)
  const [slow, quick] = [new Reader(), new Reader()]
  slow.slow = true
  follow(tail, slow)
  follow(tail, quick)
  for (let seq = 1; seq <= 100; seq++) await publish(world, tail, changeAt(seq, 10_000))
  assert.deepEqual(quick.seqs.length, 100)
  assert(slow.waiting > BUFFERED_BYTES_MAX && slow.waiting < 2 * BUFFERED_BYTES_MAX, `${slow.waiting}`)
  await world.advance(3 * BEAT_MS)
  assert.equal(slow.told, true)
  assert.equal(quick.told, false)
  assert.equal(tail.count, 1)
})

test('a reader that catches up in time gets the rest', async () => {
  const world = simWorld()
  const tail = begun(world, 0)
  const reader = new Reader()
  reader.slow = true
  const following = follow(tail, reader)
  for (let seq = 1; seq <= 100; seq++) await publish(world, tail, changeAt(seq, 10_000))
  reader.slow = false
  reader.waiting = 0
  following.drained()
  assert.equal(reader.seqs.length, 100)
  await world.advance(3 * BEAT_MS)
  assert.equal(reader.told, false)
})

test('a reader that falls out of what is held is told at once', async () => {
  const world = simWorld()
  const tail = begun(world, 0, { eventsHeldMax: 20 })
  const reader = new Reader()
  reader.slow = true
  follow(tail, reader)
  for (let seq = 1; seq <= 60; seq++) await publish(world, tail, changeAt(seq, 30_000))
  assert.equal(reader.told, true)
})

test('five hundred followers share what is held, and one too many is turned away', async () => {
  const world = simWorld()
  let count = 0
  const tail = begun(world, 0, { followersMax: 500, counted: (now) => (count = now) })
  const readers = Array.from({ length: 500 }, () => new Reader())
  const followings = readers.map((reader) => follow(tail, reader))
  assert.equal(tail.follow(new Reader(), undefined), 'full')
  for (let seq = 1; seq <= 20; seq++) await publish(world, tail, changeAt(seq, 1_000))
  assert(readers.every((reader) => reader.seqs.length === 20))
  const buffers = new Set(readers.flatMap((reader) => reader.bytes))
  assert.equal(buffers.size, 20, 'one buffer a tick, not one a follower')
  assert.equal(count, 500)
  for (const following of followings) following[Symbol.dispose]()
  assert.equal(count, 0)
})

test('where nothing happens the connection is kept warm', async () => {
  const world = simWorld()
  const tail = begun(world, 0)
  const reader = new Reader()
  follow(tail, reader)
  await world.advance(4 * BEAT_MS)
  assert.equal(reader.beats, 4)
})

test('before the read model has caught up nobody can resume, and nobody is refused', async () => {
  const world = simWorld()
  const tail = createTail(world)
  const reader = new Reader()
  follow(tail, reader, 50)
  tail.begin(60)
  await publish(world, tail, changeAt(61))
  assert.match(reader.text, /OutdatedCursor/)
  assert.deepEqual(reader.seqs, [61])
})

test('who is sent away is told why, and may come again where they were', async () => {
  const world = simWorld()
  const tail = begun(world, 0)
  const reader = new Reader()
  follow(tail, reader)
  await publish(world, tail, changeAt(1))
  tail.sendAway()
  assert.deepEqual([reader.why, tail.count, reader.ended], ['BudgetExceeded', 0, false])
  await publish(world, tail, changeAt(2))
  assert.deepEqual(reader.seqs, [1])
  follow(tail, reader, 1)
  assert.deepEqual(reader.seqs, [1, 2])
})

test('when the server goes away everyone is sent elsewhere', () => {
  const tail = begun(simWorld(), 0)
  const reader = new Reader()
  follow(tail, reader)
  tail[Symbol.dispose]()
  assert.equal(reader.ended, true)
  assert.equal(tail.count, 0)
})

test('frames are header and body in DAG-CBOR, in one WebSocket message', async () => {
  const world = simWorld()
  const tail = begun(world, 0)
  const reader = new Reader('frames')
  follow(tail, reader)
  await publish(world, tail, changeAt(5, 200))
  const bytes = reader.bytes[0]!
  assert.deepEqual([bytes[0], bytes[1]], [0x82, 126])
  const [header, rest] = decodeFirst(bytes.subarray(4))
  assert.deepEqual(header, { op: 1, t: '#checkin' })
  assert.equal((decodeFirst(rest)[0] as { seq: number }).seq, 5)
})

test('whoever may not see all of it gets the rest, and the others everything', async () => {
  const world = simWorld()
  const tail = begun(world, 0)
  const [ana, ben] = [new Reader(), new Reader()]
  let isBlocking = false
  follow(tail, Object.assign(ana, { hides: () => (isBlocking ? ({ seq }: LiveChange) => seq === 2 : undefined) }))
  follow(tail, ben)
  await publish(world, tail, changeAt(1))
  isBlocking = true
  await publish(world, tail, changeAt(2))
  await publish(world, tail, changeAt(3))
  assert.deepEqual(ana.seqs, [1, 3])
  assert.deepEqual(ben.seqs, [1, 2, 3])
})

test('how far readers were brought, and how long that took, is told once for each tick', async () => {
  const world = simWorld()
  const flushes: object[] = []
  const tail = begun(world, 6, { flushed: (flush) => flushes.push(flush) })
  const reader = new Reader()
  follow(tail, reader)
  tail.publish([changeAt(7)])
  await publish(world, tail, changeAt(9))
  await publish(world, tail, changeAt(12))
  assert.deepEqual(flushes, [
    { after: 6, through: 9, ms: TICK_MS },
    { after: 9, through: 12, ms: TICK_MS },
  ])
  assert.equal(tail.stalled, 0)
  reader.waiting = BUFFERED_BYTES_MAX + 1
  await publish(world, tail, changeAt(13))
  assert.equal(tail.stalled, 1)
})

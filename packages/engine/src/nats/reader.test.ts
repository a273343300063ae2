import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredMsg } from '@nats-io/jetstream'
import { simWorld } from '@waypost/kernel/sim'
import type { Connection } from './connection.ts'
import { headersOf } from './entry-message.ts'
import type { Parts } from './parts.ts'
import { createReader } from './reader.ts'
import { subjectsOf } from './subjects.ts'

const { log } = subjectsOf('test')
const subject = log.entriesOf('ana')

/** A leader that has some sequences and a copy that hands out nothing. */
function given(sequences: readonly number[]) {
  const world = simWorld()
  const asked = { feeds: 0, stale: new Set<number>() }
  const stored = (seq: number): StoredMsg => {
    const data = new Uint8Array([seq])
    const header = headersOf({ key: 'ana', id: String(seq), body: data }, { subject, parts: [], cursor: undefined })
    return { seq, subject, header, data } as unknown as StoredMsg
  }
  const messages = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }), stop() {} }
  const consumer = { consume: async () => messages, delete: async () => true }
  const connection = {
    world,
    ask: (request: () => Promise<unknown>) => request(),
    jetstream: { consumers: { get: async () => (asked.feeds++, consumer) } },
    manager: { streams: { info: async () => ({ state: { last_seq: sequences.at(-1) ?? 0 } }) } },
    async nextIn(_log: unknown, after: number) {
      const seq = sequences.find((each) => each > after)
      return seq === undefined || asked.stale.has(after) ? null : stored(seq)
    },
  } as unknown as Connection
  const reader = createReader(connection, log, {} as Parts)
  return {
    asked,
    after: (ms: number) => world.advance(ms),
    async read(after: number, limit = 1_000) {
      const reading = reader.read(after, limit)
      await world.advance(300)
      return (await reading).map(({ position }) => position)
    },
  }
}

test('where the copy behind a feed lags, the leader brings what there is, without a wait for each', async () => {
  const stream = given([3, 4, 7, 8, 12])
  assert.deepEqual(await stream.read(0), [3, 4, 7, 8, 12])
  assert.deepEqual(await stream.read(4, 2), [7, 8])
  assert.equal(stream.asked.feeds, 1)
  await stream.after(1_000)
  assert.deepEqual(await stream.read(4), [7, 8, 12])
  assert.equal(stream.asked.feeds, 2)
  assert.deepEqual(await stream.read(12), [])
})

test('where a server that is no longer the leader answers for some, what comes is without a hole', async () => {
  const stream = given([1, 2, 3, 4, 5])
  stream.asked.stale.add(2)
  assert.deepEqual(await stream.read(0), [1, 2])
  stream.asked.stale.clear()
  assert.deepEqual(await stream.read(2), [3, 4, 5])
})

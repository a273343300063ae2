import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, toBytes } from '@atcute/cbor'
import fc from 'fast-check'
import type { Did, Handle, Nsid } from '@waypost/kernel'
import type { Entry } from '@waypost/engine'
import type { EventBody, RecordDelete, RecordPut, RepoHead } from '#verify/event.ts'
import { decodeEvent, encodeEvent } from './event-codec.ts'

// Objects without a prototype would not equal those that come back.
const plain = { noNullPrototype: true } as const
const text = fc.string({ unit: 'binary', maxLength: 40 })
const bytes = fc.uint8Array({ maxLength: 200 })
const maybeText = fc.option(text, { nil: undefined })
const head: fc.Arbitrary<RepoHead> = fc.record(
  {
    rev: maybeText,
    data: maybeText,
    active: fc.boolean(),
    status: maybeText,
  },
  plain,
)
const put: fc.Arbitrary<RecordPut> = fc.record(
  {
    action: fc.constant('put' as const),
    collection: fc.constantFrom<Nsid>('app.waypost.checkin', 'app.bsky.graph.follow'),
    rkey: text,
    cid: text,
    record: bytes,
    valid: fc.boolean(),
  },
  plain,
)
const remove: fc.Arbitrary<RecordDelete> = fc.record(
  {
    action: fc.constant('delete' as const),
    collection: fc.constant<Nsid>('app.waypost.checkin'),
    rkey: text,
  },
  plain,
)
const about = {
  did: text.map((rest) => `did:plc:${rest}` as Did),
  source: fc.record({ host: text, seq: fc.maxSafeNat() }, plain),
  head,
}
const event: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({ kind: fc.constant('commit' as const), ...about, rev: text, ops: fc.array(fc.oneof(put, remove)) }, plain),
  fc.record({ kind: fc.constant('repo' as const), ...about, rev: text, records: fc.array(put) }, plain),
  fc.record(
    {
      kind: fc.constant('identity' as const),
      ...about,
      handle: maybeText as fc.Arbitrary<Handle>,
      pds: maybeText,
    },
    plain,
  ),
  fc.record({ kind: fc.constant('account' as const), ...about }, plain),
)

function entryWith(body: Uint8Array, event?: EventBody): Entry {
  const { did, source } = event ?? { did: 'did:plc:ana', source: { host: 'pds.example', seq: 1 } }
  return { position: 7, key: did, id: 'commit:1', source, body }
}

test('an event comes back from the log as it went in, whatever is in it', () => {
  fc.assert(
    fc.property(event, fc.maxSafeNat(), (body, receivedAt) => {
      const entry = entryWith(encodeEvent(body, receivedAt), body)
      assert.deepEqual(decodeEvent(entry), { position: 7, receivedAt, event: body })
    }),
  )
})

test('the time of receipt may have a fraction, and loses it', () => {
  const body = account()
  assert.equal(decodeEvent(entryWith(encodeEvent(body, 1_700_000_000_000.75))).receivedAt, 1_700_000_000_000)
})

test('the person and the source are not said twice', () => {
  const written = Buffer.from(encodeEvent(account(), 0)).toString('latin1')
  assert.equal(written.includes('did:plc:ana'), false)
  assert.equal(written.includes('pds.example'), false)
})

test('bytes that no event was encoded to are our own fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (body) => {
      assert.throws(() => decodeEvent(entryWith(body)), { name: 'OwnFault' })
    }),
  )
})

test('an event that was cut short or lost a field is our own fault', () => {
  const whole = encodeEvent(commit(), 1)
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => decodeEvent(entryWith(whole.subarray(0, length))), { name: 'OwnFault' })
  }
  assert.throws(() => decodeEvent(entryWith(Uint8Array.of(...whole, 0))), { name: 'OwnFault' })
  const spoilt = [
    ...[1, 2, '3l', 'data', true, 'status', '3l', [['app.waypost.tip', 'a', 'b', true, 1]]].keys(),
  ].filter((at) => at < 2 || at === 4 || at > 5)
  for (const at of spoilt) {
    const fields = fieldsOf(whole)
    fields[at] = null
    assert.throws(() => decodeEvent(entryWith(withFields(whole, fields))), { name: 'OwnFault' }, `field ${at}`)
  }
  for (let at = 0; at < 5; at++) {
    const fields = fieldsOf(whole) as [[unknown[]]]
    fields.at(-1)![0]![at] = null
    assert.throws(() => decodeEvent(entryWith(withFields(whole, fields))), { name: 'OwnFault' }, `field ${at} of an op`)
  }
})

test('a version or a kind that this program does not know is our own fault', () => {
  const whole = encodeEvent(account(), 1)
  assert.throws(() => decodeEvent(entryWith(Uint8Array.of(3, ...whole.subarray(1)))), { name: 'OwnFault' })
  const fields = fieldsOf(whole)
  fields[1] = 'sync'
  assert.throws(() => decodeEvent(entryWith(withFields(whole, fields))), { name: 'OwnFault' })
})

test('an event that version 1 wrote is still read, and damage in it is our own fault', () => {
  const event = commit()
  assert.ok(event.kind === 'commit')
  const ops = event.ops.map((op) => ({ ...op, ...(op.action === 'put' && { record: toBytes(op.record) }) }))
  const fields = { v: 1, receivedAt: 5, kind: 'commit', head: { active: true }, rev: event.rev, ops }
  assert.deepEqual(decodeEvent(entryWith(encode(fields))), { position: 7, receivedAt: 5, event })
  for (const name of Object.keys(fields)) {
    const { [name as 'v']: _lost, ...rest } = fields
    assert.throws(() => decodeEvent(entryWith(encode(rest))), { name: 'OwnFault' }, name)
  }
})

/** The JSON of an event's bytes. */
function fieldsOf(bytes: Uint8Array): unknown[] {
  const json = Buffer.from(bytes).toString('utf8', 5, 5 + Buffer.from(bytes).readUInt32LE(1))
  return JSON.parse(json) as unknown[]
}

function withFields(bytes: Uint8Array, fields: readonly unknown[]): Uint8Array {
  const json = Buffer.from(JSON.stringify(fields))
  const prefix = Buffer.from([2, 0, 0, 0, 0])
  prefix.writeUInt32LE(json.length, 1)
  const records = Buffer.from(bytes).subarray(5 + Buffer.from(bytes).readUInt32LE(1))
  return Uint8Array.from(Buffer.concat([prefix, json, records]))
}

function account(): EventBody {
  return {
    kind: 'account',
    did: 'did:plc:ana',
    source: { host: 'pds.example', seq: 1 },
    head: { rev: undefined, data: undefined, active: true, status: undefined },
  }
}

function commit(): EventBody {
  return {
    ...account(),
    kind: 'commit',
    rev: '3l',
    ops: [{ action: 'put', collection: 'app.waypost.tip', rkey: 'a', cid: 'b', record: Uint8Array.of(1), valid: true }],
  }
}

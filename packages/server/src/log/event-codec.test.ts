import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from '@atcute/cbor'
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
  for (const name of ['v', 'receivedAt', 'kind', 'head', 'rev', 'ops']) {
    const fields = decode(whole) as Record<string, unknown>
    delete fields[name]
    assert.throws(() => decodeEvent(entryWith(encode(fields))), { name: 'OwnFault' }, name)
  }
  for (const name of ['action', 'collection', 'rkey', 'cid', 'record', 'valid']) {
    const fields = decode(whole) as { ops: Record<string, unknown>[] }
    delete fields.ops[0]![name]
    assert.throws(() => decodeEvent(entryWith(encode(fields))), { name: 'OwnFault' }, name)
  }
})

test('a version or a kind that this program does not know is our own fault', () => {
  const fields = decode(encodeEvent(account(), 1)) as Record<string, unknown>
  assert.throws(() => decodeEvent(entryWith(encode({ ...fields, v: 2 }))), { name: 'OwnFault' })
  assert.throws(() => decodeEvent(entryWith(encode({ ...fields, kind: 'sync' }))), { name: 'OwnFault' })
})

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

import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { encode, toBytes, toCidLink } from '@atcute/cbor'
import { fromString } from '@atcute/cid'
import fc from 'fast-check'
import type { Did } from '@waypost/kernel'
import type { CommitFrame } from '#wire/frame.ts'
import { cidOf, linkAt, linkOf, linkOfHash, type Link } from '#wire/link.ts'
import { checkCommit, checkSignedHead, judgeRecord } from './commit.ts'
import { parseDidKey } from './did-key.ts'
import type { Fault } from './blocks.ts'

const DID: Did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
const REV = '3l3qo2vuowo2b'
const CID = 'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm'
const SIG = Buffer.alloc(64, 7)
const KEY = parseDidKey('did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme')!

const FRAME: CommitFrame = {
  kind: 'commit',
  seq: 1,
  time: '2026-01-01T00:00:00Z',
  did: DID,
  rev: REV,
  since: null,
  commit: linkOf(CID),
  prevData: undefined,
  ops: [],
  blocks: new Uint8Array(),
  message: new Uint8Array(),
}

const field = fc.oneof(fc.constant(null), fc.boolean(), fc.maxSafeInteger(), fc.string(), fc.array(fc.string()))

test('what was signed is the commit without its signature, whatever else it holds', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), field, { maxKeys: 30, noNullPrototype: true }), (rest) => {
      const { sig, ...unsigned } = {
        ...rest,
        did: DID,
        rev: REV,
        data: toCidLink(fromString(CID)),
        version: 3,
        sig: SIG,
      }
      const seen: Uint8Array[][] = []
      const head = headOf(encode({ ...unsigned, sig: toBytes(sig) }), (_, ...signed) => seen.push(signed) > 0)
      if (head === 'cbor-malformed') return
      assert.equal(head, 'holds')
      assert.deepEqual(seen, [[Buffer.from(encode(unsigned)), sig]])
    }),
    { seed: 1, numRuns: 500 },
  )
})

/** 'holds', or why a block is not a signed commit. */
function headOf(bytes: Uint8Array, holds: NonNullable<Parameters<typeof checkSignedHead>[2]>): string {
  const root = linkTo(bytes)
  const head = checkSignedHead({ root, byLink: new Map([[root, bytes]]) }, KEY, holds)
  return head.ok ? 'holds' : head.error.reason
}

test('a signed commit whose fields are of other kinds is none', () => {
  const good = {
    did: DID,
    rev: REV,
    data: toCidLink(fromString(CID)),
    prev: null,
    version: 3,
    sig: toBytes(SIG),
  }
  const told = (changes: object): string => headOf(encode({ ...good, ...changes }), () => true)
  assert.equal(told({}), 'holds')
  for (const changes of [{ did: 1 }, { rev: 'now' }, { rev: null }, { data: CID }, { version: 2 }, { version: '3' }]) {
    assert.equal(told(changes), 'commit-mismatch', JSON.stringify(changes))
  }
  for (const sig of [undefined, null, 'text', []]) assert.equal(told({ sig }), 'signature')
  assert.equal(
    headOf(encode([good]), () => true),
    'commit-mismatch',
  )
  assert.equal(
    headOf(encode('text'), () => true),
    'commit-mismatch',
  )
  assert.equal(
    headOf(Buffer.concat([encode(good), Buffer.of(0)]), () => true),
    'cbor-malformed',
  )
})

test('a commit that is named as raw bytes is none', () => {
  const block = encode({
    did: DID,
    rev: REV,
    data: asField(linkTo(encode({}))),
    prev: null,
    version: 3,
    sig: toBytes(SIG),
  })
  const told = (codec: number): string => {
    const name = nameOf(block)
    name[1] = codec
    const frame = { ...FRAME, commit: linkAt(name, 0), blocks: carOf(name, [Buffer.concat([name, block])]) }
    const checked = checkCommit(frame, KEY, () => true)
    return checked.ok ? 'ok' : checked.error.detail
  }
  // The commit that is found lacks its tree.
  assert.match(told(0x71), /^tree node/)
  assert.equal(told(0x55), 'signed commit')
})

test('a record with a map that only looks like a link or like bytes reads as deleted, and throws nothing', () => {
  for (const [name, text] of [
    ['$link', CID],
    ['$link', 'no link'],
    ['$bytes', 'AQ'],
    ['$bytes', '***'],
  ] as const) {
    // An encoder would take such a map for what it looks like, so it is put together by hand.
    const record = Buffer.concat([
      Buffer.of(0xa2, ...encode('text'), 0xa1, ...encode(name), ...encode(text)),
      Buffer.of(...encode('$type'), ...encode('app.waypost.checkin')),
    ])
    const notes: Fault[] = []
    const judged = judgeRecord(`app.waypost.checkin/${REV}`, CID, record, notes)
    assert.equal(judged.action, 'delete', `${name}: ${text}`)
    assert.deepEqual(
      notes.map(({ reason }) => reason),
      ['cbor-malformed'],
    )
  }
})

test('the records of a commit are parts of the message, not copies', () => {
  const path = `app.waypost.checkin/${REV}`
  const record = encode({
    $type: 'app.waypost.checkin',
    createdAt: '2026-01-01T00:00:00Z',
    place: { name: 'Café' },
  })
  const cid = linkTo(record)
  const node = encode({ e: [{ k: toBytes(Buffer.from(path)), p: 0, t: null, v: asField(cid) }], l: null })
  const signed = encode({ did: DID, rev: REV, data: asField(linkTo(node)), prev: null, version: 3, sig: toBytes(SIG) })
  const commit = linkTo(signed)
  const blocks = carOf(
    nameOf(signed),
    [signed, node, record].map((block) => Buffer.concat([nameOf(block), block])),
  )
  const ops = [{ action: 'create', path, cid, prev: undefined }] as const
  const checked = checkCommit({ ...FRAME, commit, ops, blocks }, KEY, () => true)
  assert.ok(checked.ok)
  const [put] = checked.value.ops
  assert.ok(put?.action === 'put' && put.valid)
  assert.deepEqual(Buffer.from(put.record), Buffer.from(record))
  assert.equal(put.record.buffer, blocks.buffer)
})

function linkTo(block: Uint8Array): Link {
  return linkOfHash(hash('sha256', block, 'binary'))
}

function asField(link: Link): object {
  return toCidLink(fromString(cidOf(link)))
}

/** The 36 bytes of a block's CID. */
function nameOf(block: Uint8Array): Buffer {
  return Buffer.from(fromString(cidOf(linkTo(block))).bytes)
}

/** `named`: blocks with their names before them. */
function carOf(root: Buffer, named: readonly Uint8Array[]): Uint8Array {
  const parts = [encode({ version: 1, roots: [asField(linkAt(root, 0))] }), ...named]
  return Buffer.concat(parts.flatMap((part) => [lengthOf(part), part]))
}

/** An unsigned LEB128 of up to two bytes. */
function lengthOf({ length }: Uint8Array): Uint8Array {
  return length < 128 ? Buffer.of(length) : Buffer.of((length & 127) | 128, length >> 7)
}

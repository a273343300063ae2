import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode, toBytes } from '@atcute/cbor'
import { fromString, toCidLink, create, toString } from '@atcute/cid'
import { MemoryBlockStore, NodeStore, NodeWrangler } from '@atcute/mst'
import { isTid, splitAtUri } from '@waypost/kernel'
import { decodeFrame } from '#wire/decode-frame.ts'
import type { FrameOp } from '#wire/frame.ts'
import { cidOf, linkOf, type Link } from '#wire/link.ts'
import { prescan } from '#wire/prescan.ts'
import { parseDidKey, publicKey } from '#verify/did-key.ts'
import { identityOf } from '#verify/identity.ts'
import { nativeSignatureHolds, portableSignatureHolds } from '#verify/signature.ts'
import { keyHeight } from '#verify/node-encoding.ts'
import { invertOps } from '#verify/tree.ts'
import { sharedJson, sharedLines, unlessShared } from './kit/shared-data.ts'

const FOLDER = 'atproto/interop-tests'
const options = { skip: unlessShared(FOLDER) }

interface SignatureFixture {
  readonly comment: string
  readonly algorithm: 'ES256' | 'ES256K'
  readonly messageBase64: string
  readonly publicKeyDid: string
  readonly publicKeyMultibase: string
  readonly signatureBase64: string
  readonly validSignature: boolean
}

for (const [name, holds] of [
  ['OpenSSL', portableSignatureHolds],
  ['libsecp256k1', nativeSignatureHolds],
] as const) {
  const skip = options.skip || (!holds && 'no binary of it fits this machine')
  test(`the interop signatures hold or fail by ${name} as they should: low S only, compact form only`, { skip }, () => {
    const fixtures = sharedJson<readonly SignatureFixture[]>(`${FOLDER}/crypto/signature-fixtures.json`)
    assert.equal(fixtures.length, 6)
    for (const fixture of fixtures) {
      const key = parseDidKey(fixture.publicKeyDid)
      assert.ok(key, fixture.comment)
      assert.equal(key.curve, fixture.algorithm === 'ES256' ? 'p256' : 'k256')
      const message = Buffer.from(fixture.messageBase64, 'base64')
      const signature = Buffer.from(fixture.signatureBase64, 'base64')
      assert.equal(holds!(key, message, signature), fixture.validSignature, fixture.comment)
    }
  })
}

test('a did:key is read and written as the W3C examples say', options, () => {
  const k256 = sharedJson<readonly { privateKeyBytesHex?: string; publicDidKey: string }[]>(
    `${FOLDER}/crypto/w3c_didkey_K256.json`,
  )
  const p256 = sharedJson<readonly { publicDidKey: string }[]>(`${FOLDER}/crypto/w3c_didkey_P256.json`)
  for (const [curve, list] of [
    ['k256', k256],
    ['p256', p256],
  ] as const) {
    for (const { publicDidKey } of list) {
      const key = parseDidKey(publicDidKey)
      assert.equal(key?.curve, curve)
      assert.equal(key.text, publicDidKey)
      assert.equal(publicKey(curve, key.compressed)?.text, publicDidKey)
    }
  }
})

test('the interop data model values pass the scan, and give their CIDs', options, async () => {
  const fixtures = sharedJson<readonly { json: unknown; cbor_base64: string; cid: string }[]>(
    `${FOLDER}/data-model/data-model-fixtures.json`,
  )
  for (const { json, cbor_base64, cid } of fixtures) {
    const bytes = new Uint8Array(Buffer.from(cbor_base64, 'base64'))
    assert.ok(prescan(bytes).ok)
    assert.equal(toString(await create(0x71, bytes)), cid)
    assert.deepEqual(JSON.parse(JSON.stringify(decode(bytes))), json)
  }
})

test('the interop values that the data model allows pass the scan, and floats do not', options, () => {
  const valid = sharedJson<readonly { note: string; json: unknown }[]>(`${FOLDER}/data-model/data-model-valid.json`)
  for (const { note, json } of valid) assert.ok(prescan(encode(json)).ok, note)
  // Of the invalid ones only the float can be written as CBOR at all: the rest is about JSON's `$link` and `$bytes`.
  const invalid = sharedJson<readonly { note: string; json: unknown }[]>(`${FOLDER}/data-model/data-model-invalid.json`)
  const float = invalid.find(({ note }) => note === 'float')
  assert.ok(float)
  const scanned = prescan(encode(float.json))
  assert.ok(!scanned.ok && scanned.error === 'float')
})

interface ProofFixture {
  readonly comment: string
  readonly leafValue: string
  readonly keys: readonly string[]
  readonly adds: readonly string[]
  readonly dels: readonly string[]
  readonly rootBeforeCommit: string
  readonly rootAfterCommit: string
  readonly blocksInProof: readonly string[]
}

test(
  'undoing the ops of the interop commits leads to the tree before, from the proof blocks alone',
  options,
  async () => {
    const fixtures = sharedJson<readonly ProofFixture[]>(`${FOLDER}/firehose/commit-proof-fixtures.json`)
    assert.equal(fixtures.length, 6)
    for (const fixture of fixtures) {
      const store = new NodeStore(new MemoryBlockStore())
      const wrangler = new NodeWrangler(store)
      const leaf = toCidLink(fromString(fixture.leafValue))
      let root = (await (await store.get(null)).cid()).$link
      for (const key of fixture.keys) root = await wrangler.putRecord(root, key, leaf)
      assert.equal(root, fixture.rootBeforeCommit, fixture.comment)
      for (const key of fixture.adds) root = await wrangler.putRecord(root, key, leaf)
      for (const key of fixture.dels) root = await wrangler.deleteRecord(root, key)
      assert.equal(root, fixture.rootAfterCommit, fixture.comment)

      const value = linkOf(fixture.leafValue)
      const proof = new Map<Link, Uint8Array>()
      for (const cid of fixture.blocksInProof) proof.set(linkOf(cid), await (await store.get(cid)).serialize())
      const ops: readonly FrameOp[] = [
        ...fixture.adds.map((path) => ({ action: 'create' as const, path, cid: value, prev: undefined })),
        ...fixture.dels.map((path) => ({ action: 'delete' as const, path, cid: undefined, prev: value })),
      ]
      const blocks = { root: linkOf(root), byLink: proof }
      for (const order of [ops, ops.toReversed()]) {
        const before = invertOps(blocks, blocks.root, order)
        assert.ok(before.ok, fixture.comment)
        assert.equal(cidOf(before.value), fixture.rootBeforeCommit, fixture.comment)
      }
      const oneTooMany = invertOps(blocks, blocks.root, [...ops, ops[0]!])
      assert.ok(!oneTooMany.ok && oneTooMany.error.reason === 'op-mismatch')
    }
  },
)

test('keys stand at their heights in the tree as the interop list says', options, async () => {
  const heights = sharedJson<readonly { key: string; height: number }[]>(`${FOLDER}/mst/key_heights.json`)
  for (const { key, height } of heights) assert.equal(keyHeight(key), height, key)
})

/** Whether a frame with this DID, rev and path is taken. */
function isFrame(fields: { did?: string; rev?: string; path?: string }): boolean {
  const { did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz', rev = '3l3qo2vuowo2b', path = 'app.waypost.checkin/self' } = fields
  const cid = toCidLink(fromString('bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm'))
  const body = {
    seq: 1,
    time: '2026-01-01T00:00:00Z',
    repo: did,
    rev,
    since: null,
    commit: cid,
    blocks: toBytes(new Uint8Array()),
    ops: [{ action: 'create', path, cid }],
  }
  return decodeFrame(Buffer.concat([encode({ op: 1, t: '#commit' }), encode(body)])).ok
}

test(
  'frames are taken with the DIDs, TIDs, NSIDs and record keys of the interop lists, and with no others',
  options,
  () => {
    const syntax = `${FOLDER}/syntax`
    for (const [file, fields] of [
      ['did', (did: string) => ({ did })],
      ['tid', (rev: string) => ({ rev })],
      ['nsid', (nsid: string) => ({ path: `${nsid}/self` })],
      ['recordkey', (rkey: string) => ({ path: `app.waypost.checkin/${rkey}` })],
    ] as const) {
      for (const line of sharedLines(`${syntax}/${file}_syntax_valid.txt`)) assert.ok(isFrame(fields(line)), line)
      for (const line of sharedLines(`${syntax}/${file}_syntax_invalid.txt`)) assert.ok(!isFrame(fields(line)), line)
    }
    for (const line of sharedLines(`${syntax}/tid_syntax_valid.txt`)) assert.ok(isTid(line), line)
    for (const line of sharedLines(`${syntax}/aturi_syntax_invalid.txt`)) {
      const parts = splitAtUri(line)
      assert.ok(!parts || !isFrame({ did: parts.did, path: `${parts.collection}/${parts.rkey}` }), line)
    }
  },
)

/** The handle that is read from a DID document which claims this one. */
function claimedHandle(handle: string): string | undefined {
  const did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
  const key = 'zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo'
  const document = {
    id: did,
    alsoKnownAs: [`at://${handle}`],
    verificationMethod: [{ id: '#atproto', type: 'Multikey', publicKeyMultibase: key }],
  }
  const identity = identityOf(did, document, 0)
  assert.ok(identity.ok)
  return identity.value.claimedHandle
}

test('the handles of the interop lists count as claimed, in small letters, and no others', options, () => {
  const syntax = `${FOLDER}/syntax`
  for (const line of sharedLines(`${syntax}/handle_syntax_valid.txt`)) {
    assert.equal(claimedHandle(line), line.toLowerCase())
  }
  for (const line of sharedLines(`${syntax}/handle_syntax_invalid.txt`)) {
    assert.equal(claimedHandle(line), undefined, line)
  }
})

test('the interop addresses of records with a DID are split into what they are made of', options, () => {
  let records = 0
  for (const line of sharedLines(`${FOLDER}/syntax/aturi_syntax_valid.txt`)) {
    const [did, collection, rkey] = line.slice('at://'.length).split('/')
    const names = did!.startsWith('did:') && rkey !== undefined ? { did, collection, rkey } : undefined
    assert.deepEqual(splitAtUri(line), names, line)
    if (names) records++
  }
  assert.ok(records >= 10)
})

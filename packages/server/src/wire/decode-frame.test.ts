import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BytesWrapper, CidLinkWrapper, decode, decodeFirst, encode, fromBytes, toBytes, toCidLink } from '@atcute/cbor'
import { fromString } from '@atcute/cid'
import { isValidDid, isValidNsid, isValidRecordKey } from '@atproto/syntax'
import fc from 'fast-check'
import { isTid } from '@waypost/kernel'
import { decodeFrame } from './decode-frame.ts'
import { cidOf } from './link.ts'

const CIDS = [
  'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm',
  'bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity',
]
const links = CIDS.map((cid) => toCidLink(fromString(cid)))
const DID = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
const REV = '3l3qo2vuowo2b'

/** One of these in most cases, and otherwise something of any kind, or nothing. */
function mostly(...usual: readonly unknown[]): fc.Arbitrary<unknown> {
  const anything = fc.constantFrom<unknown>(
    undefined,
    null,
    -1,
    0,
    7,
    true,
    '',
    'text',
    DID,
    REV,
    [],
    {},
    links[0],
    toBytes(Buffer.of(1)),
    [links[1]],
  )
  return fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: anything })
}

/** With each of these fields; an encoder leaves out those that are undefined. */
function recordOf(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc.record(fields, { noNullPrototype: true })
}

const op = recordOf({
  action: mostly('create', 'update', 'delete'),
  path: mostly('app.waypost.checkin/self', 'app.waypost.checkin/3l3qo2vuowo2b', 'no path', 'a/b/c'),
  cid: mostly(...links, null),
  prev: mostly(...links, undefined),
  extra: mostly(undefined, 1),
})
const body = recordOf({
  seq: mostly(0, 1, 4_294_967_296),
  time: mostly('2026-01-01T00:00:00Z'),
  repo: mostly(DID, 'did:web:a.example'),
  rev: mostly(REV),
  since: mostly(REV, null, undefined),
  commit: mostly(...links),
  prevData: mostly(...links, undefined, null),
  blocks: mostly(toBytes(Buffer.alloc(3)), toBytes(Buffer.alloc(300))),
  ops: fc.oneof(
    { weight: 12, arbitrary: fc.array(op, { maxLength: 3 }) },
    { weight: 1, arbitrary: mostly([1], [null]) },
  ),
  tooBig: mostly(false, undefined),
  blobs: mostly([], links, undefined),
  unknown: mostly(undefined, { deep: [1, { er: null }] }),
})

test('a commit is read as another decoder reads it, and refused where a field is of another kind', () => {
  let taken = 0
  fc.assert(
    fc.property(body, (fields) => {
      const bytes = Buffer.concat([encode({ op: 1, t: '#commit' }), encode(fields)])
      const frame = decodeFrame(bytes)
      const expected = commitAsJudged(bytes)
      if (!expected) assert.deepEqual(frame, { ok: false, error: 'frame-malformed' })
      else {
        assert.ok(frame.ok && frame.value.kind === 'commit')
        const { commit, prevData, ops, blocks, message, ...rest } = frame.value
        assert.equal(message, bytes)
        const text = (link: typeof prevData) => link && cidOf(link)
        const asText = ops.map((each) => ({ ...each, cid: text(each.cid), prev: text(each.prev) }))
        const read = {
          ...rest,
          commit: text(commit),
          prevData: text(prevData),
          ops: asText,
          blocks: Buffer.from(blocks),
        }
        assert.deepEqual(read, expected)
        taken++
      }
    }),
    { seed: 1, numRuns: 2_000 },
  )
  assert.ok(taken > 200, `${taken} were taken`)
})

/** The frame by another decoder, CIDs as text; undefined where a field is not of its kind. */
function commitAsJudged(bytes: Uint8Array): unknown {
  const { seq, time, repo, rev, since, commit, prevData, blocks, ops } = decode(decodeFirst(bytes)[1]) as Fields
  if (typeof seq !== 'number' || seq < 0 || typeof time !== 'string') return undefined
  if (typeof repo !== 'string' || !isValidDid(repo) || !isRev(rev) || !(isNothing(since) || isRev(since)))
    return undefined
  if (!isLink(commit) || !(isNothing(prevData) || isLink(prevData))) return undefined
  if (!(blocks instanceof BytesWrapper) || !Array.isArray(ops)) return undefined
  const judged = ops.map(opAsJudged)
  if (judged.includes(undefined)) return undefined
  return {
    kind: 'commit',
    seq,
    time,
    did: repo,
    rev,
    since: since ?? null,
    commit: commit.$link,
    prevData: prevData?.$link,
    blocks: Buffer.from(fromBytes(blocks)),
    ops: judged,
  }
}

function opAsJudged(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null) return undefined
  const { action, path, cid, prev } = raw as Fields
  if (action !== 'create' && action !== 'update' && action !== 'delete') return undefined
  const [collection = '', rkey = '', ...more] = typeof path === 'string' ? path.split('/') : []
  if (!isValidNsid(collection) || !isValidRecordKey(rkey) || more.length > 0) return undefined
  if (!(isNothing(cid) || isLink(cid)) || !(isNothing(prev) || isLink(prev))) return undefined
  return { action, path, cid: cid?.$link, prev: prev?.$link }
}

type Fields = Readonly<Record<string, unknown>>

function isLink(value: unknown): value is CidLinkWrapper {
  return value instanceof CidLinkWrapper
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined
}

function isRev(value: unknown): value is string {
  return typeof value === 'string' && isTid(value)
}

test('a map that only looks like a link or like bytes is neither', () => {
  const bytes = encode({
    seq: 1,
    time: '2026-01-01T00:00:00Z',
    repo: DID,
    rev: REV,
    since: null,
    commit: 'COMMIT',
    blocks: 'BLOCKS',
    ops: [],
  })
  const whole = (commit: Uint8Array, blocks: Uint8Array): Uint8Array =>
    Buffer.concat([
      encode({ op: 1, t: '#commit' }),
      swap(swap(bytes, encode('COMMIT'), commit), encode('BLOCKS'), blocks),
    ])
  const [link, block] = [encode(links[0]), encode(toBytes(Buffer.of(1)))]
  assert.ok(decodeFrame(whole(link, block)).ok)
  for (const frame of [whole(oneField('$link', CIDS[0]!), block), whole(link, oneField('$bytes', 'AQ'))]) {
    assert.deepEqual(decodeFrame(frame), { ok: false, error: 'frame-malformed' })
  }
})

/** `{ name: text }`, which an encoder would take for what it looks like. */
function oneField(name: string, text: string): Uint8Array {
  return Buffer.concat([Buffer.of(0xa1), encode(name), encode(text)])
}

function swap(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const at = Buffer.from(bytes).indexOf(from)
  return Buffer.concat([bytes.subarray(0, at), to, bytes.subarray(at + from.length)])
}

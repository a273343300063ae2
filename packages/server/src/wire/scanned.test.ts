import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BytesWrapper, CidLinkWrapper, decode, encode, fromBytes, toBytes, toCidLink } from '@atcute/cbor'
import { fromString } from '@atcute/cid'
import fc from 'fast-check'
import { cidOf } from './link.ts'
import { prescan } from './prescan.ts'
import { fieldNames, Scanned } from './scanned.ts'

const LINKS = [
  'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm',
  'bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity',
]

/** What the data model can say. */
const { map } = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }).map(toBytes),
    fc.constantFrom(...LINKS).map((cid) => toCidLink(fromString(cid))),
    fc.array(tie('any'), { maxLength: 30 }),
    tie('map'),
  ),
  map: fc.dictionary(fc.string({ maxLength: 12 }), tie('any'), { maxKeys: 30, noNullPrototype: true }),
}))

/** The same bytes for both readers; where the scan refuses them, there is nothing to read. */
function bothReaders(sample: unknown): { readonly scanned: Scanned; readonly judged: unknown } | undefined {
  const bytes = encode(sample)
  if (!prescan(bytes).ok) return undefined
  const scanned = Scanned.ofMap(bytes)
  assert.ok(scanned)
  return { scanned, judged: decode(bytes) }
}

/** Another decoder's value as ours gives it: bytes as they are, links as their bytes. */
function plain(value: unknown): unknown {
  if (value instanceof BytesWrapper) return Buffer.from(fromBytes(value))
  if (value instanceof CidLinkWrapper) return { link: Buffer.from(value.bytes).toString('hex') }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]))
}

test('a value is read as another decoder reads it', () => {
  fc.assert(
    fc.property(map, (sample) => {
      const both = bothReaders(sample)
      if (!both) return
      const read = both.scanned.value(0, (link) => ({ link: link.toString('hex') }))
      assert.deepEqual(read, plain(both.judged))
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('a field is found where another decoder finds it, and is of no kind but its own', () => {
  const names = ['b', 'text', 'proof', 'createdAt'] as const
  const wanted = fieldNames(...names)
  fc.assert(
    fc.property(map, fc.array(fc.tuple(fc.constantFrom(...names), map), { maxLength: 4 }), (rest, wrapped) => {
      // The fields of one map as the values of another, so that each name meets every kind.
      const fields = wrapped.map(([name, values]) => [name, Object.values(values as object)[0]] as const)
      const sample = { ...(rest as object), ...Object.fromEntries(fields.filter(([, value]) => value !== undefined)) }
      const both = bothReaders(sample)
      if (!both) return
      for (const [index, at] of both.scanned.fields(0, wanted).entries()) {
        checkKinds(both.scanned, at, (both.judged as Record<string, unknown>)[names[index]!])
      }
    }),
    { seed: 2, numRuns: 500 },
  )
})

function checkKinds(scanned: Scanned, at: number, judged: unknown): void {
  const isLink = judged instanceof CidLinkWrapper
  const isBytes = judged instanceof BytesWrapper
  assert.equal(scanned.text(at), typeof judged === 'string' ? judged : undefined)
  assert.equal(scanned.integer(at), typeof judged === 'number' ? judged : undefined)
  assert.equal(scanned.boolean(at), typeof judged === 'boolean' ? judged : undefined)
  assert.equal(scanned.isNothing(at), judged === undefined || judged === null)
  assert.deepEqual(scanned.byteString(at), isBytes ? Buffer.from(fromBytes(judged)) : undefined)
  const link = scanned.link(at)
  assert.equal(link && cidOf(link), isLink ? judged.$link : undefined)
  assert.equal(scanned.items(at)?.length, Array.isArray(judged) ? judged.length : undefined)
  if (at > 0)
    assert.equal(
      scanned.isMap(at),
      typeof plain(judged) === 'object' && !isLink && !isBytes && !Array.isArray(judged) && judged !== null,
    )
}

test('a map without one of its fields is what another encoder writes without it', () => {
  fc.assert(
    fc.property(map, map, (rest, other) => {
      const [value = null] = Object.values(other as object) as unknown[]
      const { sig, ...without } = { ...(rest as Record<string, unknown>), sig: value }
      const both = bothReaders({ ...without, sig })
      if (!both) return
      const [at] = both.scanned.fields(0, fieldNames('sig'))
      assert.deepEqual(both.scanned.without('sig', at), Buffer.from(encode(without)))
    }),
    { seed: 3, numRuns: 500 },
  )
})

test('what is no map has no fields', () => {
  assert.equal(Scanned.ofMap(encode([1])), undefined)
  assert.equal(Scanned.ofMap(encode('text')), undefined)
  assert.equal(Scanned.ofMap(new Uint8Array()), undefined)
  const scanned = Scanned.ofMap(encode({ list: [{ name: 'inside' }] }))
  assert.ok(scanned)
  const [list] = scanned.fields(0, fieldNames('list'))
  assert.deepEqual(scanned.fields(list, fieldNames('name')), [0])
})

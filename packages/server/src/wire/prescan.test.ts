import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from '@atcute/cbor'
import fc from 'fast-check'
import { CBOR_CONTAINER_MAX, CBOR_DEPTH_MAX, prescan, prescanFirst } from './prescan.ts'

function scanHex(hex: string): string | number {
  const scanned = prescan(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
  return scanned.ok ? scanned.value : scanned.error
}

for (const [hex, expected, what] of [
  ['a0', 1, 'an empty map'],
  ['f6', 1, 'null'],
  ['1b 001fffffffffffff', 9, 'the largest integer that is safe'],
  ['1b 0020000000000000', 'integer-too-large', 'the integer after it'],
  ['1b ffffffffffffffff', 'integer-too-large', 'the largest integer of CBOR'],
  ['3b 001ffffffffffffe', 9, 'the smallest integer that is safe'],
  ['3b 001fffffffffffff', 'integer-too-large', 'the integer before it'],
  ['18 17', 'argument-not-minimal', 'a small integer in a long form'],
  ['19 00ff', 'argument-not-minimal', 'a byte in two'],
  ['fb 3ff8000000000000', 'float', 'one and a half'],
  ['f9 7e00', 'float', 'not a number'],
  ['f7', 'simple-value', 'undefined'],
  ['f8 20', 'simple-value', 'a simple value that nobody named'],
  ['9f ff', 'indefinite-length', 'an array without a length'],
  ['bf ff', 'indefinite-length', 'a map without a length'],
  ['7f 61 61 ff', 'indefinite-length', 'a text in pieces'],
  ['ff', 'indefinite-length', 'an end without a beginning'],
  ['c1 00', 'tag', 'a time'],
  ['d82a 43 000102', 'truncated', 'a link cut short'],
  ['62 c328', 'utf8', 'a text that is not UTF-8'],
  ['61 ff', 'utf8', 'a byte that no UTF-8 has'],
  ['63 eda080', 'utf8', 'half a surrogate pair'],
  ['a1 01 02', 'key-not-text', 'a map with a number for a key'],
  ['a2 61 61 01 61 61 02', 'key-order', 'a key twice'],
  ['a2 61 62 01 61 61 02', 'key-order', 'keys out of order'],
  ['a2 62 6161 01 61 62 02', 'key-order', 'a longer key before a shorter'],
  ['a1 69 5f5f70726f746f5f5f 01', 'key-forbidden', '__proto__'],
  ['a1 6b 636f6e7374727563746f72 01', 'key-forbidden', 'constructor'],
  ['a1 69 70726f746f74797065 01', 'key-forbidden', 'prototype'],
  ['a1 65 246c696e6b 61 61', 'key-forbidden', 'a map that looks like a link'],
  ['a1 66 246279746573 61 61', 'key-forbidden', 'a map that looks like bytes'],
  ['81', 'truncated', 'an array without its entry'],
  ['', 'truncated', 'nothing at all'],
  ['5a ffffffff', 'truncated', 'a promise of four gigabytes'],
  ['9a ffffffff', 'container-too-large', 'an array of four billion'],
  ['bb 0000000100000000', 'container-too-large', 'a map of more than that'],
  ['00 00', 'trailing-bytes', 'two values'],
] as const) {
  test(`the scan answers ${expected} to ${what}`, () => assert.equal(scanHex(hex), expected))
}

test('the scan allows as many levels as the limit says, and not one more', () => {
  const nested = (levels: number): Uint8Array => new Uint8Array(levels).fill(0x81).with(levels - 1, 0x80)
  assert.ok(prescan(nested(CBOR_DEPTH_MAX)).ok)
  const deeper = prescan(nested(CBOR_DEPTH_MAX + 1))
  assert.ok(!deeper.ok && deeper.error === 'too-deep')
  assert.ok(!prescan(nested(2_000_000)).ok, 'millions of levels cost no stack')
})

test('the scan allows as many entries as the limit says, and not one more', () => {
  const list = (count: number): Uint8Array => encode(Array.from({ length: count }, () => 0))
  assert.ok(prescan(list(CBOR_CONTAINER_MAX)).ok)
  const longer = prescan(list(CBOR_CONTAINER_MAX + 1))
  assert.ok(!longer.ok && longer.error === 'container-too-large')
})

test('the scan of the first value says where the next begins', () => {
  const header = encode({ op: 1, t: '#commit' })
  const scanned = prescanFirst(Buffer.concat([header, encode({ seq: 1 })]))
  assert.ok(scanned.ok && scanned.value === header.length)
})

/** What the data model can say. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().filter((number) => number !== Number.MAX_SAFE_INTEGER + 1),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(fc.string({ maxLength: 12 }), tie('any'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).any

test('whatever the encoder writes passes the scan, unless it has a key that nothing may have', () => {
  fc.assert(
    fc.property(value, (sample) => {
      const bytes = encode(sample)
      const scanned = prescan(bytes)
      if (!scanned.ok) assert.equal(scanned.error, 'key-forbidden')
      else assert.equal(scanned.value, bytes.length)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('whatever passes the scan is decoded without a throw and encodes to the same bytes', () => {
  fc.assert(
    fc.property(value, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), (sample, changes) => {
      const bytes = encode(sample).slice()
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      if (prescan(bytes).ok) assert.deepEqual(Buffer.from(encode(decode(bytes))), Buffer.from(bytes))
    }),
    { seed: 2, numRuns: 2_000 },
  )
})

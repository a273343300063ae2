import assert from 'node:assert/strict'
import { decode, encode } from '@atcute/cbor'
import { prescan } from '#wire/prescan.ts'
import { scanBlock } from '#verify/blocks.ts'
import { isOfDataModel } from './data-model.ts'
import { itemsIn, readWhole, writeItem } from './item.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateItem } from './mutate-item.ts'
import type { Target } from './target.ts'

/** Above this the other encoder, which sorts by insertion, is not asked. */
const JUDGED_BYTES_MAX = 100_000

export const values: Target = {
  name: 'values',
  about: 'CBOR: what the scan passes is decoded and written back to the same bytes, and nothing else is passed',
  seeds: (corpus) => [...corpus.blocks, ...corpus.records],
  mutate({ seed, other, dice }) {
    if (dice.chance(0.4)) return { ...mutateBytes(seed.bytes, other.bytes, dice), about: '', kind: 'raw' }
    const item = readWhole(seed.bytes)
    const by = mutateItem(item, [...itemsIn(readWhole(other.bytes))], dice)
    return { bytes: writeItem(item), by, about: '', kind: 'raw' }
  },
  judge({ bytes }) {
    const scanned = prescan(bytes)
    const block = scanBlock(bytes)
    assert.equal(block.ok, scanned.ok, 'the scan says one thing and the block another')
    return { said: scanned.ok ? 'value' : scanned.error }
  },
  check({ bytes }, { said }) {
    assert.equal(said === 'value', isOfDataModel(bytes), said)
    if (said !== 'value' || bytes.length > JUDGED_BYTES_MAX) return
    assert.ok(Buffer.from(encode(decode(bytes))).equals(bytes), 'written back to other bytes')
  },
  reaches: [
    'value',
    'truncated',
    'too-deep',
    'key-not-text',
    'key-forbidden',
    'key-order',
    'float',
    'integer-too-large',
    'argument-not-minimal',
    'indefinite-length',
    'utf8',
    'tag',
    'link',
    'simple-value',
    'trailing-bytes',
    'container-too-large',
    'key-too-long',
  ],
  turns: 3_000,
}

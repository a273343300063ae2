import assert from 'node:assert/strict'
import { judgeRecord } from '#verify/commit.ts'
import type { Fault } from '#verify/blocks.ts'
import { isOfDataModel } from './data-model.ts'
import { field, itemsIn, readWhole, writeItem } from './item.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateItem } from './mutate-item.ts'
import type { Target } from './target.ts'

const CID = 'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm'
const RECORD_BYTES_MAX = 1_000_000
/** Record keys that fit one collection and not another, or none. */
const KEYS = ['self', '3l3qo2vuowo2b', '3l3qo2vuowo2', 'zzzzzzzzzzzzz', '1', '.', 'x'.repeat(512)]

export const records: Target = {
  name: 'records',
  about: 'records of every collection that is kept, changed in their fields',
  seeds: (corpus) => corpus.records,
  mutate({ seed, other, dice }) {
    const collection = seed.about.slice(0, seed.about.indexOf('/'))
    const about = dice.chance(0.05) ? `${collection}/${dice.one(KEYS)}` : dice.chance(0.03) ? other.about : seed.about
    if (dice.chance(0.1)) return { ...mutateBytes(seed.bytes, other.bytes, dice), about, kind: 'raw' }
    const item = readWhole(seed.bytes)
    const by = mutateItem(item, [...itemsIn(readWhole(other.bytes))], dice, 0.98)
    return { bytes: writeItem(item), by, about, kind: 'sealed' }
  },
  judge({ bytes, about }) {
    const notes: Fault[] = []
    const judged = judgeRecord(about, CID, bytes, notes)
    assert.ok(notes.length <= 1, 'one record is one note')
    const reason = notes[0]?.reason
    if (judged.action === 'delete') return { said: reason ?? 'unsaid', meaning: 'deleted' }
    assert.equal(judged.valid, reason === undefined)
    return { said: reason ?? 'valid', meaning: 'kept' }
  },
  check({ bytes, about }, { said, meaning }) {
    assert.equal(meaning === 'kept', bytes.length <= RECORD_BYTES_MAX && isOfDataModel(bytes))
    if (said !== 'valid') return
    const type = field(readWhole(bytes), '$type')
    assert.ok(type?.kind === 'text')
    assert.equal(Buffer.from(type.bytes).toString(), about.slice(0, about.indexOf('/')))
  },
  reaches: ['valid', 'record-invalid', 'record-key-invalid', 'cbor-malformed', 'cbor-too-deep'],
  turns: 1_500,
}

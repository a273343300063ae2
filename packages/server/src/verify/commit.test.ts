import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '@atcute/cbor'
import { judgeRecord } from './commit.ts'
import type { Fault } from './blocks.ts'

const REV = '3l3qo2vuowo2b'
const CID = 'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm'

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

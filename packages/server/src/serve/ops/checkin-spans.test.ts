import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSampled, spansAfterLog, spansBeforeLog, traceIdOf } from '#serve/ops/checkin-spans.ts'

const CHECKIN = { uri: 'at://did:plc:ana/app.waypost.checkin/3k', commitMs: 1_000, position: 7 }
const PASSED = { receivedAt: 1_010, verifiedAt: 1_012, loggedAt: 1_015 }
const AFTER = { loggedAt: 1_015, projectedAt: 1_020, deliveredAt: 1_040 }

test('processes that know nothing of each other tell one trace', () => {
  const before = spansBeforeLog(CHECKIN, { host: 'https://pds.example', passed: PASSED })
  const one = spansAfterLog(CHECKIN, { replica: 'one', ...AFTER })
  const other = spansAfterLog({ ...CHECKIN }, { replica: 'other', ...AFTER })
  const all = [...before, ...one, ...other]
  assert.deepEqual(new Set(all.map(({ traceId }) => traceId)), new Set([traceIdOf(CHECKIN)]))
  assert.equal(new Set(all.map(({ spanId }) => spanId)).size, all.length, 'each has an id of its own')
  const nameOf = (id: string | undefined) => all.find(({ spanId }) => spanId === id)?.name
  assert.deepEqual(
    all.map(({ name, parentId }) => `${name} < ${nameOf(parentId)}`),
    [
      'checkin < undefined',
      'wire < checkin',
      'verify < checkin',
      'log < checkin',
      'project < checkin',
      'live < project',
      'project < checkin',
      'live < project',
    ],
  )
  for (const { traceId, spanId } of all) assert.match(`${traceId} ${spanId}`, /^[0-9a-f]{32} [0-9a-f]{16}$/)
})

test('an edit of a check-in is another trace', () => {
  assert.notEqual(traceIdOf(CHECKIN), traceIdOf({ ...CHECKIN, commitMs: 2_000 }))
})

test('a clock that is behind makes no stretch that ends before it begins', () => {
  const spans = spansBeforeLog({ ...CHECKIN, commitMs: 1_500 }, { host: 'https://pds.example', passed: PASSED })
  for (const { startMs, endMs } of spans) assert.ok(endMs >= startMs)
})

test('about so many are sampled, and the same everywhere', () => {
  const ids = Array.from({ length: 4_000 }, (_, n) => traceIdOf({ ...CHECKIN, commitMs: n }))
  const share = (ratio: number): number => ids.filter((id) => isSampled(id, ratio)).length / ids.length
  assert.deepEqual([share(0), share(1)], [0, 1])
  assert.ok(Math.abs(share(0.1) - 0.1) < 0.02)
})

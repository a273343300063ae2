import assert from 'node:assert/strict'
import { test } from 'node:test'
import { increase, refusalsIn } from './server-client.ts'

test('refusals are read by reason from the metrics, and only what is new counts', () => {
  const before = refusalsIn('waypost_refusals_total{reason="signature"} 2\n')
  const after = refusalsIn(
    [
      '# HELP waypost_refusals_total Refused',
      'waypost_refusals_total{stage="verify",reason="signature"} 5',
      'waypost_refusals_total{stage="wire",reason="signature"} 1',
      'waypost_refusals_total{reason="prev-data"} 1',
      'waypost_refusals_total{reason="block-hash"} 0',
      'waypost_events_total{reason="other"} 9',
    ].join('\n'),
  )
  assert.deepEqual(Object.fromEntries(increase(before, after)), { signature: 4, 'prev-data': 1 })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { startProgress } from './progress.ts'
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

test('a terminal shows one line that changes, a file a line every five seconds', async () => {
  const world = simWorld()
  const written: Record<string, string[]> = { terminal: [], file: [] }
  const terminal = startProgress(world, { isTTY: true, write: (text) => written['terminal']!.push(text) })
  const file = startProgress(world, { write: (text) => written['file']!.push(text) })
  for (let done = 0; done <= 10; done++) {
    for (const progress of [terminal, file]) progress.show('playing', done, 10, 'fast')
    await world.advance(1_000)
  }
  for (const progress of [terminal, file]) progress.finish()
  assert.equal(written['terminal']!.length, 12)
  assert.equal(
    written['terminal']!.slice(0, -1).every((text) => text.startsWith('\r')),
    true,
  )
  assert.equal(written['file']!.length, 3)
  assert.match(written['file']!.at(-1)!, /^playing +\[#{24}\] 100 % +10\/10 +fast\n$/)
})

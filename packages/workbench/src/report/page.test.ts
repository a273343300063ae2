import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program as flood } from '../../test/nodes/flood-broadcast.ts'
import { runInside } from '../inside/run-inside.ts'
import { DEFAULTS, nodesNamed } from '../run/options.ts'
import type { RunResult } from '../run/run.ts'
import { pageOf } from './page.ts'
import { resultsOf } from './results.ts'
import { summaryOf } from './summary.ts'

function lossyRun(): Promise<RunResult> {
  const options = {
    ...DEFAULTS,
    workload: 'broadcast',
    nodeIds: nodesNamed(5),
    timeLimitMs: 10_000,
    ratePerSecond: 20,
    seed: 2,
  }
  return runInside({ ...options, faults: ['partition'], topology: 'line' }, { program: flood })
}

test('a page shows the verdict with its reasons, the seed, the faults and the messages, and needs nothing from elsewhere', async () => {
  const result = await lossyRun()
  assert.equal(result.valid, false)
  const page = pageOf(result)
  for (const part of ['INVALID', 'seed 2', 'was lost: n', 'class="fault partition"', '"gossip"', 'class="p99"']) {
    assert.ok(page.includes(part), part)
  }
  assert.doesNotMatch(page, /(src|href)=|@import|url\(/)
})

test('what nodes and clients say cannot break out of the page', async () => {
  const result = await lossyRun()
  const evil = '</script><img>'
  const anomaly = { kind: evil, words: evil, events: [0] }
  const [passage] = result.passages
  const message = { ...passage!.message, body: { type: evil } }
  const page = pageOf({
    ...result,
    verdict: { ...result.verdict, anomalies: [anomaly] },
    passages: [{ ...passage!, message }],
  })
  assert.ok(!page.includes(evil))
})

test('the summary says why in a few lines, and the results have the names of Maelstrom', async () => {
  const result = await lossyRun()
  assert.match(summaryOf(result), /^broadcast: INVALID {3}seed 2\n/)
  assert.match(summaryOf(result), /lost: \d+ was lost/)
  const { net, workload } = JSON.parse(JSON.stringify(resultsOf(result))) as {
    net: { servers: Record<string, number> }
    workload: Record<string, number>
  }
  assert.ok(net.servers['msgs-per-op']! > 0 && workload['lost-count']! > 0)
})

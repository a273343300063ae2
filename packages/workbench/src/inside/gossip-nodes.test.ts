import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program as broadcast } from '../../nodes/broadcast.ts'
import { program as gSet } from '../../nodes/g-set.ts'
import { program as pnCounter } from '../../nodes/pn-counter.ts'
import { program as uniqueIds } from '../../nodes/unique-ids.ts'
import { reasonsOf } from '../report/summary.ts'
import { DEFAULTS, nodesNamed, type RunOptions } from '../run/options.ts'
import type { RunResult } from '../run/run.ts'
import { runInside } from './run-inside.ts'

const PROGRAMS = { broadcast, 'g-set': gSet, 'pn-counter': pnCounter, 'g-counter': pnCounter, 'unique-ids': uniqueIds }

async function validRun(
  workload: keyof typeof PROGRAMS,
  some: Partial<RunOptions>,
  args: readonly string[] = [],
): Promise<RunResult> {
  const nodeIds = some.nodeIds ?? nodesNamed(5)
  const options = { ...DEFAULTS, workload, nodeIds, concurrency: nodeIds.length, seed: 1, ratePerSecond: 50, ...some }
  const result = await runInside({ ...options, timeLimitMs: 20_000 }, { program: PROGRAMS[workload], args })
  assert.equal(result.valid, true, `${workload}: ${reasonsOf(result).join('\n')}`)
  return result
}

const rough = { latency: { meanMs: 20, distribution: 'exponential' }, loss: 0.05, duplication: 0.05 } as const

test('sets, counters and broadcast keep their promises while nodes crash, pause, and lose network, time and disk', async () => {
  const faults = ['partition', 'crash', 'pause', 'clock', 'disk'] as const
  for (const workload of ['broadcast', 'g-set', 'pn-counter', 'g-counter'] as const) {
    for (const seed of [1, 2]) await validRun(workload, { ...rough, faults, nemesisIntervalMs: 4_000, seed })
  }
})

test('ids are unique and always to be had, for no node asks another one', async () => {
  const { stats, net } = await validRun('unique-ids', { ratePerSecond: 500, availability: 1 })
  assert.equal(stats.ok, stats.count)
  assert.equal(net.servers['msgs-per-op'], 0)
})

test('ids stay unique while clocks step back and nodes crash', async () => {
  const faults = ['crash', 'pause', 'clock'] as const
  for (const seed of [1, 2, 3])
    await validRun('unique-ids', { ratePerSecond: 200, faults, nemesisIntervalMs: 3_000, seed })
})

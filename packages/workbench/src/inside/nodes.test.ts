import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program as linKv } from '../../nodes/lin-kv.ts'
import type { Program } from '../node/program.ts'
import { DEFAULTS, nodesNamed, type RunOptions } from '../run/options.ts'
import type { RunResult } from '../run/run.ts'
import { reasonsOf } from '../report/summary.ts'
import { runInside } from './run-inside.ts'

function run(program: Program, some: Partial<RunOptions>): Promise<RunResult> {
  const options = {
    ...DEFAULTS,
    workload: '',
    nodeIds: nodesNamed(3),
    concurrency: 6,
    timeLimitMs: 60_000,
    seed: 1,
    ...some,
  }
  return runInside(options, { program })
}

function assertValid(result: RunResult): void {
  assert.equal(result.valid, true, reasonsOf(result).join('\n'))
}

const network = { latency: { meanMs: 5, distribution: 'exponential' }, loss: 0.02, duplication: 0.05 } as const

test('lin-kv is linearizable while its network is cut and its nodes crash, pause, and lose time and disk', async () => {
  const faults = ['partition', 'crash', 'pause', 'clock', 'disk'] as const
  const result = await run(linKv, { workload: 'lin-kv', ratePerSecond: 20, ...network, faults, timeLimitMs: 100_000 })
  assertValid(result)
  assert.ok(result.stats.ok > 300, `${result.stats.ok} operations succeeded`)
})

test('lin-kv answers everything while nothing is wrong', async () => {
  const result = await run(linKv, { workload: 'lin-kv', ratePerSecond: 50 })
  assertValid(result)
  assert.equal(result.stats.info, 0)
  assert.ok(result.stats.byF['write']!.ok > 400)
})

import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'node:test'
import { runOutside } from '../src/outside/run-outside.ts'
import { DEFAULTS, nodesNamed, type RunOptions } from '../src/run/options.ts'
import { reasonsOf } from '../src/report/summary.ts'
import type { RunResult } from '../src/run/run.ts'

function run(some: Partial<RunOptions>, ...command: readonly string[]): Promise<RunResult> {
  const [file, ...args] = command
  const options = {
    ...DEFAULTS,
    workload: 'echo',
    nodeIds: nodesNamed(1),
    concurrency: 1,
    ratePerSecond: 20,
    timeLimitMs: 2_000,
    seed: 1,
    ...some,
  }
  return runOutside(options, { command: [process.execPath, fileURLToPath(new URL(file!, import.meta.url)), ...args] })
}

describe('processes', { concurrency: 5 }, () => {
  test('a node that echoes is valid, with two messages per operation', async () => {
    const { valid, stats, net } = await run({}, '../nodes/echo.ts')
    assert.equal(valid, true)
    assert.ok(stats.ok > 20 && stats.ok === stats.count)
    assert.ok(Math.abs(net.all['msgs-per-op'] - 2) < 0.2)
  })

  const misdeeds: Readonly<Record<string, readonly [kind: string, words: RegExp]>> = {
    dies: ['died', /it ended by itself, with status 3. Its last words: I have had enough/],
    prints: ['rubbish', /a line that is not JSON: debug: fifth echo/],
    'unknown-key': ['rubbish', /unknown key priority/],
    'wrong-destination': ['unknown-destination', /"n99", which nobody is/],
  }
  for (const [way, [kind, words]] of Object.entries(misdeeds)) {
    test(`a node is heard on after its fault, and the run is invalid: ${way}`, async () => {
      const result = await run({}, './nodes/rogue.ts', way)
      assert.equal(result.valid, false)
      assert.equal(result.misdeeds[0]?.kind, kind)
      assert.match(result.misdeeds[0].words, words)
      if (way !== 'dies') assert.ok(result.stats.ok > 20)
    })
  }

  test('a node that goes mute leaves the verdict unknown', async () => {
    const result = await run({}, './nodes/rogue.ts', 'mute')
    assert.equal(result.valid, 'unknown')
    assert.equal(result.misdeeds[0]?.kind, 'mute')
    assert.ok(result.stats.info > 0)
  })

  test('a program that cannot be started makes the run invalid', async () => {
    const options = { ...DEFAULTS, workload: 'echo', nodeIds: nodesNamed(1), concurrency: 1, timeLimitMs: 100, seed: 1 }
    const result = await runOutside(options, { command: ['/nowhere/node'] })
    assert.equal(result.valid, false)
    assert.deepEqual(
      result.misdeeds.map(({ kind }) => kind),
      ['died', 'no-init'],
    )
  })

  for (const workload of ['broadcast', 'kafka', 'lin-kv', 'pn-counter', 'txn-list-append']) {
    test(`our node answers ${workload} as processes, with the network cut`, async () => {
      const latency = { meanMs: 5, distribution: 'uniform' } as const
      const some = {
        nodeIds: nodesNamed(3),
        concurrency: 6,
        ratePerSecond: 60,
        timeLimitMs: 6_000,
        latency,
        faults: ['partition'] as const,
      }
      const result = await run({ ...some, workload, nemesisIntervalMs: 1_000 }, `../nodes/${workload}.ts`)
      assert.equal(result.valid, true, reasonsOf(result).join('\n'))
    })
  }

  test('processes are killed and paused, and go on', async () => {
    const faults = ['crash', 'pause'] as const
    const some = { nodeIds: nodesNamed(3), concurrency: 3, faults, nemesisIntervalMs: 700, timeLimitMs: 5_000 }
    const result = await run(some, '../nodes/echo.ts')
    assert.equal(result.valid, true)
    assert.ok(result.faults.reports.every(({ fired }) => fired > 0))
    assert.ok(result.stats.ok > 20)
  })
})

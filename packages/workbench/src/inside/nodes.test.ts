import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program as broadcast } from '../../nodes/broadcast.ts'
import { program as gSet } from '../../nodes/g-set.ts'
import { program as kafka } from '../../nodes/kafka.ts'
import { program as linKv } from '../../nodes/lin-kv.ts'
import { program as pnCounter } from '../../nodes/pn-counter.ts'
import { program as txnListAppend } from '../../nodes/txn-list-append.ts'
import { program as txnRwRegister } from '../../nodes/txn-rw-register.ts'
import { program as uniqueIds } from '../../nodes/unique-ids.ts'
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

const latency = { meanMs: 5, distribution: 'exponential' } as const
const badNetwork = { latency, loss: 0.02, duplication: 0.05 } as const

/** Every node under every workload that it answers, with the faults that it promises to live with. */
const MATRIX: readonly (readonly [workload: string, program: Program, faults: RunOptions['faults']])[] = [
  ['unique-ids', uniqueIds, ['partition', 'pause', 'clock', 'crash']],
  ['broadcast', broadcast, ['partition', 'pause', 'clock', 'crash', 'power', 'disk']],
  ['g-set', gSet, ['partition', 'pause', 'clock', 'crash', 'power', 'disk']],
  ['g-counter', pnCounter, ['partition', 'pause', 'clock', 'crash', 'power', 'disk']],
  ['pn-counter', pnCounter, ['partition', 'pause', 'clock', 'crash', 'power', 'disk']],
  ['kafka', kafka, ['partition', 'pause', 'crash', 'power']],
  ['lin-kv', linKv, ['partition', 'pause', 'clock', 'crash', 'power', 'disk']],
  ['txn-list-append', txnListAppend, ['partition', 'pause', 'crash', 'power']],
  ['txn-rw-register', txnRwRegister, ['partition', 'pause', 'crash', 'power']],
]

for (const [workload, program, faults] of MATRIX) {
  test(`${workload} is valid and answers everything while nothing is wrong`, async () => {
    const result = await run(program, { workload, ratePerSecond: 30, timeLimitMs: 20_000, latency })
    assertValid(result)
    // A consumer of kafka crashes by itself now and then.
    if (workload !== 'kafka') assert.equal(result.stats.info, 0)
  })

  test(`${workload} is valid with ${faults.join(', ')}, on a network that loses and repeats`, async () => {
    const result = await run(program, { workload, ratePerSecond: 20, ...badNetwork, faults })
    assertValid(result)
    assert.ok(result.faults.reports.every(({ fired }) => fired > 0))
    assert.ok(result.stats.ok > 100, `${result.stats.ok} operations succeeded`)
  })
}

test('ids are made with availability 1 under partitions', async () => {
  const result = await run(uniqueIds, {
    workload: 'unique-ids',
    nodeIds: nodesNamed(5),
    ratePerSecond: 200,
    availability: 1,
    faults: ['partition'],
    nemesisIntervalMs: 2_000,
  })
  assertValid(result)
  assert.equal(result.availability.fraction, 1)
})

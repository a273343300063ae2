import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { addTestOptions, FlagFault, runOptionsOf, type Flags } from './cli-options.ts'
import type { RunOptions } from './run/options.ts'

function parsed(...words: readonly string[]): RunOptions {
  const command = addTestOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  command.parse(words, { from: 'user' })
  return runOptionsOf(command.opts<Flags>(), 1)
}

test("without options a run is Maelstrom's: five nodes n1 to n5, five operations a second for a minute on a grid", () => {
  const { nodeIds, concurrency, ratePerSecond, timeLimitMs, topology, latency } = parsed('-w', 'echo')
  assert.deepEqual(nodeIds, ['n1', 'n2', 'n3', 'n4', 'n5'])
  assert.deepEqual([concurrency, ratePerSecond, timeLimitMs, topology], [5, 5, 60_000, 'grid'])
  assert.deepEqual(latency, { meanMs: 0, distribution: 'constant' })
})

test('with a number of nodes they are numbered from 0, and concurrency may be a multiple of it', () => {
  const { nodeIds, concurrency } = parsed('-w', 'kafka', '--node-count', '3', '--concurrency', '2n')
  assert.deepEqual(nodeIds, ['n0', 'n1', 'n2'])
  assert.equal(concurrency, 6)
})

test('total availability is all of it, and faults are named with commas between', () => {
  const { availability, faults } = parsed('-w', 'echo', '--availability', 'total', '--nemesis', 'partition,crash')
  assert.equal(availability, 1)
  assert.deepEqual(faults, ['partition', 'crash'])
})

test('what makes no sense is refused', () => {
  assert.throws(() => parsed('-w', 'lin-kv', '--node-count', '3', '--concurrency', '1n'), /twice the number of nodes/)
  assert.throws(() => parsed('-w', 'echo', '--concurrency', 'many'), FlagFault)
  assert.throws(() => parsed('-w', 'echo', '--nemesis', 'clock'), /only with --inside/)
  assert.throws(() => parsed('-w', 'echo', '--consistency-models', 'perfect'), /There are read-uncommitted/)
  for (const wrong of [
    ['-w', 'dance'],
    ['-w', 'echo', '--rate', '0'],
    ['-w', 'echo', '--nemesis', 'flood'],
    ['-w', 'echo', '--loss', '2'],
  ]) {
    assert.throws(() => parsed(...wrong), /invalid|must be|There are/)
  }
})

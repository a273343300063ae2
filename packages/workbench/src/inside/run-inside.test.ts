import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program as echo } from '../../nodes/echo.ts'
import { program as acked } from '../../test/nodes/acked-broadcast.ts'
import { program as flood } from '../../test/nodes/flood-broadcast.ts'
import type { Program } from '../node/program.ts'
import { historyText } from '../run/history.ts'
import { DEFAULTS, nodesNamed, type RunOptions } from '../run/options.ts'
import { runInside } from './run-inside.ts'

const options = (some: Partial<RunOptions>): RunOptions => ({
  ...DEFAULTS,
  workload: 'echo',
  nodeIds: nodesNamed(3),
  concurrency: 3,
  timeLimitMs: 10_000,
  seed: 1,
  ...some,
})

const calibration = { workload: 'broadcast', nodeIds: nodesNamed(25), concurrency: 25, ratePerSecond: 100 } as const

test('the same seed gives the same history, byte for byte; another seed gives another one', async () => {
  const faults = ['partition', 'crash', 'pause', 'clock'] as const
  const text = async (seed: number): Promise<string> => {
    const { history } = await runInside(options({ ...calibration, faults, timeLimitMs: 20_000, seed }), {
      program: flood,
    })
    return historyText(history)
  }
  const [first, again, other] = [await text(5), await text(5), await text(6)]
  assert.ok(first.length > 10_000)
  assert.equal(first, again)
  assert.notEqual(first, other)
})

test('an hour of echo passes with crashes and pauses, each of which is seen to fire', async () => {
  const result = await runInside(options({ timeLimitMs: 3_600_000, faults: ['crash', 'pause'] }), { program: echo })
  assert.equal(result.valid, true)
  assert.ok(result.faults.reports.every(({ windows, fired }) => windows > 100 && fired > 100))
  assert.ok(result.stats.info > 0 && result.stats.ok > 10_000)
})

test("the flood's messages per operation and latencies are those that Maelstrom publishes", async () => {
  const runOf = async (some: Partial<RunOptions>): Promise<{ perOp: number; medianMs: number }> => {
    const runs = await Promise.all(
      [1, 2, 3].map((seed) =>
        runInside(options({ ...calibration, timeLimitMs: 20_000, ...some, seed }), { program: flood }),
      ),
    )
    assert.ok(runs.every(({ valid }) => valid === true))
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
    return {
      perOp: mean(runs.map(({ net }) => net.servers['msgs-per-op'])),
      medianMs: mean(runs.map(({ verdict }) => (verdict.facts['stable-latencies'] as Record<string, number>)['0.5']!)),
    }
  }
  const grid = await runOf({ topology: 'grid', latency: { meanMs: 100, distribution: 'constant' } })
  assert.ok(Math.abs(grid.perOp / 27.81 - 1) < 0.03, `grid: ${grid.perOp} messages per operation`)
  assert.ok(Math.abs(grid.medianMs / 452 - 1) < 0.1, `grid: ${grid.medianMs} ms`)
  const line = await runOf({ topology: 'line', latency: { meanMs: 10, distribution: 'constant' } })
  assert.ok(Math.abs(line.perOp / 12.01 - 1) < 0.03, `line: ${line.perOp} messages per operation`)
  assert.ok(Math.abs(line.medianMs / 86 - 1) < 0.1, `line: ${line.medianMs} ms`)
})

test('messages per value are exactly those that the algorithm and the topology make', async () => {
  const latency = { meanMs: 20, distribution: 'exponential' } as const
  // One over each link in each direction but back: twice the links of a grid, less the 24 ways by which nodes first hear.
  const cases = [
    ['grid', flood, 2 * 40 - 24],
    ['line', flood, 24],
    ['tree4', flood, 24],
    ['tree4', acked, 2 * 24],
  ] as const
  for (const [topology, program, messages] of cases) {
    const { net, stats } = await runInside(options({ ...calibration, topology, latency }), { program })
    assert.equal(net.servers['msg-count'] / stats.byF['add']!.count, messages, topology)
  }
})

test('the flood loses elements under partitions, as Maelstrom finds', async () => {
  const latency = { meanMs: 100, distribution: 'constant' } as const
  const result = await runInside(
    options({ ...calibration, topology: 'tree4', latency, timeLimitMs: 20_000, faults: ['partition'] }),
    { program: flood },
  )
  assert.equal(result.valid, false)
  assert.ok(Number(result.verdict.facts['lost-count']) > 10)
})

test('a fault that never makes a difference leaves the verdict unknown', async () => {
  const alone = await runInside(options({ nodeIds: ['n0'], faults: ['partition'] }), { program: echo })
  assert.equal(alone.valid, 'unknown')
})

test('a node that goes mute leaves the verdict unknown, and is named', async () => {
  let answers = 0
  const tired: Program = ({ nodeId }) => ({
    echo: ({ body }) => (nodeId === 'n1' && ++answers > 5 ? undefined : { type: 'echo_ok', echo: body['echo'] }),
  })
  const result = await runInside(options({ ratePerSecond: 10 }), { program: tired })
  assert.equal(result.valid, 'unknown')
  assert.deepEqual(
    result.misdeeds.map(({ kind, node }) => [kind, node]),
    [['mute', 'n1']],
  )
})

test('a node that fails, one that sends to nobody and one that answers nonsense make the run invalid', async () => {
  const broken: Readonly<Record<string, Program>> = {
    died: () => ({ echo: () => assert.fail('on purpose') }),
    'unknown-destination': ({ send }) => ({
      echo: ({ body }) => (send('n77', { type: 'hello' }), { type: 'echo_ok', echo: body['echo'] }),
    }),
    'malformed-reply': () => ({ echo: ({ body }) => ({ type: 'echo_ok', echo: body['echo'], extra: 1 }) }),
  }
  for (const [kind, program] of Object.entries(broken)) {
    const result = await runInside(options({}), { program })
    assert.equal(result.valid, false, kind)
    assert.ok(
      result.misdeeds.some((misdeed) => misdeed.kind === kind),
      kind,
    )
  }
})

test('an answer that is wrong is shown with the question', async () => {
  const deaf: Program = () => ({ echo: () => ({ type: 'echo_ok', echo: 'what?' }) })
  const { valid, verdict } = await runInside(options({}), { program: deaf })
  assert.equal(valid, false)
  assert.match(verdict.anomalies[0]!.words, /was told "Please echo \d+" and answered "what\?"/)
})

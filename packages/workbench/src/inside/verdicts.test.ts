import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program as lists } from '../../nodes/txn-list-append.ts'
import { kindsOf } from '../checkers/history-kit.ts'
import type { MicroOp } from '../checkers/transactions/transactions.ts'
import type { Program } from '../node/program.ts'
import { DEFAULTS, nodesNamed, type RunOptions } from '../run/options.ts'
import type { RunResult } from '../run/run.ts'
import { runInside } from './run-inside.ts'

// Programs that Maelstrom has judged, with its verdicts.

function run(program: Program, some: Partial<RunOptions>): Promise<RunResult> {
  const options = {
    ...DEFAULTS,
    workload: 'txn-list-append',
    nodeIds: nodesNamed(3),
    concurrency: 6,
    ratePerSecond: 60,
  }
  return runInside({ ...options, timeLimitMs: 15_000, seed: 1, ...some }, { program })
}

/** The node, with its database in a service whose reads may be old. */
const staleLists: Program = (context) =>
  lists({ ...context, call: (_, body, timeoutMs) => context.call('seq-kv', body, timeoutMs) })

/** A database of its own on every node. */
function ownDatabase(write: (current: unknown, argument: unknown) => unknown): Program {
  return () => {
    const data = new Map<unknown, unknown>()
    return {
      txn: ({ body }) => ({
        type: 'txn_ok',
        txn: (body['txn'] as readonly MicroOp[]).map(([f, key, argument]) => {
          if (f === 'r') return [f, key, data.get(key) ?? null]
          data.set(key, write(data.get(key), argument))
          return [f, key, argument]
        }),
      }),
    }
  }
}

const ownLists = ownDatabase((list, element) => [...((list as unknown[] | undefined) ?? []), element])
const ownRegisters = ownDatabase((_, value) => value)

test('lists in seq-kv are serializable, and not strictly so', async () => {
  const strict = await run(staleLists, { consistencyModel: 'strict-serializable' })
  assert.equal(strict.valid, false)
  assert.ok(kindsOf(strict.verdict).includes('G-single-realtime'))
  assert.ok(kindsOf(strict.verdict).every((kind) => kind.endsWith('-realtime')))
  assert.deepEqual(strict.verdict.facts['not'], ['strict-serializable'])
  const serializable = await run(staleLists, { consistencyModel: 'serializable' })
  assert.equal(serializable.valid, true)
})

test('lists on each node alone have write cycles, lost updates and orders that do not fit', async () => {
  const { valid, verdict } = await run(ownLists, { consistencyModel: 'strict-serializable' })
  assert.equal(valid, false)
  for (const kind of ['incompatible-order', 'lost-update']) assert.ok(kindsOf(verdict).includes(kind), kind)
})

test('registers on each node alone are read-committed, and always to be had under partitions', async () => {
  const some = {
    consistencyModel: 'read-committed',
    availability: 1,
    faults: ['partition'],
    nemesisIntervalMs: 1_000,
  } as const
  const result = await run(ownRegisters, {
    ...some,
    workload: 'txn-rw-register',
    nodeIds: nodesNamed(2),
    concurrency: 4,
  })
  assert.equal(result.valid, true)
})

test('logs on each node alone hold different messages at one offset', async () => {
  const ownLogs: Program = () => {
    const logs = new Map<unknown, unknown[]>()
    return {
      send({ body }) {
        const log = logs.get(body['key']) ?? []
        logs.set(body['key'], log)
        return { type: 'send_ok', offset: log.push(body['msg']) - 1 }
      },
      poll({ body }) {
        const offsets = Object.entries(body['offsets'] as Record<string, number>)
        const msgs = offsets.map(([key, from]) => [key, (logs.get(key) ?? []).map((msg, at) => [at, msg]).slice(from)])
        return { type: 'poll_ok', msgs: Object.fromEntries(msgs) as unknown }
      },
      commit_offsets: () => ({ type: 'commit_offsets_ok' }),
      list_committed_offsets: () => ({ type: 'list_committed_offsets_ok', offsets: {} }),
    }
  }
  const { valid, verdict } = await run(ownLogs, { workload: 'kafka', nodeIds: nodesNamed(2), concurrency: 4 })
  assert.equal(valid, false)
  assert.ok(kindsOf(verdict).includes('inconsistent-offsets'))
})

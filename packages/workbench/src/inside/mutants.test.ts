import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { test } from 'node:test'
import { program as flood } from '../../test/nodes/flood-broadcast.ts'
import type { Program } from '../node/program.ts'
import { DEFAULTS, nodesNamed, type RunOptions } from '../run/options.ts'
import type { RunResult } from '../run/run.ts'
import { runInside } from './run-inside.ts'

/** A bug planted into the source of one of our nodes. */
interface Mutant {
  readonly name: string
  readonly node: string
  /** Where, below `nodes/`; without it in the node's own file. */
  readonly file?: string
  readonly find: string
  readonly replace: string
  readonly workload: string
  readonly options?: Partial<RunOptions>
  /** One of these kinds of anomaly must be found. */
  readonly kinds: readonly string[]
  readonly words: RegExp
}

const unlucky = {
  latency: { meanMs: 20, distribution: 'exponential' },
  duplication: 0.1,
  nemesisIntervalMs: 3_000,
} as const

/** Many short faults: a long one leaves so many operations of unknown fate that another key is used before its end. */
const elections = {
  ratePerSecond: 20,
  timeLimitMs: 60_000,
  latency: { meanMs: 40, distribution: 'exponential' },
  nemesisIntervalMs: 1_000,
} as const

const raft = { node: 'lin-kv', workload: 'lin-kv', kinds: ['not-linearizable'] } as const
const kafka = { node: 'kafka', workload: 'kafka', options: { ratePerSecond: 60, timeLimitMs: 20_000 } } as const
const lists = {
  node: 'txn-list-append',
  workload: 'txn-list-append',
  options: { ratePerSecond: 60, timeLimitMs: 15_000 },
} as const

const MUTANTS: readonly Mutant[] = [
  {
    ...raft,
    name: 'a leader answers reads without asking whether it still leads',
    find: 'const barrier = await raft.readBarrier()',
    replace: 'const barrier = await Promise.resolve({ ok: true })',
    options: { faults: ['partition'], ...unlucky },
    words: /read \d at n\d .* the register held/,
  },
  {
    ...raft,
    name: 'a follower answers reads by itself',
    find: 'const [leader, id] = [raft.leader(), makeId()]',
    replace: "if (type === 'read') return map.read(request)\n    const [leader, id] = [raft.leader(), makeId()]",
    options: unlucky,
    words: /read \d at n\d/,
  },
  {
    ...raft,
    name: 'less than a majority elects a leader and commits',
    file: 'raft/raft.ts',
    find: 'const majority = Math.floor(nodeIds.length / 2) + 1',
    replace: 'const majority = Math.floor(nodeIds.length / 2)',
    options: { faults: ['partition'], ...unlucky },
    words: /the register held/,
  },
  {
    ...raft,
    name: 'who lacks entries is elected',
    file: 'raft/raft.ts',
    find: 'const isUpToDate = last_term > lastTerm || (last_term === lastTerm && last_index >= log.lastIndex)',
    replace: 'const isUpToDate = last_index >= 0',
    options: { faults: ['partition', 'crash'], ...elections },
    words: /the register held/,
  },
  {
    ...raft,
    name: 'a follower keeps entries that another leader has replaced',
    file: 'raft/raft.ts',
    find: 'return index > log.lastIndex || log.termAt(index) !== entry.term',
    replace: 'return index > log.lastIndex',
    options: { faults: ['partition'], ...elections },
    words: /the register held/,
  },
  {
    ...raft,
    name: 'a command counts as committed when the leader alone has it',
    file: 'raft/raft.ts',
    find: 'const index = matches[majority - 1]!',
    replace: 'const index = matches[0]!',
    options: { faults: ['partition'], ...elections },
    words: /the register held/,
  },
  {
    ...raft,
    name: 'a node forgets its log when it crashes',
    file: 'raft/durable-log.ts',
    find: "const length = (disk.get('length') as number | undefined) ?? 0",
    replace: 'const length = 0',
    options: { faults: ['power'], ...elections, latency: { meanMs: 5, distribution: 'constant' } },
    words: /the register held/,
  },
  {
    ...raft,
    name: 'a request that comes twice is done twice',
    find: 'if (known) return known',
    replace: '',
    options: { ...unlucky, duplication: 0.5, latency: { meanMs: 60, distribution: 'exponential' } },
    words: /the register held/,
  },
  {
    ...kafka,
    name: 'a committed offset is acknowledged and forgotten',
    find: 'const current = await read(key)',
    replace: 'return true\n      const current = await read(key)',
    kinds: ['lost-commit'],
    words: /lists no committed offset of key \d+, though \d+ was committed/,
  },
  {
    ...kafka,
    name: 'committed offsets are made up',
    find: "if (answer.ok) return answer.value['value'] as number",
    replace: "if (answer.ok) return (answer.value['value'] as number) + 1_000_000",
    kinds: ['invented-commit'],
    words: /which nobody had committed/,
  },
  {
    ...kafka,
    name: 'two nodes write to one offset',
    find: "const cas = { type: 'cas', key: nameOf(key, offset), from: null, to, create_if_not_exists: true }",
    replace: "const cas = { type: 'write', key: nameOf(key, offset), value: to }",
    kinds: ['inconsistent-offsets'],
    words: /Offset \d+ of key \d+ holds \d+ and \d+/,
  },
  {
    ...kafka,
    name: 'polls leave out every tenth message',
    find: '.map(({ message }, at) => [offset + at, message])',
    replace: '.map(({ message }, at) => [offset + at, message] as const).filter(([at]) => at % 10 !== 9)',
    kinds: ['lost-write', 'unseen'],
    words: /was acknowledged by n\d at offset \d+, and no poll/,
  },
  {
    ...kafka,
    name: 'polls begin one message too early',
    find: 'return log.slice(offset, offset + ENTRIES_PER_POLL_MAX).map(({ message }, at) => [offset + at, message])',
    replace:
      'const from = Math.max(0, offset - 1)\n      return log.slice(from, from + ENTRIES_PER_POLL_MAX).map(({ message }, at) => [from + at, message])',
    kinds: ['nonmonotonic-poll'],
    words: /went back, polling n\d/,
  },
  {
    ...lists,
    name: 'transactions that only read trust what they know',
    file: 'transactions/root.ts',
    find: 'const fault = await readRoot()',
    replace: 'const fault = await Promise.resolve(undefined)',
    kinds: ['G-single-realtime'],
    words: /They can't be put in an order: .* had ended before/,
  },
  {
    ...lists,
    name: 'transactions overwrite each other',
    file: 'transactions/root.ts',
    find: "const cas = { type: 'cas', key: 'root', from, to, create_if_not_exists: from.version === 0 }",
    replace: "const cas = { type: 'write', key: 'root', value: to }",
    kinds: ['lost-update', 'incompatible-order'],
    words: /read the same version|does not fit another read/,
  },
  {
    ...lists,
    name: 'a transaction whose answer was overtaken is done again',
    file: 'transactions/root.ts',
    find: 'if (known.recent.includes(id))',
    replace: 'if (known.recent.length < 0)',
    options: { ...lists.options, ...unlucky, duplication: 0.3 },
    kinds: ['duplicate-elements'],
    words: /shows an element of \d+ twice/,
  },
  {
    ...lists,
    name: 'a transaction that was done is said to have failed',
    file: 'transactions/root.ts',
    find: 'known = newer(known, to)\n        return',
    replace:
      "known = newer(known, to)\n        if (known.version % 10 === 0) return { type: 'error', code: TXN_CONFLICT, text: 'no' }\n        return",
    kinds: ['G1a'],
    words: /whose transaction had failed/,
  },
]

const SEEDS_MAX = 6

function run(program: Program, some: Partial<RunOptions>, seed: number): Promise<RunResult> {
  const options = {
    ...DEFAULTS,
    workload: '',
    nodeIds: nodesNamed(3),
    concurrency: 6,
    ratePerSecond: 30,
    timeLimitMs: 40_000,
  }
  return runInside({ ...options, ...some, seed }, { program })
}

/** Loads a node with one place of its source changed. The place must be there, once, so that no mutant is the original. */
async function load({ name, node, file = `${node}.ts`, find, replace }: Mutant): Promise<Program> {
  const mark = `?mutant=${encodeURIComponent(name)}`
  let planted = 0
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      const isOurs = context.parentURL?.endsWith(mark) && resolved.url.includes('/workbench/nodes/')
      return isOurs ? { ...resolved, url: resolved.url + mark } : resolved
    },
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.endsWith(`/nodes/${file}${mark}`)) return loaded
      const source = Buffer.from(loaded.source as Uint8Array).toString()
      planted += source.split(find).length - 1
      return { ...loaded, source: source.replace(find, () => replace) }
    },
  })
  try {
    const { program } = (await import(`../../nodes/${node}.ts${mark}`)) as { program: Program }
    assert.equal(planted, 1, `the place to change in ${file} is there once`)
    return program
  } finally {
    hooks.deregister()
  }
}

for (const mutant of MUTANTS) {
  test(`a mutant is caught: ${mutant.name}`, async () => {
    const program = await load(mutant)
    const seen: string[] = []
    for (let seed = 1; seed <= SEEDS_MAX; seed++) {
      const { verdict } = await run(program, { workload: mutant.workload, ...mutant.options }, seed)
      const caught = verdict.anomalies.find(
        ({ kind, words }) => mutant.kinds.includes(kind) && mutant.words.test(words),
      )
      if (caught) return
      seen.push(...verdict.anomalies.map(({ kind, words }) => `${kind}: ${words}`))
    }
    assert.fail(`not caught with ${SEEDS_MAX} seeds; seen: ${seen.slice(0, 3).join('\n')}`)
  })
}

/** Whole programs that are wrong, for the workloads whose right ones are small. */
const WRONG: readonly {
  readonly name: string
  readonly workload: string
  readonly options?: Partial<RunOptions>
  readonly kind: string
  readonly program: Program
}[] = [
  {
    name: 'ids are numbers without the node',
    workload: 'unique-ids',
    kind: 'duplicate-id',
    program() {
      let next = 0
      return { generate: () => ({ type: 'generate_ok', id: next++ }) }
    },
  },
  {
    name: 'ids begin anew after a crash',
    workload: 'unique-ids',
    options: { faults: ['crash'], nemesisIntervalMs: 3_000 },
    kind: 'duplicate-id',
    program({ nodeId }) {
      let next = 0
      return { generate: () => ({ type: 'generate_ok', id: `${nodeId}/${next++}` }) }
    },
  },
  {
    name: 'ids trust a clock that steps back',
    workload: 'unique-ids',
    options: { faults: ['clock'], nemesisIntervalMs: 1_000, ratePerSecond: 500 },
    kind: 'duplicate-id',
    program: ({ nodeId, world }) => ({
      generate: () => ({ type: 'generate_ok', id: `${nodeId}/${Math.floor(world.clock.now() / 10)}` }),
    }),
  },
  {
    name: 'messages are not sent again when a network was cut',
    workload: 'broadcast',
    options: { faults: ['partition'], topology: 'line', nemesisIntervalMs: 3_000 },
    kind: 'lost',
    program: flood,
  },
  {
    name: 'what is told twice is shown twice',
    workload: 'broadcast',
    options: { topology: 'total', duplication: 0.2 },
    kind: 'duplicate',
    program({ nodeIds, nodeId, send }) {
      const seen: unknown[] = []
      return {
        topology: () => ({ type: 'topology_ok' }),
        broadcast({ body: { message } }) {
          seen.push(message)
          for (const other of nodeIds) if (other !== nodeId) send(other, { type: 'gossip', message })
          return { type: 'broadcast_ok' }
        },
        gossip: ({ body }) => void seen.push(body['message']),
        read: () => ({ type: 'read_ok', messages: seen }),
      }
    },
  },
  {
    name: 'a set is forgotten in a crash before it was told',
    workload: 'g-set',
    options: { faults: ['crash'], nemesisIntervalMs: 3_000 },
    kind: 'lost',
    program: ({ nodeId, nodeIds, send, world }) => {
      const elements = new Set<unknown>()
      world.timers.every(5_000, () => {
        for (const other of nodeIds) if (other !== nodeId) send(other, { type: 'tell', elements: [...elements] })
      })
      return {
        add: ({ body }) => (elements.add(body['element']), { type: 'add_ok' }),
        tell: ({ body }) => (body['elements'] as unknown[]).forEach((element) => elements.add(element)),
        read: () => ({ type: 'read_ok', value: [...elements] }),
      }
    },
  },
  {
    name: 'additions that arrive twice are counted twice',
    workload: 'pn-counter',
    options: { duplication: 0.2 },
    kind: 'wrong-sum',
    program: ({ nodeId, nodeIds, send }) => {
      let sum = 0
      return {
        add({ body }) {
          sum += body['delta'] as number
          for (const other of nodeIds) if (other !== nodeId) send(other, { type: 'added', delta: body['delta'] })
          return { type: 'add_ok' }
        },
        added: ({ body }) => void (sum += body['delta'] as number),
        read: () => ({ type: 'read_ok', value: sum }),
      }
    },
  },
  {
    name: 'each node has a map of its own',
    workload: 'lin-kv',
    kind: 'not-linearizable',
    program: ownMap,
  },
  ...(['lww-kv', 'seq-kv'] as const).map((service) => ({
    name: `a map is kept in ${service}`,
    workload: 'lin-kv',
    kind: 'not-linearizable',
    program: proxyTo(service),
  })),
]

function ownMap(): ReturnType<Program> {
  const map = new Map<unknown, unknown>()
  return {
    read: ({ body }) => ({ type: 'read_ok', value: map.get(body['key']) ?? null }),
    write: ({ body }) => (map.set(body['key'], body['value']), { type: 'write_ok' }),
    cas({ body: { key, from, to } }) {
      if (map.get(key) !== from) return { type: 'error', code: 22, text: 'not so' }
      map.set(key, to)
      return { type: 'cas_ok' }
    },
  }
}

function proxyTo(service: string): Program {
  return ({ call }) => {
    const pass: ReturnType<Program>[string] = async ({ body }) => {
      const { msg_id: _, ...request } = body
      const answer = await call(service, request, 1_000)
      if (!answer.ok) return { type: 'error', ...answer.error }
      const { in_reply_to: __, ...reply } = answer.value
      return reply
    }
    return { read: pass, write: pass, cas: pass }
  }
}

for (const { name, workload, options, kind, program } of WRONG) {
  test(`a wrong program is caught: ${name}`, async () => {
    const { verdict } = await run(program, { workload, timeLimitMs: 20_000, ...options }, 1)
    assert.ok(verdict.anomalies.some((anomaly) => anomaly.kind === kind))
  })
}

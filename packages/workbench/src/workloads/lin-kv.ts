import { checkRegisters } from '../checkers/registers.ts'
import type { Body } from '../node/program.ts'
import { pick, roll } from '../time/dice.ts'
import { failed, type Generator, type MakeWorkload, type Op, type Worker, type WorkloadOptions } from './workload.ts'

const VALUES = 5
/** A key is used by so many processes; then another one is. */
const PROCESSES_PER_KEY_MAX = 20
const TIMEOUT_MS_MIN = 1_000
const TIMEOUT_LATENCIES = 10

/** A map whose every key is a linearizable register. Values in the history are `[key, value]`, as in Jepsen. */
export const linKv: MakeWorkload = (options) => ({
  name: 'lin-kv',
  replies: { read_ok: { value: () => true }, write_ok: {}, cas_ok: {} },
  requestTimeoutMs: Math.max(TIMEOUT_MS_MIN, TIMEOUT_LATENCIES * options.meanLatencyMs),
  keepsConnection: true,
  probe: { type: 'read', key: 0 },
  open: (ask) => ({
    async run(op) {
      const answer = await ask(requestOf(op))
      if (!answer.ok) return failed(op, answer.error, { isIdempotent: op.f === 'read' })
      const [key] = op.value as readonly [number, unknown]
      return { type: 'ok', value: op.f === 'read' ? [key, answer.value['value']] : op.value }
    },
  }),
  generator: () => operationsOnKeys(options),
  check: checkRegisters,
})

function requestOf({ f, value }: Op): Body {
  const [key, argument] = value as readonly [number, unknown]
  if (f === 'read') return { type: 'read', key }
  if (f === 'write') return { type: 'write', key, value: argument }
  const [from, to] = argument as readonly [number, number]
  return { type: 'cas', key, from, to }
}

/** Groups of 2n workers, a key each; half of a group only reads, so that every node has a reader and a writer. */
function operationsOnKeys({ nodeIds, random }: WorkloadOptions): Generator {
  const groups = new Map<number, { readonly key: number; readonly processes: Set<number> }>()
  let keys = 0

  function keyFor({ thread, process }: Worker): number {
    const at = Math.floor(thread / (2 * nodeIds.length))
    let group = groups.get(at)
    const isFull = group && !group.processes.has(process) && group.processes.size >= PROCESSES_PER_KEY_MAX
    if (!group || isFull) groups.set(at, (group = { key: keys++, processes: new Set() }))
    group.processes.add(process)
    return group.key
  }

  return {
    next(worker) {
      const key = keyFor(worker)
      if (worker.thread % (2 * nodeIds.length) < nodeIds.length) return { f: 'read', value: [key, null] }
      const f = pick(random, ['write', 'cas', 'cas'])
      if (f === 'write') return { f, value: [key, roll(random, VALUES)] }
      return { f, value: [key, [roll(random, VALUES), roll(random, VALUES)]] }
    },
  }
}

import { checkSetFull } from '../checkers/set-full.ts'
import type { Body } from '../node/program.ts'
import { failed, REQUEST_TIMEOUT_MS, type FinalPhase, type Generator, type MakeWorkload } from './workload.ts'
import type { Random } from '@waypost/kernel'

/** Half of the operations add the next integer, the others read. */
function addsAndReads(random: Random): Generator {
  let next = 0
  return { next: () => (random.fraction() < 0.5 ? { f: 'add', value: next++ } : { f: 'read', value: null }) }
}

/** Every worker reads once. */
export function finalReads(): FinalPhase {
  return { next: (_, last) => (last ? undefined : { f: 'read', value: null }) }
}

/** What a set is called in requests and answers. */
interface SetWords {
  readonly name: string
  readonly add: (element: unknown) => Body
  readonly addOk: string
  /** The key of the elements in the answer to a read. */
  readonly elements: string
  /** Whether a read that failed is known not to have happened; where not, it counts as unknown, as in Maelstrom. */
  readonly readsAreIdempotent: boolean
}

function setWorkload({ name, add, addOk, elements, readsAreIdempotent }: SetWords): MakeWorkload {
  return ({ random }) => ({
    name,
    replies: { [addOk]: {}, read_ok: { [elements]: Array.isArray }, topology_ok: {} },
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    keepsConnection: false,
    probe: { type: 'read' },
    open: (ask) => ({
      async run(op) {
        const answer = await ask(op.f === 'add' ? add(op.value) : { type: 'read' })
        if (!answer.ok) return failed(op, answer.error, { isIdempotent: op.f === 'read' && readsAreIdempotent })
        return { type: 'ok', value: op.f === 'add' ? op.value : answer.value[elements] }
      },
    }),
    generator: () => addsAndReads(random),
    finalPhase: finalReads,
    check: checkSetFull,
  })
}

/** What one node is told, all nodes know in the end. */
export const broadcast: MakeWorkload = (options) => ({
  ...setWorkload({
    name: 'broadcast',
    add: (message) => ({ type: 'broadcast', message }),
    addOk: 'broadcast_ok',
    elements: 'messages',
    readsAreIdempotent: true,
  })(options),
  setUp: () => ({ type: 'topology', topology: options.topology }),
})

/** A set that only grows. */
export const gSet = setWorkload({
  name: 'g-set',
  add: (element) => ({ type: 'add', element }),
  addOk: 'add_ok',
  elements: 'value',
  readsAreIdempotent: false,
})

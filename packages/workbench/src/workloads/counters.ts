import { checkCounter } from '../checkers/counter.ts'
import { roll } from '../time/dice.ts'
import { finalReads } from './sets.ts'
import { failed, REQUEST_TIMEOUT_MS, type MakeWorkload } from './workload.ts'

function counterWorkload(name: string, deltas: { readonly least: number; readonly count: number }): MakeWorkload {
  return ({ random }) => ({
    name,
    replies: { add_ok: {}, read_ok: { value: Number.isInteger } },
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    keepsConnection: false,
    probe: { type: 'read' },
    open: (ask) => ({
      async run(op) {
        const answer = await ask(op.f === 'add' ? { type: 'add', delta: op.value } : { type: 'read' })
        if (!answer.ok) return failed(op, answer.error, { isIdempotent: false })
        return { type: 'ok', value: op.f === 'add' ? op.value : answer.value['value'] }
      },
    }),
    generator: () => ({
      next: () =>
        random.fraction() < 0.5
          ? { f: 'add', value: deltas.least + roll(random, deltas.count) }
          : { f: 'read', value: null },
    }),
    finalPhase: finalReads,
    check: checkCounter,
  })
}

/** A counter that goes up and down. */
export const pnCounter = counterWorkload('pn-counter', { least: -5, count: 10 })

/** A counter that only goes up. */
export const gCounter = counterWorkload('g-counter', { least: 0, count: 5 })

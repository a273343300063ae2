import { isDeepStrictEqual } from 'node:util'
import { isOk, operationsOf, type History } from '../run/history.ts'
import { verdictOf, type Verdict } from '../run/verdict.ts'
import { roll } from '../time/dice.ts'
import { failed, REQUEST_TIMEOUT_MS, type MakeWorkload } from './workload.ts'

const PHRASES = 128

/** Nodes say again what they are told. */
export const echo: MakeWorkload = ({ random }) => ({
  name: 'echo',
  replies: { echo_ok: { echo: () => true } },
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
  keepsConnection: false,
  probe: { type: 'echo', echo: 'are you there?' },
  open: (ask) => ({
    async run(op) {
      const answer = await ask({ type: 'echo', echo: op.value })
      if (!answer.ok) return failed(op, answer.error, { isIdempotent: false })
      return { type: 'ok', value: answer.value['echo'] }
    },
  }),
  generator: () => ({ next: () => ({ f: 'echo', value: `Please echo ${roll(random, PHRASES)}` }) }),
  check: checkEcho,
})

/** Every completed answer repeats what was said. */
export function checkEcho(history: History): Verdict {
  const answered = operationsOf(history).filter(isOk)
  const wrong = answered.filter(({ invoke, completion }) => !isDeepStrictEqual(invoke.value, completion.value))
  return verdictOf(
    wrong.map(({ invoke, completion }) => ({
      kind: 'wrong-echo',
      words: `${invoke.node ?? 'A node'} was told ${JSON.stringify(invoke.value)} and answered ${JSON.stringify(completion.value)}.`,
      events: [invoke.index, completion.index],
    })),
    { 'echo-count': answered.length },
  )
}

import { checkUniqueIds } from '../checkers/unique-ids.ts'
import { failed, REQUEST_TIMEOUT_MS, type MakeWorkload } from './workload.ts'

/** Nodes make ids that no node makes twice. */
export const uniqueIds: MakeWorkload = () => ({
  name: 'unique-ids',
  replies: { generate_ok: { id: () => true } },
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
  keepsConnection: true,
  probe: { type: 'generate' },
  open: (ask) => ({
    async run(op) {
      const answer = await ask({ type: 'generate' })
      if (!answer.ok) return failed(op, answer.error, { isIdempotent: false })
      return { type: 'ok', value: answer.value['id'] }
    },
  }),
  generator: () => ({ next: () => ({ f: 'generate', value: null }) }),
  check: checkUniqueIds,
})

import type { SlowAnswer } from '@waypost/lexicon/ops-state'

/** The newest answers that took long: by their route, since an address may name people. */
export interface SlowAnswers {
  note(answer: { readonly route: string; readonly status: number; readonly ms: number }, atMs: number): void
  /** The newest first. */
  newest(): readonly SlowAnswer[]
}

const SLOW_MS_MIN = 100
const HELD_MAX = 30
/** They last for as long as somebody listens, or are for the operator alone. */
const LEFT_OUT = /^\/(live|ops\/.+|xrpc\/app\.waypost\.feed\.subscribe)$/

export function createSlowAnswers(): SlowAnswers {
  const held: SlowAnswer[] = []
  return {
    note({ route, status, ms }, atMs) {
      if (ms < SLOW_MS_MIN || LEFT_OUT.test(route)) return
      held.unshift({ route, status, ms, atMs })
      if (held.length > HELD_MAX) held.pop()
    },
    newest: () => held,
  }
}

import type { Fault } from '../api.ts'
import type { Entry } from './entry.ts'

/**
 * When which kept check-in is sent, as a state machine: what happened comes in, the next state and what to do come out.
 * It knows no clock, no storage and no network; `outbox.ts` is the shell.
 *
 * Promises: an entry leaves only when it was sent or thrown away; one is sent at a time, only while its author is signed
 * in, and never while it is held or refused; one that keeps failing does not keep the others back.
 */
export interface OutboxState {
  /** Oldest first. */
  readonly entries: readonly Entry[]
  /** The DID of whoever is signed in, as far as known. */
  readonly me: string | undefined
  /** The key of the one that is on its way. */
  readonly sending: string | undefined
  /** How often each failed since it was kept or the page was opened, by key. */
  readonly attempts: ReadonlyMap<string, number>
  /** Failures in a row. */
  readonly failures: number
  /** After a failure: until `woke`. */
  readonly isResting: boolean
  /** What the last failure was. */
  readonly fault: Fault | undefined
}

export type OutboxEvent =
  /** What storage holds now: at the start, and when another tab has changed it. */
  | { readonly type: 'read'; readonly entries: readonly Entry[] }
  | { readonly type: 'session'; readonly me: string | undefined }
  /** Stored now; in place of one with the same key, or of the one that it replaces. */
  | { readonly type: 'kept'; readonly entry: Entry }
  | { readonly type: 'removed'; readonly rkey: string }
  /** There is a connection again, the person asks for it, or the rest is over. */
  | { readonly type: 'woke' }
  /** It was sent, here or elsewhere. */
  | { readonly type: 'sent'; readonly rkey: string }
  | { readonly type: 'refused'; readonly rkey: string; readonly reason: Fault }
  /** `fraction` (0..1) spreads the retries of many clients. */
  | { readonly type: 'failed'; readonly rkey: string; readonly fault: Fault; readonly fraction: number }
  /** Its author is not the one who is signed in, if anybody is. */
  | { readonly type: 'signed-out'; readonly rkey: string }

export type OutboxEffect = { readonly do: 'send'; readonly rkey: string } | { readonly do: 'rest'; readonly ms: number }

export interface OutboxStep {
  readonly state: OutboxState
  readonly effects: readonly OutboxEffect[]
}

const REST_MS_MIN = 2_000
const REST_MS_MAX = 5 * 60_000
const DOUBLINGS_MAX = 10

export const initialOutbox: OutboxState = {
  entries: [],
  me: undefined,
  sending: undefined,
  attempts: new Map(),
  failures: 0,
  isResting: false,
  fault: undefined,
}

export function step(state: OutboxState, event: OutboxEvent): OutboxStep {
  switch (event.type) {
    case 'read':
      return next({ ...state, entries: event.entries.toSorted(byAge) })
    case 'session':
      return next({ ...state, me: event.me })
    case 'kept': {
      const { entry } = event
      const others = state.entries.filter(({ rkey }) => rkey !== entry.rkey && rkey !== entry.replaces)
      return next(rested({ ...state, entries: [...others, entry].toSorted(byAge) }))
    }
    case 'removed':
      return next(without(state, event.rkey))
    case 'woke':
      return next({ ...state, isResting: false })
    case 'sent':
      return next(rested(without(idle(state, event.rkey), event.rkey)))
    case 'refused': {
      const refuse = (entry: Entry): Entry => ({ ...entry, status: 'refused', reason: event.reason })
      const entries = state.entries.map((entry) => (entry.rkey === event.rkey ? refuse(entry) : entry))
      return next({ ...idle(state, event.rkey), entries })
    }
    case 'failed':
      return failed(idle(state, event.rkey), event)
    case 'signed-out':
      return next({ ...idle(state, event.rkey), me: undefined })
  }
}

/** Whether somebody may send it now: the one rule of both the page and the worker. */
export function maySend({ author, status }: Entry, me: string | undefined): boolean {
  return status === 'waiting' && author === me
}

function next(state: OutboxState): OutboxStep {
  if (state.sending !== undefined || state.isResting) return { state, effects: [] }
  const attemptsOf = ({ rkey }: Entry) => state.attempts.get(rkey) ?? 0
  const [first] = state.entries
    .filter((entry) => maySend(entry, state.me))
    .toSorted((a, b) => attemptsOf(a) - attemptsOf(b) || byAge(a, b))
  if (first === undefined) return { state, effects: [] }
  return { state: { ...state, sending: first.rkey }, effects: [{ do: 'send', rkey: first.rkey }] }
}

function failed(state: OutboxState, { rkey, fault, fraction }: OutboxEvent & { type: 'failed' }): OutboxStep {
  const attempts = new Map(state.attempts).set(rkey, (state.attempts.get(rkey) ?? 0) + 1)
  const ceiling = Math.min(REST_MS_MAX, REST_MS_MIN * 2 ** Math.min(state.failures, DOUBLINGS_MAX))
  const ms = Math.round(ceiling / 2 + (ceiling / 2) * fraction)
  return {
    state: { ...state, attempts, fault, failures: state.failures + 1, isResting: true },
    effects: [{ do: 'rest', ms }],
  }
}

function idle(state: OutboxState, rkey: string): OutboxState {
  return state.sending === rkey ? { ...state, sending: undefined } : state
}

function rested(state: OutboxState): OutboxState {
  return { ...state, failures: 0, isResting: false, fault: undefined }
}

function without(state: OutboxState, rkey: string): OutboxState {
  const attempts = new Map(state.attempts)
  attempts.delete(rkey)
  return { ...state, attempts, entries: state.entries.filter((entry) => entry.rkey !== rkey) }
}

function byAge(a: Entry, b: Entry): number {
  return a.rkey < b.rkey ? -1 : a.rkey > b.rkey ? 1 : 0
}

import type { Fault } from '../api.ts'
import type { Entry } from './entry.ts'
import type { OutboxState } from './machine.ts'

/** How one check-in of the outbox stands, as its author is told: what it waits for, or that they have to do something. */
export type Standing =
  | 'sending'
  /** Changed or thrown away by its author; it is never sent as it is. */
  | 'refused'
  /** Its author was changing it. */
  | 'held'
  | 'signedOut'
  | 'unconnected'
  /** The server of its author's account does not answer. */
  | 'upstream'
  /** Our server answers, and cannot. */
  | 'server'
  /** Nothing has to happen first. */
  | 'soon'

interface Connection {
  readonly isOffline: boolean
}

/** `state.fault` is why sending rests, whichever entry it met. */
export function standingOf(
  { status, rkey, author }: Entry,
  { me, sending, fault }: OutboxState,
  { isOffline }: Connection,
): Standing {
  if (status !== 'waiting') return status
  if (me !== author) return 'signedOut'
  if (isOffline) return 'unconnected'
  if (sending === rkey) return 'sending'
  return fault === undefined ? 'soon' : standingAfter(fault)
}

function standingAfter({ error, status }: Fault): Standing {
  if (error === 'NetworkFailure') return 'unconnected'
  if (error === 'UpstreamFailure') return 'upstream'
  return status >= 500 ? 'server' : 'soon'
}

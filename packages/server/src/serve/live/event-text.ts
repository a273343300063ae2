import type { LiveChange } from './tail.ts'

/** Why a stream ends, or begins later than asked. */
export type LiveFault = 'ConsumerTooSlow' | 'FutureCursor' | 'BudgetExceeded'

/**
 * A change as a server-sent event. Only the last change of a position carries the id: a browser that loses the
 * connection between two of them gets both again, and never misses one.
 */
export function eventText(change: LiveChange, { isLast }: { readonly isLast: boolean }): Buffer {
  const message = messageOf(change)
  return message ? textOf(change.kind, message, isLast ? change.seq : undefined) : Buffer.alloc(0)
}

/** What is told; nothing of a check-in that is gone by now. */
export function messageOf(change: LiveChange): object | undefined {
  const { kind, seq } = change
  if (kind === 'deletion') return { seq, uri: change.uri }
  if (kind === 'account') return { seq, did: change.did }
  const checkin = change.checkin()
  return checkin && { seq, checkin }
}

export function infoText(): Buffer {
  return textOf('info', OUTDATED)
}

export function faultText(error: LiveFault, message: string): Buffer {
  return textOf('fault', { error, message })
}

export const OUTDATED = { name: 'OutdatedCursor', message: 'older events are no longer held: read the feed again' }

/** What is told to a follower who is let go. */
export const LET_GO = {
  ConsumerTooSlow: { message: 'read faster, or resume by the last position', code: 1008 },
  BudgetExceeded: { message: 'this server has used up what it may for now: come again later', code: 1013 },
} as const satisfies Partial<Record<LiveFault, { readonly message: string; readonly code: number }>>

function textOf(event: string, data: object, id?: number): Buffer {
  return Buffer.from(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`)
}

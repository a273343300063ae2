import type { Position } from '@waypost/engine'

/**
 * When the newest events of the log passed the stages of this process: from them one check-in is followed. In memory
 * alone, and bounded: an event that is further back than `POSITIONS_HELD` positions is forgotten.
 * In numbers side by side, by position, so that taking note costs no memory of its own.
 */
export interface Journeys {
  /** An event that came in here is durable. */
  logged(position: Position, passed: Passed): void
  /** Everything past `after`, up to `through`, is in the read model. */
  projected(range: Range, atMs: number): void
  /** … and was written to whoever follows live. */
  delivered(range: Range, atMs: number): void
  of(position: Position): Journey | undefined
}

/** The stages before the log, in milliseconds since 1970. */
export interface Passed {
  /** The frame came off the socket. */
  readonly receivedAt: number
  readonly verifiedAt: number
  readonly loggedAt: number
}

export interface Range {
  readonly after: Position
  readonly through: Position
}

/** Milliseconds since 1970; absent: it did not happen in this process, or has not yet. */
export type Journey = Partial<Passed> & { readonly projectedAt?: number; readonly deliveredAt?: number }

export const POSITIONS_HELD = 32_768
const STEPS = ['receivedAt', 'verifiedAt', 'loggedAt', 'projectedAt', 'deliveredAt'] as const
const PROJECTED = 3
const DELIVERED = 4

export function createJourneys(held = POSITIONS_HELD): Journeys {
  const positions = new Float64Array(held)
  const times = new Float64Array(held * STEPS.length)

  /** Where the times of a position are; what was there of an older one is forgotten. Undefined: it is too old. */
  function rowOf(position: Position): number | undefined {
    const at = position % held
    const row = at * STEPS.length
    if (positions[at]! > position) return undefined
    if (positions[at] !== position) {
      positions[at] = position
      times.fill(0, row, row + STEPS.length)
    }
    return row
  }

  function note({ after, through }: Range, step: number, atMs: number): void {
    for (let position = Math.max(after, through - held) + 1; position <= through; position++) {
      const row = rowOf(position)
      // What is delivered again, to somebody who comes back, was delivered before.
      if (row !== undefined && times[row + step] === 0) times[row + step] = atMs
    }
  }

  return {
    logged(position, { receivedAt, verifiedAt, loggedAt }) {
      const row = rowOf(position)
      if (row === undefined || times[row + 2] !== 0) return
      times[row] = receivedAt
      times[row + 1] = verifiedAt
      times[row + 2] = loggedAt
    },
    projected: (range, atMs) => note(range, PROJECTED, atMs),
    delivered: (range, atMs) => note(range, DELIVERED, atMs),
    of(position) {
      const at = position % held
      if (position < 1 || positions[at] !== position) return undefined
      const row = at * STEPS.length
      return Object.fromEntries(
        STEPS.flatMap((step, index) => (times[row + index]! > 0 ? [[step, times[row + index]!]] : [])),
      )
    },
  }
}

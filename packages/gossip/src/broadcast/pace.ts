/** How long a value may wait to travel with others: the one knob between latency and messages. */
export interface Pace {
  /** The hub sends at most one batch per window to each node. 0: no hub, each node sends to all others at once. */
  readonly windowMs: number
  /** What was received is confirmed after this long by a message of its own, if no other message has done it before. */
  readonly ackDelayMs: number
}

export type PaceName = 'fast' | 'balanced' | 'frugal'

/**
 * With one-way latency L a value is everywhere after at most L (`fast`), or `windowMs` + 2 L. The delay of
 * acknowledgements is longer than the window, so that they find a batch to travel with, and short enough that what was
 * lost just before a partition heals is sent again within two seconds.
 */
export const PACES: Readonly<Record<PaceName, Pace>> = {
  fast: { windowMs: 0, ackDelayMs: 1_200 },
  balanced: { windowMs: 300, ackDelayMs: 1_000 },
  frugal: { windowMs: 1_200, ackDelayMs: 1_300 },
}

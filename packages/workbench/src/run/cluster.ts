/** What no node may do, whatever the network does to it. Any of these decides the run. */
export const MISDEEDS = ['died', 'rubbish', 'unknown-destination', 'malformed-reply', 'no-init', 'mute'] as const
export type MisdeedKind = (typeof MISDEEDS)[number]

export interface Misdeed {
  readonly kind: MisdeedKind
  readonly node: string
  readonly words: string
  readonly atMs: number
}

/** Nodes under test: processes in real time, or programs in virtual time. */
export interface Cluster extends AsyncDisposable {
  /** Starts a node, or starts it again, if it does not run; whether it was started. It is not told its name here. */
  start(nodeId: string): boolean
  /** Takes its memory away at once, not its disk; whether it was running. */
  crash(nodeId: string): boolean
  /** How often a node was started, and how often a fault took hold of it or let it go. */
  touched(nodeId: string): Touched
  pause(nodeId: string): void
  resume(nodeId: string): void
  /** Puts a node's clock forward, and lets it and its timers run faster by a factor. */
  skewClock(nodeId: string, skew: ClockSkew): void
  /** The share of a node's writes to disk that fail from now on. */
  failDisk(nodeId: string, share: number): void
  /** Called for a node that ended because its disk failed: it may be started again. */
  onDiskDeath?: (nodeId: string) => void
  /** What nodes felt of the faults. */
  readonly felt: Readonly<Felt>
}

export interface Touched {
  lives: number
  times: number
}

export interface ClockSkew {
  readonly byMs: number
  readonly rate: number
}

export const RIGHT_CLOCK: ClockSkew = { byMs: 0, rate: 1 }

/** How often a fault made a difference to a node. */
export interface Felt {
  /** Messages and timers that a pause held up. */
  held: number
  /** Readings of a clock that was wrong, and timers that ran by one. */
  wrongReadings: number
  failedWrites: number
}

export function nothingFelt(): Felt {
  return { held: 0, wrongReadings: 0, failedWrites: 0 }
}

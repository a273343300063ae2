/** How often each kind of fault made a difference. */
export interface Tally {
  count(kind: FaultKind): void
  readonly counts: Readonly<Record<FaultKind, number>>
}

/** What can go wrong, in the order in which it is reported. */
export const FAULT_KINDS = [
  'disconnect',
  'away',
  'replay',
  'repeat',
  'outdated',
  'reset',
  'silent',
  'forged',
  'foreign',
  'append-fails',
  'append-unknown',
  'slow',
  'stall',
  'full',
  'read-fails',
  'engine-away',
  'crash',
  'disk-lost',
  'takeover',
  'zombie',
  'plug',
  'log-lost',
  'log-older',
  'join-snapshot',
  'join-damaged',
  'join-empty',
  'pause',
  'clock',
] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

export function createTally(): Tally {
  const counts = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>
  return { counts, count: (kind) => void counts[kind]++ }
}

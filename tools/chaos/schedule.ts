import { simWorld } from '@waypost/kernel/sim'

/** What is done to the cluster, with what it means: one line each, as the table and `--help` say it. */
export const FAULT_KINDS = {
  'nats-kill': 'kill -9 of one server of NATS',
  'nats-pause': 'one server of NATS stands still (SIGSTOP)',
  'ingest-kill': 'kill -9 of an ingest',
  'ingest-pause': 'an ingest stands still',
  'replica-kill': 'kill -9 of a replica',
  'replica-pause': 'a replica stands still',
  'cut-servers': 'no network between two servers of NATS',
  'cut-one': 'no network between one server of NATS and everybody',
  'cut-process': 'no network between one of our processes and one server of NATS',
  'slow-network': 'everything between the servers of NATS takes 150 ms longer',
  'power-one': 'the power of one machine fails',
  'power-two': 'the power of two machines fails at once',
  'power-all': 'the power of all machines fails at once',
  'disk-full': 'the disk of one machine is full',
  'disk-lost': 'one machine is replaced by another with an empty disk',
  'flipped-bit': 'one bit of an old block of one copy of the log is another',
  'clock-jump': 'the clock of one of our processes jumps by two minutes',
} as const

export type FaultKind = keyof typeof FAULT_KINDS

/** One fault of a run. Who it meets is drawn as numbers; what they stand for is up to the kind. */
export interface Fault {
  readonly kind: FaultKind
  /** Since the first check-in. */
  readonly atMs: number
  /** What can last lasts so long. */
  readonly forMs: number
  /** One of three, and another one of them. */
  readonly victim: 0 | 1 | 2
  readonly other: 0 | 1 | 2
  /** Whoever leads, or follows the hosts, in the victim's place. */
  readonly atLeader: boolean
}

/** Longer than anybody needs to notice, shorter than the time to the next fault. */
const FOR_MS_MIN = 4_000
const FOR_MS_MAX = 10_000

/**
 * So many faults, one every `everyMs`: each of the kinds once, in an order by the dice, then any of them. The same
 * arguments give the same faults.
 */
export function drawFaults(options: {
  readonly seed: number
  readonly count: number
  readonly everyMs: number
  readonly kinds: readonly FaultKind[]
}): readonly Fault[] {
  const { count, everyMs, kinds } = options
  const { random } = simWorld({ seed: options.seed })
  const pick = (below: number): number => Math.floor(random.fraction() * below)
  const left = [...kinds]
  return Array.from({ length: kinds.length === 0 ? 0 : count }, (_, at): Fault => {
    const kind = left.length > 0 ? left.splice(pick(left.length), 1)[0]! : kinds[pick(kinds.length)]!
    const victim = pick(3) as Fault['victim']
    const other = ((victim + 1 + pick(2)) % 3) as Fault['other']
    const forMs = FOR_MS_MIN + pick(FOR_MS_MAX - FOR_MS_MIN)
    return { kind, atMs: (at + 1) * everyMs, forMs, victim, other, atLeader: random.fraction() < 0.6 }
  })
}

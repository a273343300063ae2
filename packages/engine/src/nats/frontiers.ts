import type { NewEntry } from '../port.ts'

export interface HostCursor {
  readonly host: string
  readonly seq: number
}

/**
 * Up to which seq of each host everything that was handed to `append` is stored. Entries of different people are on
 * their way at once and may be stored in any order: only a cursor that stands before the first one missing may be
 * believed after a kill.
 * In: entries as they are handed over, stored, or given up. Out: what a message may say of its host's cursor.
 */
export interface Frontiers {
  /** Called for each entry in the order in which they are handed over. One that failed and comes again is the same. */
  begin(entry: NewEntry): void
  /** How far the host was read once this entry is stored, too: what its message says. */
  sayableBy(source: HostCursor): number
  /** The entry is in the log; `said` is what its message says, where this call has sent one. */
  stored(entry: NewEntry, said?: number): void
  /** Nobody knows whether the entry is in the log. Until it comes again, nothing is said past it. */
  failed(entry: NewEntry): void
  all(): readonly HostCursor[]
  /**
   * Frontiers that no message in the log tells of. Those that have moved since the last question may be told by the
   * next message; they are left out, unless all are asked for.
   */
  untold(options: { readonly all: boolean }): readonly HostCursor[]
  /** It is written down elsewhere. */
  told(cursor: HostCursor): void
}

interface Frontier {
  /** Seqs that were handed over, ascending, each once; those before `next` are stored. */
  seqs: number[]
  next: number
  /** How many entries of each seq are on their way. */
  readonly open: Map<number, number>
  /** The frontier itself; undefined before anything is stored. */
  reached: number | undefined
  /** What the log itself tells of it. */
  told: number
  /** Where it stood when it was last asked for. */
  seen: number | undefined
}

/** Past this the seqs that are done with are cut off. */
const DONE_MAX = 1_024
/** A seq of 0 says that an entry did not come by the host's stream. */
const NO_SEQ = 0

export function createFrontiers(): Frontiers {
  const frontiers = new Map<string, Frontier>()
  /** Entries that failed, by all that they are known by. */
  const holes = new Set<string>()

  function frontierOf(host: string): Frontier {
    let found = frontiers.get(host)
    if (!found) {
      found = { seqs: [], next: 0, open: new Map(), reached: undefined, told: -1, seen: undefined }
      frontiers.set(host, found)
    }
    return found
  }

  function close(frontier: Frontier, seq: number): void {
    const { seqs, open } = frontier
    const left = open.get(seq)! - 1
    if (left > 0) return void open.set(seq, left)
    open.delete(seq)
    while (frontier.next < seqs.length && !open.has(seqs[frontier.next]!)) reach(frontier, seqs[frontier.next++]!)
    if (frontier.next < DONE_MAX) return
    frontier.seqs = seqs.slice(frontier.next)
    frontier.next = 0
  }

  return {
    begin(entry) {
      const { source } = entry
      if (!source || source.seq === NO_SEQ) return
      if (holes.size > 0 && holes.delete(nameOf(entry))) return
      const frontier = frontierOf(source.host)
      const { seqs, open } = frontier
      const before = open.get(source.seq)
      open.set(source.seq, (before ?? 0) + 1)
      if (before === undefined) insert(seqs, source.seq, frontier.next)
    },
    sayableBy({ host, seq }) {
      const { seqs, next, open, reached = NO_SEQ } = frontierOf(host)
      return seqs[next] === seq && open.get(seq) === 1 ? Math.max(seq, reached) : reached
    },
    stored({ source }, said = -1) {
      if (!source) return
      const frontier = frontierOf(source.host)
      frontier.told = Math.max(frontier.told, said)
      if (source.seq === NO_SEQ) reach(frontier, NO_SEQ)
      else close(frontier, source.seq)
    },
    failed(entry) {
      const { source } = entry
      if (!source || source.seq === NO_SEQ) return
      // One that was handed over twice leaves one hole.
      if (holes.has(nameOf(entry))) close(frontierOf(source.host), source.seq)
      holes.add(nameOf(entry))
    },
    all: () => [...frontiers].flatMap(([host, { reached }]) => (reached === undefined ? [] : { host, seq: reached })),
    untold({ all }) {
      const found: HostCursor[] = []
      for (const [host, frontier] of frontiers) {
        const { reached, seen, told } = frontier
        frontier.seen = reached
        if (reached !== undefined && reached > told && (all || reached === seen)) found.push({ host, seq: reached })
      }
      return found
    },
    told({ host, seq }) {
      const frontier = frontierOf(host)
      frontier.told = Math.max(frontier.told, seq)
    },
  }
}

function reach(frontier: Frontier, seq: number): void {
  frontier.reached = Math.max(frontier.reached ?? NO_SEQ, seq)
}

/** Into its place among those from an index on; nearly always the last. */
function insert(seqs: number[], seq: number, from: number): void {
  let at = seqs.length
  while (at > from && seqs[at - 1]! > seq) at--
  if (at === from || seqs[at - 1] !== seq) seqs.splice(at, 0, seq)
}

/** Keys, ids and hosts have no NUL. */
function nameOf({ key, id, source }: NewEntry): string {
  return `${source!.seq}\0${source!.host}\0${key}\0${id}`
}

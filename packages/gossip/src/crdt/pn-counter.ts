/**
 * A counter that goes up and down (Shapiro et al., 2011): what each writer has added and taken away in all. Both only
 * rise, and only their writer raises them. A delta has the same shape: the entries that changed. A writer that has lost
 * its memory needs another name, or what it counts anew is lost in what it had counted.
 */
export type PnCounter = ReadonlyMap<string, Tally>

export interface Tally {
  readonly added: number
  readonly taken: number
}

const NOTHING: Tally = { added: 0, taken: 0 }

export function countDelta(counter: PnCounter, writer: string, by: number): PnCounter {
  const { added, taken } = counter.get(writer) ?? NOTHING
  return new Map([[writer, by >= 0 ? { added: added + by, taken } : { added, taken: taken - by }]])
}

export function joinCounters(a: PnCounter, b: PnCounter): PnCounter {
  const joined = new Map(a)
  for (const [writer, theirs] of b) {
    const ours = joined.get(writer) ?? NOTHING
    joined.set(writer, {
      added: Math.max(ours.added, theirs.added),
      taken: Math.max(ours.taken, theirs.taken),
    })
  }
  return joined
}

export function countOf(counter: PnCounter): number {
  let sum = 0
  for (const { added, taken } of counter.values()) sum += added - taken
  return sum
}

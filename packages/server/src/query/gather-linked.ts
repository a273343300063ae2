import type { Belief } from './belief.ts'
import { mergeEntries } from './directory/merge-entries.ts'
import { kindOf, type Gathered, type Gatherer } from './gather.ts'

/**
 * In: places as they are gathered without anybody's word. Out: the same where those of which people say that they are one
 * are one, as far as that is believed. Promise: whichever of them is asked for, the answer is the same.
 */
export interface Linked {
  readonly whole: Gathered
  /** What it is made of: what gives the place its id and its name comes first. */
  readonly parts: readonly Gathered[]
}

/** So many become one; more is nobody's mistake. */
const PARTS_MAX = 8

/** All that is one place with this. */
export function prepareLinking(parts: Gatherer, belief: Belief): (first: Gathered) => Linked {
  return (first) => {
    const found = [first]
    const absorbed = new Set<Gathered>()
    for (const part of found) {
      for (const id of belief.named(part.ids)) {
        const at = found.findIndex(({ ids }) => ids.includes(id))
        // Whoever stands before was asked about this one already.
        if (at !== -1 && at <= found.indexOf(part)) continue
        const other = found[at] ?? parts.gather(id)
        const verdict = other && belief.between(part, other)
        if (other === undefined || !verdict?.isBelieved) continue
        for (const one of verdict.absorbed) absorbed.add(one)
        if (at === -1 && found.length < PARTS_MAX) found.push(other)
      }
    }
    if (found.length === 1) return { whole: first, parts: found }
    const ordered = found.toSorted((a, b) => compare(a, b, absorbed))
    return { whole: join(ordered), parts: ordered }
  }
}

/** A gatherer that follows links; it answers what others do, with more in it. */
export function followLinks(parts: Gatherer, linking: (first: Gathered) => Linked): Gatherer {
  return {
    gather(id) {
      const first = parts.gather(id)
      return first && linking(first).whole
    },
    gatherKnown: (known) => linking(parts.gatherKnown(known)).whole,
    gatherSeen: (row) => linking(parts.gatherSeen(row)).whole,
  }
}

/** Smaller is first: what was not said to be a part, what a dataset knows, where the most people were, the better id. */
function compare(a: Gathered, b: Gathered, absorbed: ReadonlySet<Gathered>): number {
  const rank = (part: Gathered): readonly number[] => [
    absorbed.has(part) ? 1 : 0,
    part.known === undefined ? 1 : 0,
    -part.seen.reduce((sum, { person_count: count }) => sum + count, 0),
    kindOf(part.ids[0]!),
  ]
  const [ranks, others] = [rank(a), rank(b)]
  const difference = ranks.map((each, nth) => each - others[nth]!).find((each) => each !== 0)
  return difference ?? (a.ids[0]! < b.ids[0]! ? -1 : 1)
}

function join(parts: readonly Gathered[]): Gathered {
  const [known, ...others] = parts.flatMap((part) => part.known ?? [])
  return {
    known: known && mergeEntries([known, ...others]),
    seen: parts.flatMap(({ seen }) => seen),
    ids: [...new Set(parts.flatMap(({ ids }) => ids))],
  }
}

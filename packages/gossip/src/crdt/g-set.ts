/** A set that only grows (Shapiro et al., 2011). A delta is a set too: of what was added. */
export type GSet<T> = ReadonlySet<T>

/** What to join, here and elsewhere, so that the element is in; empty if it is in already. */
export function addDelta<T>(set: GSet<T>, element: T): GSet<T> {
  return new Set(set.has(element) ? [] : [element])
}

export function joinSets<T>(a: GSet<T>, b: GSet<T>): GSet<T> {
  return a.union(b)
}

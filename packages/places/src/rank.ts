/** What of a place, besides its name, decides how likely somebody means it. */
export interface Weighed {
  /** 0 to 1: how likely anybody means it, everything else being equal. */
  readonly importance: number
  /** Metres, where a position is known. */
  readonly distance?: number | undefined
  /** How often whoever asks was there. */
  readonly visits?: number | undefined
}

/** At this distance a place counts about half of what it would count in the same town … */
const HALF_WAY_M = 30_000
/** … and at this one about half of what it would count right here. */
const STEPS_AWAY_M = 150
/** What is left of a place's rank at the other end of the world; the rest is shared by town and here. */
const FAR_SHARE = 0.1
const TOWN_SHARE = 0.4
const HERE_SHARE = 0.5

/** Keeps the smallest place in sight of the largest, where the name fits. */
const IMPORTANCE_FLOOR = 0.2

/** A hundred check-ins make up for a third of importance. */
const POPULARITY_SHARE = 1 / 16

/** A place with many check-ins counts as nearer than it is: a few hundred halve the way. */
const POPULARITY_NEARER = 1 / 8

/**
 * A town's point is its middle, which says little about where in it one is: whatever else is about as near goes first.
 */
const TOWN_HANDICAP_M = 500

/** Haunts count as nearer than they are, by this much per visit and at most by the second number. */
const VISIT_M = 25
const VISITS_M_MAX = 150

/** How likely somebody means a place, 0 to 1, by its importance and how many check in there. */
export function weightOf(importance: number, checkinCount: number): number {
  return Math.min(1, importance + Math.log2(1 + checkinCount) * POPULARITY_SHARE)
}

/** How well a place answers a text, above 0 where it fits (`fit` as of `fitOf`); more is better. */
export function rankOf(fit: number, { importance, distance, visits = 0 }: Weighed): number {
  const nearness =
    distance === undefined
      ? 1
      : FAR_SHARE + TOWN_SHARE / (1 + distance / HALF_WAY_M) + HERE_SHARE / (1 + distance / STEPS_AWAY_M)
  return fit * (IMPORTANCE_FLOOR + importance) * nearness * habit(visits)
}

/** By how many metres a place counts as farther away than it is. */
export function handicapOf(category: string | null | undefined): number {
  return category === 'place.town' ? TOWN_HANDICAP_M : 0
}

/** The metres that a place around a position counts as; less is better. */
export function asNear(distance: number, { checkinCount, visits }: { checkinCount: number; visits: number }): number {
  const haunt = Math.max(0, distance - Math.min(VISITS_M_MAX, visits * VISIT_M))
  return haunt / (1 + Math.log2(1 + checkinCount) * POPULARITY_NEARER)
}

/** From 1 for a place where somebody never was, past 1.5 after three visits, to 2 for a haunt. */
function habit(visits: number): number {
  return 1 + Math.min(1, Math.log2(1 + visits) / 4)
}

import type { Queries } from '#query/queries.ts'
import { STRANGER } from '#query/sight.ts'
import { visibleTo } from '#view/visible-to.ts'
import { rowsOf } from './rows.ts'
import { QUARTER_MS, type Presences } from './presences.ts'

/**
 * How many are at a place, so coarse that nobody's coming or leaving shows. In: who was there when this quarter of an
 * hour began, and whose check-in anybody may see. Out: a step that so many reach beside the largest circle of those whom
 * one account sees by name. Promise: the same for every viewer, and until the quarter ends; behind each count that is
 * shown there are five people of whom whoever looks sees no name.
 */
export interface Crowds {
  /** `places`: all ids of one place, its own first. Undefined below the first step. */
  atLeast(places: readonly string[], nowMs: number): number | undefined
}

const STEPS = [100, 50, 20, 10, 5] as const
const CROWD_MIN = 5
/** Of more people only these are looked at: the last step is below it. */
const COUNTED_MAX = 200

export function createCrowds(presences: Pick<Presences, 'stoodAt'>): {
  of(queries: Pick<Queries, 'checkinId' | 'checkins' | 'largestCircle'>): Crowds
} {
  /** Places where enough people are that there is something to count, so a fifth of all people at most. */
  const counted = new Map<string, number | undefined>()
  let quarter = 0
  return {
    of: (queries) => ({
      atLeast(places, nowMs) {
        const present = presences.stoodAt(places, nowMs)
        if (present.length < CROWD_MIN) return undefined
        if (quarter !== Math.floor(nowMs / QUARTER_MS)) {
          quarter = Math.floor(nowMs / QUARTER_MS)
          counted.clear()
        }
        const key = places[0]!
        if (!counted.has(key)) {
          const rows = visibleTo(STRANGER, rowsOf(queries, present.slice(0, COUNTED_MAX), places))
          const people = rows.map(({ author }) => author.id)
          const strangers = people.length - queries.largestCircle(people)
          counted.set(
            key,
            STEPS.find((step) => step <= strangers),
          )
        }
        return counted.get(key)
      },
    }),
  }
}

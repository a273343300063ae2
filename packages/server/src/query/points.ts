import { CONTRADICTION_MS, isPossible } from '#project/mayor-rule.ts'
import { weekOf, localDay } from '#project/local-day.ts'

/** What a check-in is worth to friends: the whole of the rule, as data. `docs/game.md` shows the same table. */
export const RULES = [
  { id: 'checkin', points: 1, label: 'Check-in', about: 'Every check-in, up to five a day.' },
  { id: 'new-place', points: 5, label: 'New place', about: 'The first time ever at a place.' },
  { id: 'new-category', points: 10, label: 'New category', about: 'The first time ever at a place of its kind.' },
  { id: 'photo', points: 2, label: 'Photo', about: 'A check-in with a photo, once a place and day.' },
  {
    id: 'friend',
    points: 3,
    label: 'With a friend',
    about: 'A check-in with somebody whom one follows and who agrees to it, once a day for each.',
  },
  { id: 'streak', points: 5, label: 'Streak', about: 'The first check-in of a week, after a week that had one.' },
] as const

export type RuleId = (typeof RULES)[number]['id']

/** Points for merely being somewhere end here. */
const CHECKINS_A_DAY_MAX = 5

export interface PointedVisit {
  readonly id: number
  readonly sort: number
  readonly zone: number | null
  readonly place: number | null
  readonly category: string | null
  readonly lat: number
  readonly lon: number
  readonly hasPoint: boolean
  /** Told as it happened; others are history: they make a place known and earn nothing. */
  readonly lived: boolean
  readonly photos: number
  /** Ids of those in it whom its author follows. */
  readonly friends: readonly number[]
}

export interface Points {
  readonly id: number
  readonly sort: number
  readonly by: readonly RuleId[]
}

/** Where somebody was before the visits that are looked at. */
export interface Before {
  readonly places: Iterable<number>
  readonly categories: Iterable<string>
}

/**
 * What is worth something for the first time in a week needs the week before it; days and contradictions need less.
 * Visits from so long before the first in question are enough, wherever on Earth its week began.
 */
export const LOOKED_BACK_MS = 16 * 86_400_000

/**
 * In: visible visits of one person, in order of time: all of them, or those since `LOOKED_BACK_MS` and what was before.
 * Out: what each is worth; nothing for one that they cannot have made, having been elsewhere. Pure, so that anyone can
 * check it against public records.
 */
export function pointsOf(
  visits: readonly PointedVisit[],
  before: Before = { places: [], categories: [] },
): readonly Points[] {
  const places = new Set(before.places)
  const categories = new Set(before.categories)
  const weeks = new Set<number>()
  /** What is worth something once a day: how often it was already. */
  const today = { day: Number.NaN, checkins: 0, once: new Set<string>() }
  return visits.map((visit, nth) => {
    const { id, sort, place, category } = visit
    const day = localDay(visit)
    const by: RuleId[] = []
    if (day !== today.day) Object.assign(today, { day, checkins: 0, once: new Set<string>() })
    const once = (what: string): boolean => !today.once.has(what) && today.once.add(what) !== undefined
    const isCounted = visit.lived && isPlausible(visits, nth)
    if (isCounted) {
      if (++today.checkins <= CHECKINS_A_DAY_MAX) by.push('checkin')
      if (place !== null && !places.has(place)) by.push('new-place')
      if (category !== null && !categories.has(category)) by.push('new-category')
      if (visit.photos > 0 && once(`photo ${place ?? id}`)) by.push('photo')
      by.push(...visit.friends.filter((friend) => once(`friend ${friend}`)).map(() => 'friend' as const))
      const week = weekOf(day)
      if (!weeks.has(week) && weeks.has(week - 1)) by.push('streak')
    }
    if (place !== null) places.add(place)
    if (category !== null) categories.add(category)
    weeks.add(weekOf(day))
    return { id, sort, by }
  })
}

/** As for mayors: whatever the same person told as it happened is looked at, also beyond what lies between. */
function isPlausible(visits: readonly PointedVisit[], nth: number): boolean {
  const visit = visits[nth]!
  if (!visit.hasPoint) return true
  for (const step of [-1, 1]) {
    for (let at = nth + step; at >= 0 && at < visits.length; at += step) {
      const other = visits[at]!
      if (Math.abs(other.sort - visit.sort) > CONTRADICTION_MS) break
      if (other.lived && other.hasPoint && !isPossible(visit, other)) return false
    }
  }
  return true
}

export function worth(by: readonly RuleId[]): number {
  return by.reduce((sum, rule) => sum + RULES.find(({ id }) => id === rule)!.points, 0)
}

import { distanceMetres } from './coordinates.ts'
import { localDay } from './local-day.ts'

/**
 * Who is the mayor of a place: whoever was there on the most different days of the last 60, and of several the one who
 * reached that number first. Pure: a function of the visits and of a moment, so that anyone can check it against the
 * public records. `docs/game.md` tells it in words.
 */

/** A day counts until so many days later. */
export const WINDOW_DAYS = 60
/** Nobody travels faster, metres an hour; what is nearer than the slack needs no travel. */
const SPEED_MAX = 1_000_000
const SLACK_METRES = 1_000
const HOUR_MS = 3_600_000
/** Half round the Earth at that speed: visits further apart in time never contradict each other. */
export const CONTRADICTION_MS = 20.1 * HOUR_MS

/** A visit told as it happened, by somebody who may be seen. */
export interface Stay {
  readonly person: number
  /** Milliseconds since 1970. */
  readonly sort: number
  readonly zone: number | null
  readonly lon: number | null
}

/** Whether one person can have been at both. Order does not matter; who was in two places was in neither. */
export function isPossible(a: Spot, b: Spot): boolean {
  const hours = Math.abs(a.sort - b.sort) / HOUR_MS
  return distanceMetres(a, b) <= SLACK_METRES + SPEED_MAX * hours
}

export interface Spot {
  readonly sort: number
  readonly lat: number
  readonly lon: number
}

/** Who is mayor from a moment on, until the next change. */
export interface Change {
  readonly person: number
  /** The moment of the visit that decided it. */
  readonly since: number
}

interface Guest {
  readonly person: number
  /** Days counted, and the first moment of each; those before `start` no longer count. */
  readonly days: { readonly day: number; readonly at: number }[]
  start: number
  /** When they were there last, counted or not. */
  last: number
}

/**
 * The changes from a moment on, decided at each visit. In: stays in order of time, each plausible, from `WINDOW_DAYS`
 * before that moment at least; who was mayor until then. `compare` orders people of whom nothing else tells who was
 * earlier.
 */
export function changesOf(
  stays: readonly Stay[],
  { from, mayor, compare }: { from: number; mayor: number | undefined; compare: (a: number, b: number) => number },
): readonly Change[] {
  return enterAll(openBook(compare), stays, { from, mayor })
}

/** The same where the book already holds all stays before these. */
export function enterAll(
  book: Book,
  stays: readonly Stay[],
  { from, mayor }: { readonly from: number; readonly mayor: number | undefined },
): readonly Change[] {
  const changes: Change[] = []
  let last = mayor
  for (const [nth, stay] of stays.entries()) {
    const person = book.enter(stay)
    // Those who come at the same moment are decided together.
    if (stay.sort < from || stays[nth + 1]?.sort === stay.sort || person === undefined || person === last) continue
    changes.push({ person, since: stay.sort })
    last = person
  }
  return changes
}

/** The mayor at a moment after all stays, with the days that count; undefined where nobody has any. */
export function mayorAt(
  stays: readonly Stay[],
  today: number,
  compare: (a: number, b: number) => number,
): { readonly person: number; readonly days: number } | undefined {
  const book = openBook(compare)
  for (const stay of stays) book.enter(stay)
  return book.best(today)
}

/** Who was there on which days, as far as it still counts. Stays are entered in order of time. */
export interface Book {
  /** Answers who is mayor once this stay has come. */
  enter(stay: Stay): number | undefined
  /** The mayor on a day after all stays. */
  best(day: number): { readonly person: number; readonly days: number } | undefined
}

export function openBook(compare: (a: number, b: number) => number): Book {
  const guests = new Map<number, Guest>()
  let mayor: Guest | undefined
  let today = Number.NEGATIVE_INFINITY

  const count = (guest: Guest): number => guest.days.length - guest.start
  const reachedAt = (guest: Guest): number => guest.days.at(-1)!.at
  function isBefore(a: Guest, b: Guest): boolean {
    return count(a) !== count(b)
      ? count(a) > count(b)
      : reachedAt(a) !== reachedAt(b)
        ? reachedAt(a) < reachedAt(b)
        : compare(a.person, b.person) < 0
  }
  function age(guest: Guest): void {
    while (guest.start < guest.days.length && guest.days[guest.start]!.day <= today - WINDOW_DAYS) guest.start++
  }
  /** Of all; needed only when the day turns, since within a day nobody loses one. */
  function decide(): void {
    mayor = undefined
    for (const guest of guests.values()) {
      age(guest)
      if (count(guest) === 0) guests.delete(guest.person)
      else if (mayor === undefined || isBefore(guest, mayor)) mayor = guest
    }
  }

  return {
    enter(stay) {
      const day = localDay(stay)
      const guest = guests.get(stay.person) ?? { person: stay.person, days: [], start: 0, last: -Infinity }
      guests.set(stay.person, guest)
      // The same place within an hour counts once, also across midnight. Of the stay just before, whether it counted or not:
      // otherwise it would matter from which one on somebody counts.
      const isNewDay = stay.sort - guest.last >= HOUR_MS && (guest.days.at(-1)?.day ?? -Infinity) < day
      guest.last = stay.sort
      if (isNewDay) guest.days.push({ day, at: stay.sort })
      if (day > today) {
        today = day
        decide()
      } else if (isNewDay) {
        age(guest)
        if (count(guest) > 0 && guest !== mayor && (mayor === undefined || isBefore(guest, mayor))) mayor = guest
        // Whoever reaches more days is the later one of those with as many.
        else if (guest === mayor) decide()
      }
      return mayor?.person
    },
    best(day) {
      today = Math.max(today, day)
      decide()
      return mayor && { person: mayor.person, days: count(mayor) }
    },
  }
}

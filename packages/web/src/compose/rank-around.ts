import {
  areAlike,
  askedWords,
  asNear,
  fitOf,
  handicapOf,
  isPoor,
  namedOf,
  OTHER_NAME_FIT,
  rankOf,
  weightOf,
  type Named,
} from '@waypost/places'
import { type LngLat, metresBetween, readGeo } from '../map/mercator.ts'
import type { PlaceView } from '../views.ts'

/** A place with what is looked for in its name made ready, which takes longer than looking. */
export interface KnownPlace {
  readonly place: PlaceView
  readonly named: Named
  readonly at: LngLat | undefined
  /** The server found it by the text, if by a name in another language. */
  readonly isFound: boolean
}

export interface Wanted {
  readonly text: string
  /** Where the person is; undefined where nobody said. */
  readonly at: LngLat | undefined
  /** How often the person was at places, by their ids. */
  readonly visits: ReadonlyMap<string, number>
}

export interface Ranked {
  readonly places: readonly PlaceView[]
  /** There is hardly an answer: others may know more. */
  readonly isPoor: boolean
}

/** How likely somebody means a place of which nothing is known but what a cell says. */
const IMPORTANCE = 0.2

/** A new place is compared with those up to here. */
const SIMILAR_METRES_MAX = 300
const SIMILAR_MAX = 10

export function knownPlaces(
  places: readonly PlaceView[],
  { isFound }: { readonly isFound: boolean },
): readonly KnownPlace[] {
  return places.map((place) => ({ place, named: namedOf(place), at: readGeo(place.geo), isFound }))
}

/**
 * The places that answer, best first, with their distances: around a position the nearest, for a text those that fit,
 * and where those are few also those that fit but for slips. The server knows neither the position nor the text.
 */
export function rankAround(known: readonly KnownPlace[], { text, at, visits }: Wanted): Ranked {
  const words = askedWords(text)
  const fits = fitsOf(known, words)
  const ranked = known.flatMap((each, index) => {
    const fit = fits[index]!
    if (fit === 0) return []
    const place = seen(each, { at, visits })
    return [{ place, rank: words.length === 0 ? -nearness(place) : rank(place, fit) }]
  })
  const places = ranked.toSorted((a, b) => b.rank - a.rank).map(({ place }) => place)
  return { places, isPoor: words.length === 0 ? places.length === 0 : isPoor(fits.filter((fit) => fit > 0)) }
}

/** Places near by that may be the one that is meant, nearest first: for who is about to add one. */
export function similarAround(known: readonly KnownPlace[], name: string, at: LngLat): PlaceView[] {
  return known
    .map((each) => seen(each, { at, visits: new Map() }))
    .filter((place) => (place.distance ?? Infinity) <= SIMILAR_METRES_MAX && areAlike(place.name, name))
    .toSorted((a, b) => a.distance! - b.distance!)
    .slice(0, SIMILAR_MAX)
}

function fitsOf(known: readonly KnownPlace[], words: ReturnType<typeof askedWords>): readonly number[] {
  if (words.length === 0) return known.map(() => 1)
  const fits = (slips: boolean): readonly number[] =>
    known.map(({ named, isFound }) => fitOf(words, named, { slips }) || (isFound ? OTHER_NAME_FIT : 0))
  const exact = fits(false)
  return isPoor(exact.filter((fit) => fit > 0)) ? fits(true) : exact
}

/** The place as this person sees it: how far, and how often they were there. */
function seen({ place, at: where }: KnownPlace, { at, visits }: Omit<Wanted, 'text'>): PlaceView {
  const count = visits.get(place.id)
  return {
    ...place,
    ...(at !== undefined && where !== undefined && { distance: Math.round(metresBetween(where, at)) }),
    ...(count !== undefined && { viewer: { checkinCount: count } }),
  }
}

function nearness({ distance = Infinity, category, checkinCount, viewer }: PlaceView): number {
  return asNear(distance + handicapOf(category), { checkinCount, visits: viewer?.checkinCount ?? 0 })
}

function rank({ distance, checkinCount, viewer }: PlaceView, fit: number): number {
  return rankOf(fit, { importance: weightOf(IMPORTANCE, checkinCount), distance, visits: viewer?.checkinCount })
}

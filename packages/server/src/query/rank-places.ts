import { asNear, askedWords, fitOf, namedOf, OTHER_NAME_FIT, rankOf, weightOf, type AskedWords } from '@waypost/places'
import type { VisitedPlace } from '#project/read-checkin.ts'
import type { PlaceSearch } from './place.ts'
import type { PlaceRow } from './place-row.ts'

/** What of a place is weighed. */
export type Weighed = Pick<PlaceRow, 'id' | 'ids' | 'name' | 'address' | 'checkinCount' | 'distance'>

/** A place that may be the answer to a search. */
export interface Candidate<Row extends Weighed = PlaceRow> {
  readonly row: Row
  /** 0 to 1, before anybody checked in there. */
  readonly importance: number
  /** The metres that it counts as where nothing but a position is known. */
  readonly effective: number
}

/** Best first. `visits`: how often whoever asks was at places, by their ids. */
export function rankPlaces<Row extends Weighed>(
  candidates: readonly Candidate<Row>[],
  { text, near }: PlaceSearch,
  visits: ReadonlyMap<string, number>,
): readonly Row[] {
  const words = askedWords(text ?? '')
  const score = ({ row, importance, effective }: Candidate<Row>): number => {
    const { distance, checkinCount } = row
    const own = row.ids.reduce((sum, id) => sum + (visits.get(id) ?? 0), 0)
    if (text === undefined && near) return -asNear(effective, { checkinCount, visits: own })
    const weight = weightOf(importance, checkinCount)
    // Before anything is asked, it is their own places that people look for.
    if (words.length === 0) return weight + own
    return rankOf(fitOfPlace(words, row) || OTHER_NAME_FIT, { importance: weight, distance, visits: own })
  }
  return candidates
    .map((candidate) => ({ row: candidate.row, score: score(candidate) }))
    .toSorted((a, b) => b.score - a.score || (a.row.id < b.row.id ? -1 : 1))
    .map(({ row }) => row)
}

/** How well a place's own name fits a text, slips forgiven; 0 where it does not. */
export function fitOfPlace(words: AskedWords, place: Pick<VisitedPlace, 'name' | 'address'>): number {
  return fitOf(words, namedOf(place), { slips: true })
}

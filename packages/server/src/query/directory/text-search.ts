import type Database from 'better-sqlite3'
import { fitOf, isPoor, nameForms, OTHER_NAME_FIT, rankOf, SLIP_SHARE, type AskedWords } from '@waypost/places'
import { distanceMetres } from '#project/coordinates.ts'
import { findNearest, type NearestIndex } from './nearest.ts'
import type { DirectoryQuery } from './place-port.ts'
import { prepareSpelling, type Spelling } from './spelling.ts'

/** Of a text's matches, this many of the most important are ranked. */
const IMPORTANT_MAX = 200

/** Where there are more matches than that, the places nearest by are looked through too, this many. */
const NEARBY_MAX = 200

/** Of one and the same name, this many of the most important are ranked. */
const NAMESAKES_MAX = 100

/** A word that is in the names of so many places is not taken for a slip at first. */
const KNOWN_PLACES_MIN = 20

/** Of a text with so many words of so many letters, shorter words are left to the ranking. */
const TELLING_MIN = 3
const TELLING_LETTERS_MIN = 4

const RANKED = 'place.number, name, place.key, place.area, place.latitude, place.longitude, place.importance'

interface Candidate {
  readonly number: number
  readonly name: string
  readonly key: string
  readonly area: string
  readonly latitude: number
  readonly longitude: number
  readonly importance: number
}

/** The numbers of the places that answer a text, best first. */
export type TextSearch = (words: AskedWords, near: DirectoryQuery['near']) => readonly number[]

export function prepareTextSearch(db: Database.Database, nearest: NearestIndex): TextSearch {
  const candidate = db.prepare<[number], Candidate>(`select ${RANKED} from place where number = ?`)
  const important = db.prepare<[string], Candidate>(
    `select ${RANKED} from word join place on place.number = word.rowid
     where word match ? order by word.rowid limit ${IMPORTANT_MAX}`,
  )
  const namesakes = db.prepare<[string], Candidate>(
    `select ${RANKED} from place where key = ? order by number limit ${NAMESAKES_MAX}`,
  )
  const spelling = prepareSpelling(db)

  /** By number, how well each place fits, of the most important and the nearest that an index of words has a match in. */
  function lookFor(match: string, { words, near, slips }: Asked & { slips: boolean }): Fits {
    const fits: Fits = new Map()
    const offer = (place: Candidate, otherwise: number): void => {
      const fit = fitOf(words, { forms: formsOf(place), area: place.area }, { slips }) || otherwise
      if (fit > 0) fits.set(place.number, { place, fit })
    }
    const found = important.all(match)
    // What the name itself does not say was found by a name in another language, of which no more is known here.
    for (const place of found) offer(place, slips ? OTHER_NAME_FIT * SLIP_SHARE : OTHER_NAME_FIT)
    if (found.length < IMPORTANT_MAX) return fits
    for (const form of formsAsked(words)) for (const place of namesakes.all(form)) offer(place, 0)
    if (near) for (const number of findNearest(nearest, near, NEARBY_MAX)) offer(candidate.get(number)!, 0)
    return fits
  }

  /** What may have been meant: first where only words are mistyped that hardly any name has, then where any may be. */
  function lookForMeant(asked: Asked): Fits {
    for (const knownFrom of [KNOWN_PLACES_MIN, Infinity]) {
      const match = mendedMatchOf(asked.words, spelling, knownFrom)
      const found: Fits = match === undefined ? new Map() : lookFor(match, { ...asked, slips: true })
      if (found.size > 0) return found
    }
    return new Map()
  }

  return (words, near) => {
    if (words.length === 0) return []
    const exact = lookFor(matchOf(words), { words, near, slips: false })
    const all = isPoor(exact.values().map(({ fit }) => fit))
      ? new Map([...lookForMeant({ words, near }), ...exact])
      : exact
    return Array.from(all.values(), ({ place, fit }) => {
      const { number, importance } = place
      return { number, rank: rankOf(fit, { importance, distance: near && distanceBetween(near, place) }) }
    })
      .toSorted((a, b) => b.rank - a.rank || a.number - b.number)
      .map(({ number }) => number)
  }
}

interface Asked {
  readonly words: AskedWords
  readonly near: DirectoryQuery['near']
}

type Fits = Map<number, { readonly place: Candidate; readonly fit: number }>

/** Each word begins a word of the name or the area, and at least one begins a word of the name. */
function matchOf(words: AskedWords): string {
  const beginnings = telling(words).map(beginningOf)
  if (beginnings.length === 1) return `key : (${beginnings[0]})`
  return `(${beginnings.join(') AND (')}) AND key : (${beginnings.join(' OR ')})`
}

/**
 * The same where words that are in fewer names than `knownFrom` may be slips for words that are in the name; undefined
 * where there are none.
 */
function mendedMatchOf(words: AskedWords, spelling: Spelling, knownFrom: number): string | undefined {
  let isMended = false
  const parts = telling(words).map((ways) => {
    const likely = spelling.placesWith(ways[0]!) < knownFrom ? ways.flatMap((way) => spelling.likelyFor(way)) : []
    if (likely.length === 0) return `(${beginningOf(ways)})`
    isMended = true
    return `key : (${[beginningOf(ways), ...likely.map((word) => `"${word}"`)].join(' OR ')})`
  })
  return isMended ? parts.join(' AND ') : undefined
}

/** Without the short words of a long text, which the index has too many matches for to look them all up. */
function telling(words: AskedWords): AskedWords {
  const long = words.filter(([way]) => way!.length >= TELLING_LETTERS_MIN)
  return long.length >= TELLING_MIN ? long : words
}

function beginningOf(ways: readonly string[]): string {
  // Folded words have no quote in them.
  return ways.map((way) => `"${way}"*`).join(' OR ')
}

/** The text as the key of a name. */
function formsAsked(words: AskedWords): readonly string[] {
  const plain = words.map(([way]) => way).join(' ')
  const writtenOut = words.map((ways) => ways.at(-1)).join(' ')
  return plain === writtenOut ? [plain] : [plain, writtenOut]
}

function formsOf({ name, key }: Candidate): readonly string[] {
  // Most names have but one, which is known.
  return /^[ -~]*$/.test(name) ? [key] : nameForms(name)
}

interface Position {
  readonly latitude: number
  readonly longitude: number
}

/** Metres. */
export function distanceBetween(a: Position, b: Position): number {
  return distanceMetres({ lat: a.latitude, lon: a.longitude }, { lat: b.latitude, lon: b.longitude })
}

import type Database from 'better-sqlite3'
import { assert } from '@waypost/kernel'
import { distanceMetres } from '#project/coordinates.ts'
import type { Directory, DirectoryPlace, DirectoryQuery, FoundPlace } from './place-port.ts'
import { foldName } from './fold-name.ts'
import { findNearest, type NearestIndex } from './nearest.ts'
import { matches, rankOf } from './rank.ts'

/** Nobody pages further; past it a search has no more results. */
const RESULTS_MAX = 500

/** Of a text's matches, this many of the most important are ranked. */
const IMPORTANT_MAX = 200

/** Where there are more matches than that, the places nearest by are looked through too, this many. */
const NEARBY_MAX = 200

/** Of one and the same name, this many of the most important are ranked. */
const NAMESAKES_MAX = 100

/** Of a larger file the rest is read through the cache. */
const MAPPED_BYTES_MAX = 1_073_741_824

/** Words of a text past these are not looked at. */
const WORDS_MAX = 8

interface Row {
  readonly number: number
  readonly id: string
  readonly name: string
  readonly category: string | null
  readonly latitude: number
  readonly longitude: number
  readonly address: string | null
  readonly refs: string
  readonly importance: number
  readonly attribution: string | null
}

interface Candidate {
  readonly number: number
  readonly key: string
  readonly area: string
  readonly latitude: number
  readonly longitude: number
  readonly importance: number
}

/** The directory in an open file that `buildDirectory` made. */
export function searchDirectory(db: Database.Database): Directory {
  // The file never changes while it is open: its pages are read where they lie.
  db.pragma(`mmap_size = ${MAPPED_BYTES_MAX}`)
  const nearest = loadNearest(db)
  const ranked = 'place.number, place.key, place.area, place.latitude, place.longitude, place.importance'
  const byId = db.prepare<[string], Row>('select * from place where id = ?')
  const byNumber = db.prepare<[number], Row>('select * from place where number = ?')
  const candidate = db.prepare<[number], Candidate>(`select ${ranked} from place where number = ?`)
  const important = db.prepare<[string], Candidate>(
    `select ${ranked} from word join place on place.number = word.rowid
     where word match ? order by word.rowid limit ${IMPORTANT_MAX}`,
  )
  const namesakes = db.prepare<[string], Candidate>(
    `select ${ranked} from place where key = ? order by number limit ${NAMESAKES_MAX}`,
  )

  function candidatesFor(words: readonly string[], near: DirectoryQuery['near']): readonly Candidate[] {
    const found = important.all(matchOf(words))
    if (found.length < IMPORTANT_MAX) return found
    const nearby = near ? findNearest(nearest, near, NEARBY_MAX).map((number) => candidate.get(number)!) : []
    const more = [...namesakes.all(words.join(' ')), ...nearby.filter((place) => matches(words, place))]
    const all = new Map([...found, ...more].map((place) => [place.number, place]))
    return [...all.values()]
  }

  function byText(words: readonly string[], near: DirectoryQuery['near']): readonly number[] {
    if (words.length === 0) return []
    const ranks = candidatesFor(words, near).map((place) => {
      const distance = near && distanceBetween(near, place)
      return { number: place.number, rank: rankOf(words, { ...place, distance }) }
    })
    return ranks.toSorted((a, b) => b.rank - a.rank || a.number - b.number).map(({ number }) => number)
  }

  function numbersFor({ text, near }: DirectoryQuery, count: number): readonly number[] {
    if (text !== undefined && text.trim() !== '') {
      const words = foldName(text)
        .split(' ')
        .filter((word) => word !== '')
      return byText(words.slice(0, WORDS_MAX), near)
    }
    if (near) return findNearest(nearest, near, count)
    return Array.from({ length: Math.min(count, nearest.numbers.length) }, (_, at) => at + 1)
  }

  return {
    get(id) {
      const row = byId.get(id)
      return row && placeOf(row)
    },
    search(query) {
      const { limit, offset, near } = query
      assert(Number.isSafeInteger(limit) && limit > 0, 'a limit is an integer, 1 or more')
      assert(Number.isSafeInteger(offset) && offset >= 0, 'an offset is an integer, 0 or more')
      const end = Math.min(offset + limit, RESULTS_MAX)
      if (offset >= end) return []
      return numbersFor(query, end)
        .slice(offset, end)
        .map((number) => foundPlace(byNumber.get(number)!, near))
    },
    count: () => nearest.numbers.length,
    close: () => void db.close(),
  }
}

/** Each word begins a word of the name or the area, and at least one begins a word of the name. */
function matchOf(words: readonly string[]): string {
  // Folded words have no quote in them.
  const prefixes = words.map((word) => `"${word}"*`)
  if (prefixes.length === 1) return `key : ${prefixes[0]}`
  return `(${prefixes.join(' AND ')}) AND key : (${prefixes.join(' OR ')})`
}

function loadNearest(db: Database.Database): NearestIndex {
  const row = db.prepare<[], { numbers: Uint8Array; vectors: Uint8Array }>('select * from nearest').get()!
  return { numbers: new Uint32Array(alone(row.numbers)), vectors: new Float32Array(alone(row.vectors)) }
}

/** The bytes in a buffer of their own, so that wider numbers are aligned in it. */
function alone(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

function foundPlace(row: Row, near: DirectoryQuery['near']): FoundPlace {
  const place = placeOf(row)
  return near ? { ...place, distance: distanceBetween(near, place) } : place
}

function placeOf(row: Row): DirectoryPlace {
  const { id, name, latitude, longitude, importance } = row
  return {
    id,
    name,
    category: row.category ?? undefined,
    latitude,
    longitude,
    ...(row.address !== null && { address: JSON.parse(row.address) as DirectoryPlace['address'] }),
    refs: JSON.parse(row.refs) as DirectoryPlace['refs'],
    importance,
    attribution: row.attribution ?? undefined,
  }
}

interface Position {
  readonly latitude: number
  readonly longitude: number
}

function distanceBetween(a: Position, b: Position): number {
  return distanceMetres({ lat: a.latitude, lon: a.longitude }, { lat: b.latitude, lon: b.longitude })
}

import type Database from 'better-sqlite3'
import { assert } from '@waypost/kernel'
import { askedWords } from '@waypost/places'
import { placeOf, type PlaceColumns } from './columns.ts'
import type { Directory, DirectoryQuery, FoundPlace } from './place-port.ts'
import { findNearest, type NearestIndex } from './nearest.ts'
import { distanceBetween, prepareTextSearch } from './text-search.ts'

/** Nobody pages further; past it a search has no more results. */
const RESULTS_MAX = 500

/** Of a larger file the rest is read through the cache. */
const MAPPED_BYTES_MAX = 1_073_741_824

interface Row extends PlaceColumns {
  readonly number: number
}

/** The directory in an open file that `buildDirectory` made. */
export function searchDirectory(db: Database.Database): Directory {
  // The file never changes while it is open: its pages are read where they lie.
  db.pragma(`mmap_size = ${MAPPED_BYTES_MAX}`)
  const nearest = loadNearest(db)
  const byText = prepareTextSearch(db, nearest)
  const byId = db.prepare<[string], Row>('select * from place where id = ?')
  const byAlias = db.prepare<[string], Row>('select place.* from alias join place using (number) where alias.id = ?')
  const inCell = db.prepare<[string, number, number], Row>(
    'select place.* from cell join place using (number) where cell = ? and number > ? order by number limit ?',
  )
  const byNumber = db.prepare<[number], Row>('select * from place where number = ?')
  function numbersFor({ text, near }: DirectoryQuery, count: number): readonly number[] {
    if (text !== undefined && text.trim() !== '') return byText(askedWords(text), near)
    if (near) return findNearest(nearest, near, count)
    return Array.from({ length: Math.min(count, nearest.numbers.length) }, (_, at) => at + 1)
  }

  return {
    get(id) {
      const row = byId.get(id) ?? byAlias.get(id)
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
    inCell: (cell, { after, limit }) =>
      inCell.all(cell, after, limit).map((row) => ({ ...placeOf(row), number: row.number })),
    count: () => nearest.numbers.length,
    close: () => void db.close(),
  }
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

import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { foldName, nameForms } from '@waypost/places'
import type { DirectoryPlace } from './place-port.ts'
import { buildNearestIndex, type IndexedPoint } from './nearest.ts'
import { fillSpelling, SPELLING_SCHEMA } from './spelling.ts'

/** 'WPdr' */
export const APPLICATION_ID = 0x57_50_64_72

/** Raised when what is in the file, or how names are folded, changes: the file is then built again. */
export const FORMAT = 4

/**
 * A town's point is its middle, which says little about where in it one is: whatever else is about as near goes first.
 */
const TOWN_HANDICAP_M = 500

/*
 * Places are numbered by importance, the most important first, because the full-text index hands out its matches by
 * number: the first few hundred are then the ones that matter, and nothing has to be sorted.
 */
const SCHEMA = `
create table source (description text not null) strict;
create table place (
  number integer primary key,
  id text not null unique,
  name text not null,
  key text not null,
  area text not null,
  category text,
  latitude real not null,
  longitude real not null,
  address text,
  refs text not null,
  importance real not null,
  attribution text
) strict;
create index place_by_key on place (key);
create virtual table word using fts5 (
  key, area,
  content = '', columnsize = 0, detail = column, prefix = '1 2 3',
  tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M*'"
);
create table nearest (numbers blob not null, vectors blob not null) strict;
${SPELLING_SCHEMA}`

/** The columns of `place` before they have their numbers. */
const DRAFT = `
create temp table draft (
  id text primary key, name, key, words, area, category, latitude real, longitude real, address, refs, importance real, attribution
) without rowid;
`

const NUMBERED = `
insert into place select row_number() over (order by importance desc, id), id, name, key, area, category, latitude,
  longitude, address, refs, importance, attribution from draft order by importance desc, id;
insert into word (rowid, key, area) select row_number() over (order by importance desc, id), words, area from draft
  order by importance desc, id;
drop table draft;
`

/**
 * Writes a directory's file, whole or not at all. `source` says what it was made of, so that a change there is noticed.
 * Of places with one id the first stays.
 */
export function buildDirectory(options: { file: string; source: string; places: Iterable<DirectoryPlace> }): void {
  const draft = `${options.file}.new`
  rmSync(draft, { force: true })
  const db = new Database(draft)
  try {
    // Nobody reads the draft, and a crash throws it away.
    db.pragma('journal_mode = off')
    db.pragma('synchronous = off')
    db.exec(SCHEMA)
    db.transaction(() => fill(db, options.places))()
    db.prepare('insert into source values (?)').run(options.source)
    db.exec("insert into word (word) values ('optimize')")
    db.pragma(`application_id = ${APPLICATION_ID}`)
  } finally {
    db.close()
  }
  flush(draft)
  renameSync(draft, options.file)
  flush(dirname(options.file))
}

/** Takes one place at a time, and lets SQLite do the sorting: as objects they would need more memory than the server. */
function fill(db: Database.Database, places: Iterable<DirectoryPlace>): void {
  db.exec(DRAFT)
  const add = db.prepare('insert or ignore into draft values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  for (const place of places) {
    const { id, name, names = [], category, latitude, longitude, address, refs, importance, attribution } = place
    const key = foldName(name)
    const words = [key, [name, ...names].flatMap(nameForms).join(' '), areaOf(place)]
    const json = [address ? JSON.stringify(address) : null, JSON.stringify(refs)]
    add.run(id, name, ...words, category ?? null, latitude, longitude, ...json, importance, attribution ?? null)
  }
  db.exec(NUMBERED)
  fillSpelling(db)
  const { numbers, vectors } = buildNearestIndex(readPoints(db))
  db.prepare('insert into nearest values (?, ?)').run(bytesOf(numbers), bytesOf(vectors))
}

function readPoints(db: Database.Database): readonly IndexedPoint[] {
  const all = db.prepare<[], { number: number; latitude: number; longitude: number; category: string | null }>(
    'select number, latitude, longitude, category from place order by number',
  )
  return Array.from(all.iterate(), ({ number, latitude, longitude, category }) => {
    return { number, latitude, longitude, handicapM: category === 'place.town' ? TOWN_HANDICAP_M : 0 }
  })
}

const countries = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })

/** What people add to a name to say which one they mean: the country's code and name, the region, the town. */
function areaOf({ address }: DirectoryPlace): string {
  if (!address) return ''
  const { country, region = '', locality = '' } = address
  const name = /^[A-Z]{2}$/.test(country) ? (countries.of(country) ?? '') : ''
  return foldName([country, name, region, locality].join(' '))
}

function bytesOf(array: Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

function flush(path: string): void {
  const descriptor = openSync(path, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

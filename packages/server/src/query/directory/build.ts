import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { foldName, handicapOf, nameForms } from '@waypost/places'
import { refId } from '#project/place-id.ts'
import type { DirectoryPlace, SourcedPlace } from './place-port.ts'
import { linkNamesakes, type Linkable } from './link.ts'
import { mergeEntries, rankOfEntry } from './merge-entries.ts'
import { CELLS_SCHEMA, fillCells } from './cells.ts'
import { placeOf, type PlaceColumns } from './columns.ts'
import { buildNearestIndex, type IndexedPoint } from './nearest.ts'
import { fillSpelling, SPELLING_SCHEMA } from './spelling.ts'

/** 'WPdr' */
export const APPLICATION_ID = 0x57_50_64_72

/** Raised when what is in the file, or how names are folded, changes: the file is then built again. */
export const FORMAT = 6

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
  attribution text,
  aliases text
) strict;
create index place_by_key on place (key);
create table alias (id text primary key, number integer not null) strict, without rowid;
create virtual table word using fts5 (
  key, area,
  content = '', columnsize = 0, detail = column, prefix = '1 2 3',
  tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M*'"
);
create table nearest (numbers blob not null, vectors blob not null) strict;
${SPELLING_SCHEMA}${CELLS_SCHEMA}`

/** Entries of all sources before they are linked and numbered. `rank` sorts those of one place. */
const DRAFT = `
create temp table draft (
  id text, rank text, source text, name, names, key text, words, area, category, latitude real, longitude real,
  address, refs, importance real, attribution, aliases, primary key (id, rank)
) without rowid;
-- Of the entries that are not alone of their place, under which id it will be.
create temp table link (id text primary key, head text) without rowid;
`

const COLUMNS = 'id, name, key, area, category, latitude, longitude, address, refs, importance, attribution, aliases'

const NUMBERED = `
insert into place select row_number() over (order by importance desc, id), ${COLUMNS} from draft
  order by importance desc, id;
insert into word (rowid, key, area) select row_number() over (order by importance desc, id), words, area from draft
  order by importance desc, id;
insert into alias select link.id, number from link join place on place.id = head where link.id <> head;
drop table draft;
drop table link;
`

/** So many names and places are taken in hand at once. */
const PER_TURN = 1_000

/**
 * Writes a directory's file, whole or not at all. `source` says what it was made of, so that a change there is noticed.
 * Entries of different sources that are one place become one; of those with one id in one source the first stays.
 */
export function buildDirectory(options: { file: string; source: string; places: Iterable<SourcedPlace> }): void {
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
function fill(db: Database.Database, places: Iterable<SourcedPlace>): void {
  db.exec(DRAFT)
  const add = prepareAdd(db)
  for (const place of places) add(place)
  linkEntries(db)
  mergeLinked(db, add)
  claimRefs(db)
  db.exec(NUMBERED)
  fillSpelling(db)
  fillCells(db)
  const { numbers, vectors } = buildNearestIndex(readPoints(db))
  db.prepare('insert into nearest values (?, ?)').run(bytesOf(numbers), bytesOf(vectors))
}

function prepareAdd(db: Database.Database): (place: SourcedPlace) => void {
  const insert = db.prepare(
    `insert or ignore into draft values (:id, :rank, :source, :name, :names, :key, :words, :area, :category, :latitude,
       :longitude, :address, :refs, :importance, :attribution, :aliases)`,
  )
  return (place) => {
    const { source = null, name, names = [], category = null, attribution = null } = place
    const key = foldName(name)
    insert.run({
      ...place,
      rank: rankOfEntry(place),
      source,
      names: jsonOf(names.length === 0 ? undefined : names),
      key,
      words: [name, ...names].flatMap(nameForms).join(' '),
      area: areaOf(place),
      category,
      address: jsonOf(place.address),
      refs: jsonOf(place.refs),
      attribution,
      aliases: jsonOf(place.aliases),
    })
  }
}

function jsonOf(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

interface Namesake extends Linkable {
  readonly rank: string
}

/** Notes which entries are one place: by name and nearness, and those that have one id. */
function linkEntries(db: Database.Database): void {
  db.exec('create index temp.draft_by_key on draft (key, source)')
  const shared = db
    .prepare<[string], string>(
      `select key from draft where key > ? group by key having count(distinct coalesce(source, '')) > 1
       order by key limit ${PER_TURN}`,
    )
    .pluck()
  const namesakes = db.prepare<[string], Omit<Namesake, 'category'> & { category: string | null }>(
    `select id, min(rank) as rank, coalesce(source, '') as source, category, latitude, longitude from draft
     where key = ? group by id`,
  )
  // An id that stands under two names may be found twice.
  const link = db.prepare<[string, string]>('insert or ignore into link values (?, ?)')
  for (let keys = shared.all(''); keys.length > 0; keys = shared.all(keys.at(-1)!)) {
    for (const key of keys) {
      const all = namesakes.all(key).map((each): Namesake => ({ ...each, category: each.category ?? undefined }))
      for (const group of linkNamesakes(all)) {
        const head = group.reduce((first, each) => (each.rank < first.rank ? each : first))
        for (const { id } of group) link.run(id, head.id)
      }
    }
  }
  db.exec('insert or ignore into link select id, id from draft group by id having count(*) > 1')
}

interface DraftRow extends PlaceColumns {
  readonly source: string | null
  readonly names: string | null
}

/** Puts one entry in the place of those that are linked. */
function mergeLinked(db: Database.Database, add: (place: SourcedPlace) => void): void {
  db.exec('create index temp.link_by_head on link (head)')
  const heads = db
    .prepare<[string], string>(`select distinct head from link where head > ? order by head limit ${PER_TURN}`)
    .pluck()
  const entries = db.prepare<[string], DraftRow>(
    `select draft.* from link join draft using (id) where head = ? order by draft.id <> head, rank, draft.id`,
  )
  const forget = db.prepare<[string]>('delete from draft where id in (select id from link where head = ?)')
  for (let some = heads.all(''); some.length > 0; some = heads.all(some.at(-1)!)) {
    for (const head of some) {
      const [first, ...others] = entries.all(head).map(entryOf)
      forget.run(head)
      add(mergeEntries([first!, ...others]))
    }
  }
}

/** What a place is referred to by otherwise leads to it, unless that is an entry of its own. */
function claimRefs(db: Database.Database): void {
  const several = db.prepare<[], { id: string; refs: string; aliases: string | null }>(
    'select id, refs, aliases from draft where json_array_length(refs) > 1 order by id',
  )
  const isTaken = db.prepare<{ id: string }>(
    'select 1 from draft where id = :id union all select 1 from link where id = :id',
  )
  const link = db.prepare<[string, string]>('insert into link values (?, ?)')
  const setAliases = db.prepare<[string, string]>('update draft set aliases = ? where id = ?')
  for (const { id, refs, aliases } of several.all()) {
    const claimed = (JSON.parse(refs) as DirectoryPlace['refs']).flatMap((ref) => {
      const other = refId(ref)
      if (other === undefined || isTaken.get({ id: other }) !== undefined) return []
      link.run(other, id)
      return [other]
    })
    if (claimed.length === 0) continue
    setAliases.run(JSON.stringify([...(JSON.parse(aliases ?? '[]') as readonly string[]), ...claimed]), id)
  }
}

function entryOf(row: DraftRow): SourcedPlace {
  const names = JSON.parse(row.names ?? '[]') as readonly string[]
  return { ...placeOf(row), names, ...(row.source !== null && { source: row.source }) }
}

function readPoints(db: Database.Database): readonly IndexedPoint[] {
  const all = db.prepare<[], { number: number; latitude: number; longitude: number; category: string | null }>(
    'select number, latitude, longitude, category from place order by number',
  )
  return Array.from(all.iterate(), ({ number, latitude, longitude, category }) => {
    return { number, latitude, longitude, handicapM: handicapOf(category) }
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

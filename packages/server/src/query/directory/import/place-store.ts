import Database from 'better-sqlite3'
import { refId } from '#project/place-id.ts'
import type { DirectoryPlace, PlaceRef, SourcedPlace } from '#query/directory/place-port.ts'
import { placeId } from '#project/place-id.ts'
import type { ImportedName, ImportedPlace, RowRefusal } from './place-row.ts'

/**
 * What `waypost places import` has taken in, in a file of its own: one row for each row of a source, with its source and
 * licence, and how far each file was read. The directory is made from it.
 */
export interface PlaceStore extends Disposable {
  /** What is known of a file; undefined for one that was never begun, or has changed since. */
  begun(file: FileMark): FileProgress | undefined
  /** Keeps rows and how far the file was read in one transaction. */
  keep(
    batch: {
      readonly source: string
      readonly licence: string
      readonly places: readonly ImportedPlace[]
      /** Further names of the source's places, kept whether those are there yet or not. */
      readonly names: readonly ImportedName[]
    },
    mark: FileMark,
    progress: FileProgress,
  ): void
  count(): number
  places(): Iterable<SourcedPlace>
}

export interface FileMark {
  readonly name: string
  /** Its size and when it was written: another file under the same name starts over. */
  readonly stamp: string
}

export interface FileProgress {
  readonly read: number
  readonly kept: number
  readonly refused: Readonly<Partial<Record<RowRefusal, number>>>
  readonly done: boolean
}

/** What has to stand beside a place, by its source. */
const ATTRIBUTIONS: Readonly<Record<string, string>> = {
  osm: '© OpenStreetMap contributors, ODbL',
  fsq: '© Foursquare Labs, Apache-2.0',
  overture: 'Overture Maps Foundation, overturemaps.org',
  geonames: 'GeoNames, CC BY 4.0',
  wof: "Data from Who's On First",
  openflights: 'OpenFlights, ODbL',
}

export function attributionOf(source: string): string | undefined {
  return ATTRIBUTIONS[source]
}

/** A town of this many people has importance 1. */
const PEOPLE_MAX = 25_000_000
/** So many further names of a place are searched, in the order of their languages. */
const NAMES_MAX = 100
/** A place of which nothing else is known. */
const IMPORTANCE = 0.2

const SCHEMA = `
create table if not exists place (
  source text not null,
  source_id text not null,
  name text not null,
  -- By language, as JSON.
  names text not null,
  category text,
  latitude real not null,
  longitude real not null,
  address text,
  population integer,
  licence text not null,
  primary key (source, source_id)
) strict, without rowid;
create table if not exists name (
  source text not null,
  source_id text not null,
  lang text not null,
  name text not null,
  primary key (source, source_id, lang, name)
) strict, without rowid;
create table if not exists file (
  name text primary key,
  stamp text not null,
  read integer not null,
  kept integer not null,
  refused text not null,
  done integer not null
) strict;
create table if not exists version (number integer not null) strict;
insert into version select 0 where not exists (select 1 from version);
`

interface Row {
  readonly source: string
  readonly source_id: string
  readonly name: string
  readonly names: string
  readonly category: string | null
  readonly latitude: number
  readonly longitude: number
  readonly address: string | null
  readonly population: number | null
  readonly licence: string
  /** From `name`, as JSON. */
  readonly others: string
}

/** Changes with what is kept in a store, which another process may be writing to; undefined where nothing ever was. */
export function placeStoreVersion(file: string): string | undefined {
  const db = new Database(file, { readonly: true })
  try {
    const isThere = db.prepare("select 1 from sqlite_schema where name = 'version'").get() !== undefined
    const number = isThere ? db.prepare<[], number>('select number from version').pluck().get() : undefined
    return number === undefined ? undefined : String(number)
  } finally {
    db.close()
  }
}

export function openPlaceStore(file: string): PlaceStore {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.pragma('busy_timeout = 10000')
  db.exec(SCHEMA)
  const put = db.prepare('insert or replace into place values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const putName = db.prepare('insert or ignore into name values (?, ?, ?, ?)')
  const all = db.prepare<[], Row>(
    `select *, (select json_group_array(name) from (select name from name where source = place.source
       and source_id = place.source_id order by lang, name limit ${NAMES_MAX})) as others
     from place order by source, source_id`,
  )
  const progressOf = db.prepare<[string], { stamp: string; read: number; kept: number; refused: string; done: number }>(
    'select stamp, read, kept, refused, done from file where name = ?',
  )
  const setProgress = db.prepare('insert or replace into file values (?, ?, ?, ?, ?, ?)')
  const raise = db.prepare('update version set number = number + 1')
  return {
    begun({ name, stamp }) {
      const row = progressOf.get(name)
      if (row === undefined || row.stamp !== stamp) return undefined
      const refused = JSON.parse(row.refused) as FileProgress['refused']
      return { read: row.read, kept: row.kept, refused, done: row.done === 1 }
    },
    keep: db.transaction(({ source, licence, places, names: others }, mark, { read, kept, refused, done }) => {
      for (const { sourceId, name, names, category, latitude, longitude, address, population } of places) {
        const json = address === undefined ? null : JSON.stringify(address)
        put.run(
          source,
          source === 'osm' ? osmId(sourceId) : sourceId,
          name,
          JSON.stringify(names),
          category ?? null,
          latitude,
          longitude,
          json,
          population ?? null,
          licence,
        )
      }
      for (const { sourceId, lang, name } of others) putName.run(source, sourceId, lang, name)
      setProgress.run(mark.name, mark.stamp, read, kept, JSON.stringify(refused), done ? 1 : 0)
      if (places.length + others.length > 0) raise.run()
    }) as PlaceStore['keep'],
    count: () => db.prepare<[], number>('select count(*) from place').pluck().get()!,
    *places() {
      for (const row of all.iterate()) {
        const place = directoryPlace(row)
        if (place !== undefined) yield place
      }
    },
    [Symbol.dispose]: () => void db.close(),
  }
}

function directoryPlace(row: Row): SourcedPlace | undefined {
  const { source, source_id: sourceId, name, latitude, longitude, population } = row
  const refs = refsOf(source, sourceId)
  const id = placeId({ name, refs, geo: { latitude: latitude.toFixed(7), longitude: longitude.toFixed(7) } })
  if (id === undefined) return undefined
  return {
    id,
    name,
    names: [
      ...new Set([
        ...Object.values(JSON.parse(row.names) as Record<string, string>),
        ...(JSON.parse(row.others) as string[]),
      ]),
    ],
    category: row.category ?? undefined,
    latitude,
    longitude,
    ...(row.address !== null && { address: JSON.parse(row.address) as NonNullable<DirectoryPlace['address']> }),
    refs,
    importance:
      population === null ? IMPORTANCE : Math.min(1, Math.log10(Math.max(population, 2)) / Math.log10(PEOPLE_MAX)),
    attribution: attributionOf(source) ?? row.licence,
    source,
  }
}

const OSM_TYPES: Readonly<Record<string, string>> = { n: 'node', w: 'way', r: 'relation' }

/** Tables write `n1`, other files `node/1`; kept is the latter, so that one node of two files is one row. */
function osmId(sourceId: string): string {
  return sourceId.replace(/^([nwr])(?=\d+$)/, (letter) => `${OSM_TYPES[letter]}/`)
}

/** How check-ins name a place of a source; none for a source that no reference is known of. */
function refsOf(source: string, sourceId: string): readonly PlaceRef[] {
  const [, type, number] = /^(node|way|relation)\/(\d+)$/.exec(osmId(sourceId)) ?? []
  const ref =
    source === 'osm' && type !== undefined
      ? { $type: 'app.waypost.checkin#osmRef', type, id: number }
      : source === 'fsq'
        ? { $type: 'community.lexicon.location.fsq', fsq_place_id: sourceId }
        : source === 'overture'
          ? { $type: 'app.waypost.checkin#overtureRef', id: sourceId }
          : source === 'geonames'
            ? { $type: 'app.waypost.checkin#geonamesRef', id: sourceId }
            : undefined
  return ref !== undefined && refId(ref) !== undefined ? [ref as PlaceRef] : []
}

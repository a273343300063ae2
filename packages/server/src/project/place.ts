import type { Database } from 'better-sqlite3'
import { assert, atUri } from '@waypost/kernel'
import { readPoint } from './coordinates.ts'
import { placeNameKey } from './place-id.ts'
import type { Fold, HeldRecord, PersonId, Projection } from './projection.ts'
import { readPlace, type VisitedPlace } from './read-checkin.ts'
import { visibleRows } from './visible-rows.ts'

/**
 * In: the places that check-ins speak of, and `app.waypost.place` records. Out: one row a place, with the description
 * that most visible check-ins give it (in a tie, the one that sorts first), so that neither order nor one vandal
 * decides; for a place that is somebody's record, what that record says.
 */

const SCHEMA = `
create table place (
  id integer primary key,
  key text not null unique,
  -- The best description; null while nothing visible speaks of the place.
  described integer,
  name text,
  checkin_count integer not null default 0,
  person_count integer not null default 0
) strict;

create table place_description (
  id integer primary key,
  place integer not null,
  -- VisitedPlace as JSON.
  body text not null,
  name text not null,
  name_key text not null,
  lat real,
  lon real,
  -- Rows that speak of it, hidden ones too: at 0 it is gone.
  uses integer not null default 0,
  -- Visible check-ins, and visible place records.
  checkins integer not null default 0,
  authored integer not null default 0,
  unique (place, body)
) strict;
create index place_description_by_weight on place_description (place, authored desc, checkins desc, body);

create virtual table place_area using rtree(id, south, north, west, east);
create virtual table place_text using fts5(
  name, content = '', contentless_delete = 1, prefix = '2 3', tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
);

-- The best one that gains stays the best, and another that loses does not become it.
create trigger place_description_weighed after update of checkins, authored on place_description
when (new.checkins < old.checkins or new.authored < old.authored)
  = ((select described from place where id = new.place) is new.id) begin
  update place set described = (
    select id from place_description where place = new.place and (checkins > 0 or authored > 0)
    order by authored desc, checkins desc, body limit 1
  ) where id = new.place;
end;
create trigger place_described after update of described on place when old.described is not new.described begin
  update place set name = (select name from place_description where id = new.described) where id = new.id;
  delete from place_text where rowid = new.id;
  delete from place_area where id = new.id;
  insert into place_text (rowid, name)
    select new.id, replace(name_key, '-', ' ') from place_description where id = new.described;
  insert into place_area select new.id, lat, lat, lon, lon from place_description
    where id = new.described and lat is not null;
end;
create trigger place_counted after update of checkin_count on place
when (old.checkin_count = 0) <> (new.checkin_count = 0) begin
  update tally set places = places + iif(new.checkin_count = 0, -1, 1);
end;

create table place_record (
  person integer not null,
  rkey text not null,
  cid text not null,
  description integer not null,
  hidden integer not null,
  primary key (person, rkey)
) strict, without rowid;
${visibleRows('place_record', {
  appears: 'update place_description set authored = authored + 1 where id = new.description;',
  vanishes: 'update place_description set authored = authored - 1 where id = old.description;',
})}
`

const COLLECTION = 'app.waypost.place'

export const placeProjection: Projection = {
  name: 'place',
  version: 1,
  schema: SCHEMA,
  collections: [COLLECTION],
  prepare: preparePlaceRecords,
  digest: [
    `select key, place.name, checkin_count, person_count, body from place
     left join place_description on place_description.id = described order by key`,
    `select key, body, uses, checkins, authored from place_description join place on place.id = place
     order by key, body`,
    `select did, rkey, cid, place_record.hidden from place_record join person on person.id = person order by did, rkey`,
  ],
}

export interface Places {
  /** The ids of a place and of what a row now says of it; both are made where they are new. */
  use(key: string, said: VisitedPlace): { readonly place: number; readonly description: number }
  /** To be called once for each `use`, after the row is gone; the last one takes description and place with it. */
  release(description: number): void
}

export function preparePlaces(db: Database): Places {
  const find = db.prepare<[string], { id: number }>('select id from place where key = ?')
  const insert = db.prepare<[string], { id: number }>('insert into place (key) values (?) returning id')
  const useDescription = db.prepare<[number, string], { id: number }>(
    'update place_description set uses = uses + 1 where place = ? and body = ? returning id',
  )
  const insertDescription = db.prepare<unknown[], { id: number }>(
    'insert into place_description (place, body, name, name_key, lat, lon, uses) values (?, ?, ?, ?, ?, ?, 1) returning id',
  )
  const release = db.prepare<[number], { place: number; uses: number }>(
    'update place_description set uses = uses - 1 where id = ? returning place, uses',
  )
  const forgetDescription = db.prepare('delete from place_description where id = ?')
  const forgetPlace = db.prepare(
    'delete from place where id = ? and not exists (select 1 from place_description where place = place.id)',
  )
  return {
    use(key, said) {
      const place = (find.get(key) ?? insert.get(key)!).id
      const body = placeBody(said)
      const found = useDescription.get(place, body)
      if (found !== undefined) return { place, description: found.id }
      const point = readPoint(said.geo)
      const row = [place, body, said.name, placeNameKey(said.name), point?.lat ?? null, point?.lon ?? null]
      return { place, description: insertDescription.get(...row)!.id }
    },
    release(description) {
      const left = release.get(description)
      assert(left !== undefined && left.uses >= 0, 'a description is released once for each use')
      if (left.uses > 0) return
      forgetDescription.run(description)
      forgetPlace.run(left.place)
    },
  }
}

/** The same text for the same saying: properties in one order, absent ones left out. */
function placeBody({ name, category, geo, address, refs }: VisitedPlace): string {
  return JSON.stringify({ name, category, geo, address, refs: refs.length > 0 ? refs.map(sorted) : undefined })
}

function sorted(ref: object): object {
  return Object.fromEntries(Object.entries(ref).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function preparePlaceRecords(db: Database): Fold {
  const places = preparePlaces(db)
  const insert = db.prepare('insert into place_record (person, rkey, cid, description, hidden) values (?, ?, ?, ?, ?)')
  const take = db.prepare<[PersonId, string], { description: number }>(
    'delete from place_record where person = ? and rkey = ? returning description',
  )
  const held = db.prepare<[PersonId], { rkey: string; cid: string }>(
    'select rkey, cid from place_record where person = ?',
  )
  function remove(person: PersonId, rkey: string): void {
    const taken = take.get(person, rkey)
    if (taken !== undefined) places.release(taken.description)
  }
  return {
    put({ did, person, rkey, cid, value, hidden }) {
      remove(person, rkey)
      const { sameAs, ...fields } = value as Record<string, unknown>
      const said = readPlace({ ...fields, refs: sameAs })
      if (said === undefined) return
      const { description } = places.use(atUri(did, COLLECTION, rkey), said)
      insert.run(person, rkey, cid, description, hidden ? 1 : 0)
    },
    remove: ({ person, rkey }) => remove(person, rkey),
    held: (person) => held.all(person).map((row): HeldRecord => ({ collection: COLLECTION, ...row })),
  }
}

import type { Database } from 'better-sqlite3'
import { atUri } from '@waypost/kernel'
import type { Fold, HeldRecord, PersonId, Projection, Registers } from './projection.ts'
import { readPlace } from './read-checkin.ts'

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
  -- Visible check-ins, and whoever they are of.
  checkin_count integer not null,
  person_count integer not null,
  -- Visible place records.
  authored integer not null,
  -- Rows that speak of it, hidden ones too: at 0 it is gone.
  uses integer not null,
  -- How many descriptions there are.
  sayings integer not null,
  -- Where it was first said to be, which never changes; null where that was not said.
  anchor_lat real,
  anchor_lon real
) strict;

create table place_description (
  id integer primary key,
  place integer not null,
  -- VisitedPlace as JSON.
  body text not null,
  -- As of the place, and kept while there are several of one place: what only one says, all say.
  checkins integer not null,
  authored integer not null,
  uses integer not null,
  unique (place, body)
) strict;

create view place_weight as select place_description.id, place, body,
  iif(sayings = 1, checkin_count, checkins) as checkins,
  iif(sayings = 1, place.authored, place_description.authored) as authored,
  iif(sayings = 1, place.uses, place_description.uses) as uses
from place_description join place on place.id = place;

-- By where it was first said to be, for check-ins; and by where its best description says, for the place itself.
create virtual table place_anchor using rtree(id, south, north, west, east);
create virtual table place_area using rtree(id, south, north, west, east);
create virtual table place_text using fts5(
  name, content = '', contentless_delete = 1, prefix = '2 3', tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
);

-- By which other references the best description of a place names it.
create table place_ref (
  ref text not null,
  place integer not null,
  primary key (ref, place)
) strict, without rowid;
create index place_ref_by_place on place_ref (place);

create table place_record (
  person integer not null,
  rkey text not null,
  cid text not null,
  description integer not null,
  hidden integer not null,
  primary key (person, rkey)
) strict, without rowid;
`

const COLLECTION = 'app.waypost.place'

export const placeProjection: Projection = {
  name: 'place',
  version: 3,
  schema: SCHEMA,
  collections: [COLLECTION],
  prepare: preparePlaceRecords,
  digest: [
    `select key, place.name, checkin_count, person_count, body from place
     left join place_description on place_description.id = described order by key`,
    `select key, body, place_weight.uses, checkins, place_weight.authored from place_weight
     join place on place.id = place order by key, body`,
    'select ref, key from place_ref join place on place.id = place order by ref, key',
    `select did, rkey, cid, place_record.hidden from place_record join person on person.id = person order by did, rkey`,
  ],
}

function preparePlaceRecords(db: Database, { places }: Pick<Registers, 'places'>): Fold {
  const insert = db.prepare('insert into place_record (person, rkey, cid, description, hidden) values (?, ?, ?, ?, ?)')
  const take = db.prepare<[PersonId, string], { description: number; hidden: 0 | 1 }>(
    'delete from place_record where person = ? and rkey = ? returning description, hidden',
  )
  const turning = db.prepare<[PersonId, 0 | 1], { description: number }>(
    'select description from place_record where person = ? and hidden <> ?',
  )
  const turn = db.prepare<[0 | 1, PersonId]>('update place_record set hidden = ? where person = ?')
  const held = db.prepare<[PersonId], { rkey: string; cid: string }>(
    'select rkey, cid from place_record where person = ?',
  )
  function remove(person: PersonId, rkey: string): void {
    const taken = take.get(person, rkey)
    if (taken !== undefined) places.weigh(places.said(taken.description), { uses: -1, authored: taken.hidden - 1 })
  }
  return {
    put({ did, person, rkey, cid, value, hidden }) {
      remove(person, rkey)
      const { sameAs, ...fields } = value as Record<string, unknown>
      const said = readPlace({ ...fields, refs: sameAs })
      if (said === undefined) return
      const description = places.find(atUri(did, COLLECTION, rkey), said)
      places.weigh(description, { uses: 1, authored: hidden ? 0 : 1 })
      insert.run(person, rkey, cid, description.id, hidden ? 1 : 0)
    },
    remove: ({ person, rkey }) => remove(person, rkey),
    held: (person) => held.all(person).map((row): HeldRecord => ({ collection: COLLECTION, ...row })),
    visibilityChanges(person, { hidden }) {
      const to = hidden ? 1 : 0
      for (const { description } of turning.all(person, to)) {
        places.weigh(places.said(description), { authored: hidden ? -1 : 1 })
      }
      turn.run(to, person)
    },
  }
}

import type { Database } from 'better-sqlite3'
import { atUri } from '@waypost/kernel'
import { preparePersons } from './person.ts'
import { preparePlaces } from './place.ts'
import {
  sortTime,
  type Change,
  type Fold,
  type FoldedRecord,
  type HeldRecord,
  type PersonId,
  type Projection,
  type RecordKey,
} from './projection.ts'
import { CHECKIN_COLLECTIONS, datetimeMs, readVisit, type Visit } from './read-checkin.ts'
import { prepareSubjects, SUBJECT_SCHEMA } from './subject.ts'
import { visibleRows } from './visible-rows.ts'

/**
 * In: check-ins of three apps. Out: `checkin` (one row each, with the record as signed), `photo` (which image stands on
 * which check-in) and `checkin_area` (where and when, for what is near).
 */

const SCHEMA = `
${SUBJECT_SCHEMA}
create table checkin (
  -- The subject's id.
  id integer primary key,
  person integer not null,
  cid text not null,
  -- Milliseconds since 1970.
  sort integer not null,
  place integer,
  description integer,
  lat real,
  lon real,
  country text,
  hidden integer not null,
  record blob not null
) strict;
create index checkin_by_sort on checkin (sort) where hidden = 0;
create index checkin_by_person on checkin (person, sort);
create index checkin_by_place on checkin (place, sort) where hidden = 0;
create index checkin_by_visit on checkin (person, place, sort, country) where hidden = 0;

-- Seconds since 1970 as the third axis: so a busy area is read backwards in time, not whole.
create virtual table checkin_area using rtree(id, south, north, west, east, earliest, latest);

create table photo (
  checkin integer not null,
  person integer not null,
  cid text not null,
  media_type text not null,
  primary key (person, cid, checkin)
) strict, without rowid;
create index photo_by_checkin on photo (checkin);
create trigger checkin_photos_gone after delete on checkin begin
  delete from photo where checkin = old.id;
end;

${visibleRows('checkin', {
  appears: `
    update tally set checkins = checkins + 1;
    update person set checkin_count = checkin_count + 1 where id = new.person;
    update place set checkin_count = checkin_count + 1, person_count = person_count + not exists (
      select 1 from checkin where person = new.person and place = new.place and hidden = 0 and id <> new.id
    ) where id = new.place;
    update place_description set checkins = checkins + 1 where id = new.description;
    insert into checkin_area select new.id, new.lat, new.lat, new.lon, new.lon, new.sort / 1000.0, new.sort / 1000.0
      where new.lat is not null;`,
  vanishes: `
    update tally set checkins = checkins - 1;
    update person set checkin_count = checkin_count - 1 where id = old.person;
    update place set checkin_count = checkin_count - 1, person_count = person_count - not exists (
      select 1 from checkin where person = old.person and place = old.place and hidden = 0 and id <> old.id
    ) where id = old.place;
    update place_description set checkins = checkins - 1 where id = old.description;
    delete from checkin_area where id = old.id;`,
})}
`

/** A backfilled check-in older than this, seen from the repository's newest commit, is history and no news. */
const NEWS_AGE_MS_MAX = 3_600_000

export const checkinProjection: Projection = {
  name: 'checkin',
  version: 1,
  schema: SCHEMA,
  collections: CHECKIN_COLLECTIONS,
  prepare: prepareCheckins,
  digest: [
    `select did, collection, rkey, checkin.cid, sort, place.key, lat, lon, country, checkin.hidden, record,
       like_count, comment_count
     from checkin join subject on subject.id = checkin.id join person on person.id = checkin.person
     left join place on place.id = checkin.place order by did, collection, rkey`,
    `select did, collection, rkey, photo.cid, media_type from photo join subject on subject.id = photo.checkin
     join person on person.id = photo.person order by did, collection, rkey, photo.cid`,
    // The R*Tree rounds to 32-bit floats, alike on all machines.
    `select did, collection, rkey, south, north, west, east, earliest, latest from checkin_area
     join subject on subject.id = checkin_area.id join person on person.id = subject.person
     order by did, collection, rkey`,
    // Nothing may remain of what nobody speaks of.
    `select did, collection, rkey, like_count, comment_count from subject join person on person.id = person
     order by did, collection, rkey`,
  ],
}

interface Taken {
  readonly hidden: 0 | 1
  readonly description: number | null
}

function prepareCheckins(db: Database, report: (change: Change) => void): Fold {
  const subjects = prepareSubjects(db, preparePersons(db))
  const places = preparePlaces(db)
  const insert = db.prepare(
    `insert into checkin (id, person, cid, sort, place, description, lat, lon, country, hidden, record)
     values (:id, :person, :cid, :sort, :place, :description, :lat, :lon, :country, :hidden, :record)`,
  )
  const insertPhoto = db.prepare('insert or ignore into photo (checkin, person, cid, media_type) values (?, ?, ?, ?)')
  const take = db.prepare<[number], Taken>('delete from checkin where id = ? returning hidden, description')
  const held = db.prepare<[PersonId], HeldRecord>(
    `select collection, rkey, cid from checkin join subject on subject.id = checkin.id where checkin.person = ?`,
  )
  const visible = db.prepare<[PersonId], { id: number; did: string; collection: string; rkey: string }>(
    `select checkin.id, did, collection, rkey from checkin join subject on subject.id = checkin.id
     join person on person.id = checkin.person where checkin.person = ? and checkin.hidden = 0 order by checkin.id`,
  )

  function takeOut(id: number): Taken | undefined {
    const taken = take.get(id)
    if (typeof taken?.description === 'number') places.release(taken.description)
    return taken
  }

  function remove({ person, did, collection, rkey, position }: RecordKey): void {
    const id = subjects.find(person, collection, rkey)
    if (id === undefined) return
    const taken = takeOut(id)
    if (taken?.hidden === 0) report({ position, kind: 'deletion', uri: atUri(did, collection, rkey), id })
    subjects.release(id)
  }

  function put(record: FoldedRecord, visit: Visit): void {
    const { person, did, collection, rkey, cid, commitMs, hidden, position } = record
    const id = subjects.intern(person, collection, rkey)
    takeOut(id)
    const at = visit.placeId === undefined ? undefined : places.use(visit.placeId, visit.place)
    const sort = sortTime(datetimeMs(visit.createdAt), commitMs)
    insert.run({
      id,
      person,
      cid,
      sort,
      place: at?.place ?? null,
      description: at?.description ?? null,
      lat: visit.point?.lat ?? null,
      lon: visit.point?.lon ?? null,
      country: visit.place.address?.country.toUpperCase() ?? null,
      hidden: hidden ? 1 : 0,
      record: record.bytes,
    })
    for (const photo of visit.photos) insertPhoto.run(id, person, photo.cid, photo.mimeType)
    if (hidden || (record.backfilled && sort < commitMs - NEWS_AGE_MS_MAX)) return
    report({ position, kind: 'checkin', uri: atUri(did, collection, rkey), id, sortMs: sort })
  }

  return {
    put(record) {
      const visit = readVisit(record.collection, record.value, record.commitMs)
      if (visit === undefined) remove(record)
      else put(record, visit)
    },
    remove,
    held: (person) => held.all(person),
    visibilityChanges(person, { hidden, position }) {
      // Those who come back bring no news: readers see them again when they next read.
      if (!hidden) return
      for (const { id, did, collection, rkey } of visible.all(person)) {
        report({ position, kind: 'deletion', uri: atUri(did, collection, rkey), id })
      }
    },
  }
}

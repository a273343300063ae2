import type { Database } from 'better-sqlite3'
import { placeId } from './place-id.ts'
import { sortTime, type Fold, type HeldRecord, type PersonId, type Projection } from './projection.ts'
import { asObject, datetimeMs, readPlace } from './read-checkin.ts'
import { visibleRows } from './visible-rows.ts'

/** In: `app.waypost.tip`. Out: tips by the place that they are about. */

const COLLECTION = 'app.waypost.tip'

const SCHEMA = `
create table tip (
  id integer primary key,
  person integer not null,
  rkey text not null,
  cid text not null,
  -- The place's id as text: a tip alone makes no place.
  place_key text,
  sort integer not null,
  hidden integer not null,
  record blob not null,
  unique (person, rkey)
) strict;
create index tip_by_place on tip (place_key, sort) where hidden = 0;
create index tip_by_person on tip (person, sort) where hidden = 0;
${visibleRows('tip')}
`

export const tipProjection: Projection = {
  name: 'tip',
  version: 2,
  schema: SCHEMA,
  collections: [COLLECTION],
  prepare: prepareTips,
  digest: [
    `select did, rkey, cid, place_key, sort, tip.hidden, record from tip join person on person.id = person
     order by did, rkey`,
  ],
}

function prepareTips(db: Database): Fold {
  const put = db.prepare(
    'insert or replace into tip (person, rkey, cid, place_key, sort, hidden, record) values (?, ?, ?, ?, ?, ?, ?)',
  )
  const remove = db.prepare('delete from tip where person = ? and rkey = ?')
  const held = db.prepare<[PersonId], { rkey: string; cid: string }>('select rkey, cid from tip where person = ?')
  return {
    put({ person, rkey, cid, value, commitMs, hidden, bytes }) {
      const fields = asObject(value)
      const place = readPlace(fields?.['place'])
      if (place === undefined) return void remove.run(person, rkey)
      const sort = sortTime(datetimeMs(fields?.['createdAt']), commitMs)
      put.run(person, rkey, cid, (place && placeId(place)) ?? null, sort, hidden ? 1 : 0, bytes)
    },
    remove: ({ person, rkey }) => void remove.run(person, rkey),
    held: (person) => held.all(person).map((row): HeldRecord => ({ collection: COLLECTION, ...row })),
  }
}

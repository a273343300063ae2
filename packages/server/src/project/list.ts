import type { Database } from 'better-sqlite3'
import { splitAtUri, type Did } from '@waypost/kernel'
import { placeId } from './place-id.ts'
import {
  sortTime,
  type Fold,
  type FoldedRecord,
  type HeldRecord,
  type PersonId,
  type Projection,
  type Registers,
} from './projection.ts'
import { asObject, asText, datetimeMs, readPlace } from './read-checkin.ts'
import { visibleRows } from './visible-rows.ts'

/**
 * In: lists of places, the places saved in them or without one, and who follows which list. Out: the same as rows; an
 * item may come before its list, and one that names the list of somebody else is nobody's.
 */

const TABLES = {
  'app.waypost.list': 'list',
  'app.waypost.listItem': 'list_item',
  'app.waypost.listFollow': 'list_follow',
} as const
type ListCollection = keyof typeof TABLES

const SCHEMA = `
create table list (
  person integer not null,
  rkey text not null,
  cid text not null,
  sort integer not null,
  hidden integer not null,
  name text not null,
  description text,
  primary key (person, rkey)
) strict, without rowid;

create table list_item (
  id integer primary key,
  person integer not null,
  rkey text not null,
  cid text not null,
  sort integer not null,
  hidden integer not null,
  -- Of the person's list; empty for a place saved without one.
  list text not null,
  -- The place's id as text: saving a place makes none.
  place_key text not null,
  record blob not null,
  unique (person, rkey)
) strict;
create index list_item_by_list on list_item (person, list, sort) where hidden = 0;
create index list_item_by_place on list_item (person, place_key) where hidden = 0;

create table list_follow (
  person integer not null,
  rkey text not null,
  cid text not null,
  sort integer not null,
  hidden integer not null,
  owner integer not null,
  list text not null,
  primary key (person, rkey)
) strict, without rowid;
create index list_follow_by_list on list_follow (owner, list, hidden, person);
${Object.values(TABLES)
  .map((table) => visibleRows(table))
  .join('\n')}`

export const listProjection: Projection = {
  name: 'list',
  version: 1,
  schema: SCHEMA,
  collections: Object.keys(TABLES),
  prepare: prepareLists,
  digest: [
    `select did, rkey, cid, sort, list.hidden, name, list.description from list join person on person.id = person
     order by did, rkey`,
    `select did, rkey, cid, sort, list_item.hidden, list, place_key, record from list_item
     join person on person.id = person order by did, rkey`,
    `select author.did, rkey, cid, sort, list_follow.hidden, owner.did, list from list_follow
     join person author on author.id = person join person owner on owner.id = owner order by author.did, rkey`,
  ],
}

const NAME_CHARACTERS_MAX = 300

function prepareLists(db: Database, { persons }: Pick<Registers, 'persons'>): Fold {
  const putList = db.prepare(
    'insert into list (person, rkey, cid, sort, hidden, name, description) values (?, ?, ?, ?, ?, ?, ?)',
  )
  const putItem = db.prepare(
    'insert into list_item (person, rkey, cid, sort, hidden, list, place_key, record) values (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const putFollow = db.prepare(
    'insert into list_follow (person, rkey, cid, sort, hidden, owner, list) values (?, ?, ?, ?, ?, ?, ?)',
  )
  const of = (table: string) => ({
    remove: db.prepare(`delete from ${table} where person = ? and rkey = ?`),
    held: db.prepare<[PersonId], { rkey: string; cid: string }>(`select rkey, cid from ${table} where person = ?`),
  })
  const tables = {
    'app.waypost.list': of('list'),
    'app.waypost.listItem': of('list_item'),
    'app.waypost.listFollow': of('list_follow'),
  }

  function put(record: FoldedRecord, fields: Readonly<Record<string, unknown>>): void {
    const { person, rkey, cid, commitMs, hidden } = record
    const row = [person, rkey, cid, sortTime(datetimeMs(fields['createdAt']), commitMs), hidden ? 1 : 0] as const
    switch (record.collection as ListCollection) {
      case 'app.waypost.list': {
        const name = asText(fields['name'])?.trim().slice(0, NAME_CHARACTERS_MAX)
        if (name) putList.run(...row, name.toWellFormed(), asText(fields['description']) ?? null)
        return
      }
      case 'app.waypost.listItem': {
        const place = readPlace(fields['place'])
        const key = place && placeId(place)
        const list = fields['list'] === undefined ? '' : listOf(fields['list'], record.did)?.rkey
        if (key !== undefined && list !== undefined) putItem.run(...row, list, key, record.bytes)
        return
      }
      case 'app.waypost.listFollow': {
        const list = listOf(fields['subject'])
        if (list !== undefined) putFollow.run(...row, persons.id(list.did), list.rkey)
      }
    }
  }

  return {
    put(record) {
      tables[record.collection as ListCollection].remove.run(record.person, record.rkey)
      const fields = asObject(record.value)
      if (fields !== undefined) put(record, fields)
    },
    remove: ({ person, collection, rkey }) => void tables[collection as ListCollection].remove.run(person, rkey),
    held: (person) =>
      Object.entries(tables).flatMap(([collection, { held }]) =>
        held.all(person).map((row): HeldRecord => ({ collection, ...row })),
      ),
  }
}

/** The list that an address names; undefined for anything else, or where it must be the list of `owner` and is not. */
export function listOf(uri: unknown, owner?: Did): { readonly did: Did; readonly rkey: string } | undefined {
  const parts = typeof uri === 'string' ? splitAtUri(uri) : undefined
  if (parts?.collection !== 'app.waypost.list' || (owner !== undefined && parts.did !== owner)) return undefined
  return parts
}

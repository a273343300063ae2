import type { Database } from 'better-sqlite3'
import type { Did } from '@waypost/kernel'
import { sortTime, type Fold, type HeldRecord, type PersonId, type Projection, type Registers } from './projection.ts'
import { asObject, datetimeMs } from './read-checkin.ts'
import { askedSeldom } from './asked-seldom.ts'
import { visibleRows } from './visible-rows.ts'

/** In: follows and blocks. Out: the same as edges between people; whom a member follows need not be one. */

const TABLES = { 'app.bsky.graph.follow': 'follow', 'app.bsky.graph.block': 'block' } as const
type EdgeCollection = keyof typeof TABLES

const BY_PERSON = Object.values(TABLES)
  .map((table) => `create index if not exists ${table}_by_person on ${table} (person, subject, hidden);`)
  .join('\n')

const SCHEMA = Object.values(TABLES)
  .map(
    (table) => `
create table ${table} (
  person integer not null,
  rkey text not null,
  cid text not null,
  subject integer not null,
  sort integer not null,
  hidden integer not null,
  -- Record keys tell the time, mostly: in this order new ones stand side by side, whoever they are of.
  primary key (rkey, person)
) strict, without rowid;
${visibleRows(table)}`,
  )
  .join('\n')

const READ_INDEXES = `
${BY_PERSON}
${Object.values(TABLES)
  .map((table) => `create index ${table}_by_subject on ${table} (subject, hidden, person);`)
  .join('\n')}
create index follow_by_time on follow (subject, sort, person) where hidden = 0;
`

export const graphProjection: Projection = {
  name: 'graph',
  version: 1,
  schema: SCHEMA,
  readIndexes: READ_INDEXES,
  collections: Object.keys(TABLES),
  prepare: prepareEdges,
  digest: Object.values(TABLES).map(
    (table) => `select a.did, rkey, cid, b.did, sort, ${table}.hidden from ${table}
      join person a on a.id = ${table}.person join person b on b.id = subject order by a.did, rkey`,
  ),
}

function prepareEdges(db: Database, { persons }: Pick<Registers, 'persons'>): Fold {
  const of = (table: string) => ({
    put: db.prepare(
      `insert or replace into ${table} (person, rkey, cid, subject, sort, hidden) values (?, ?, ?, ?, ?, ?)`,
    ),
    remove: db.prepare(`delete from ${table} where person = ? and rkey = ?`),
    held: db.prepare<[PersonId], { rkey: string; cid: string }>(`select rkey, cid from ${table} where person = ?`),
  })
  const edges = { 'app.bsky.graph.follow': of('follow'), 'app.bsky.graph.block': of('block') }
  const edge = (collection: string) => edges[collection as EdgeCollection]
  const askByPerson = askedSeldom(db, BY_PERSON)

  return {
    put(record) {
      const { person, collection, rkey, cid, commitMs, hidden } = record
      const fields = asObject(record.value)
      const subject = fields?.['subject']
      if (typeof subject !== 'string' || !/^did:[a-z]+:[A-Za-z0-9._:%-]{1,256}$/.test(subject)) {
        edge(collection).remove.run(person, rkey)
        return
      }
      const sort = sortTime(datetimeMs(fields?.['createdAt']), commitMs)
      edge(collection).put.run(person, rkey, cid, persons.id(subject as Did), sort, hidden ? 1 : 0)
    },
    remove: ({ person, collection, rkey }) => void edge(collection).remove.run(person, rkey),
    held(person) {
      askByPerson()
      return Object.entries(edges).flatMap(([collection, { held }]) =>
        held.all(person).map((row): HeldRecord => ({ collection, ...row })),
      )
    },
    // The triggers ask.
    visibilityChanges: () => askByPerson(),
  }
}

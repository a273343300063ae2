import type { Database } from 'better-sqlite3'
import { splitAtUri } from '@waypost/kernel'
import type { PersonId } from './projection.ts'
import type { Persons } from './person.ts'
import { CHECKIN_COLLECTIONS } from './read-checkin.ts'

/**
 * Records that others may refer to, whether we hold them or not: a like can come before its check-in, and count once
 * that arrives. A check-in's or comment's id is its subject's id: 32 bits are plenty, and it outlives an edit.
 */
export const SUBJECT_SCHEMA = `
create table subject (
  id integer primary key autoincrement,
  person integer not null,
  collection text not null,
  rkey text not null,
  like_count integer not null default 0,
  comment_count integer not null default 0,
  unique (person, collection, rkey)
) strict;
`

export type SubjectId = number

export interface Subjects {
  find(person: PersonId, collection: string, rkey: string): SubjectId | undefined
  intern(person: PersonId, collection: string, rkey: string): SubjectId
  /** The check-in that an `at://` address names; undefined where it names no record of a kind that is shown. */
  internUri(uri: unknown): SubjectId | undefined
  /** Forgets a subject that nothing speaks of any more. */
  release(id: SubjectId): void
}

export function prepareSubjects(db: Database, persons: Pick<Persons, 'id'>): Subjects {
  const find = db.prepare<[PersonId, string, string], { id: SubjectId }>(
    'select id from subject where person = ? and collection = ? and rkey = ?',
  )
  const insert = db.prepare<[PersonId, string, string], { id: SubjectId }>(
    'insert into subject (person, collection, rkey) values (?, ?, ?) returning id',
  )
  const release = db.prepare(
    `delete from subject where id = :id
     and not exists (select 1 from checkin where id = :id) and not exists (select 1 from comment where id = :id)
     and not exists (select 1 from likes where subject = :id) and not exists (select 1 from comment where subject = :id)`,
  )

  const intern = (person: PersonId, collection: string, rkey: string): SubjectId =>
    (find.get(person, collection, rkey) ?? insert.get(person, collection, rkey)!).id
  return {
    find: (person, collection, rkey) => find.get(person, collection, rkey)?.id,
    intern,
    internUri(uri) {
      const parts = typeof uri === 'string' ? splitAtUri(uri) : undefined
      if (parts === undefined || !(CHECKIN_COLLECTIONS as readonly string[]).includes(parts.collection))
        return undefined
      return intern(persons.id(parts.did), parts.collection, parts.rkey)
    },
    release: (id) => void release.run({ id }),
  }
}

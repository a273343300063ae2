import type { Database } from 'better-sqlite3'
import { assert, splitAtUri } from '@waypost/kernel'
import type { PersonId, Register } from './projection.ts'
import type { Persons } from './person.ts'
import { CHECKIN_COLLECTIONS } from './read-checkin.ts'

/** A collection whose records others may refer to; its place in this list is its number. */
const KINDS: readonly string[] = [...CHECKIN_COLLECTIONS, 'app.waypost.comment', 'app.dropanchor.comment']

/**
 * Records that others may refer to, whether we hold them or not: a like can come before its check-in, and count once
 * that arrives. A check-in's or comment's id is its subject's id: 32 bits are plenty, it outlives an edit, and nothing
 * else ever has it.
 */
export const SUBJECT_SCHEMA = `
create table subject (
  id integer primary key,
  person integer not null,
  kind integer not null,
  rkey text not null,
  like_count integer not null default 0,
  comment_count integer not null default 0,
  collection text not null as (case kind ${KINDS.map((name, kind) => `when ${kind} then '${name}'`).join(' ')} end),
  -- Record keys tell the time, mostly: in this order new ones stand side by side, whoever they are of.
  unique (rkey, person, kind)
) strict;
create table subject_newest (id integer not null) strict;
insert into subject_newest values (0);
`

export type SubjectId = number

/** The number of a collection in `subject.kind`; undefined for one whose records nobody refers to. */
export function subjectKind(collection: string): number | undefined {
  const kind = KINDS.indexOf(collection)
  return kind === -1 ? undefined : kind
}

export interface Subjects extends Register {
  find(person: PersonId, collection: string, rkey: string): SubjectId | undefined
  /** The id of a subject that was not there before; undefined where it was. */
  add(person: PersonId, collection: string, rkey: string): SubjectId | undefined
  intern(person: PersonId, collection: string, rkey: string): SubjectId
  ownerOf(id: SubjectId): PersonId
  /** The check-in that an `at://` address names; undefined where it names no record of a kind that is shown. */
  internUri(uri: unknown): SubjectId | undefined
  /** Forgets a subject that nothing speaks of any more. */
  release(id: SubjectId): void
}

export function prepareSubjects(db: Database, persons: Pick<Persons, 'id'>): Subjects {
  const findRow = db.prepare<[PersonId, number, string], { id: SubjectId }>(
    'select id from subject where person = ? and kind = ? and rkey = ?',
  )
  const insert = db.prepare<[SubjectId, PersonId, number, string]>(
    'insert or ignore into subject (id, person, kind, rkey) values (?, ?, ?, ?)',
  )
  const release = db.prepare(
    `delete from subject where id = :id
     and not exists (select 1 from checkin where id = :id) and not exists (select 1 from comment where id = :id)
     and not exists (select 1 from acceptance where subject = :id)
     and not exists (select 1 from likes where subject = :id) and not exists (select 1 from comment where subject = :id)`,
  )
  const owner = db.prepare<[SubjectId], { person: PersonId }>('select person from subject where id = ?')
  const writeNewest = db.prepare<[SubjectId]>('update subject_newest set id = ?')
  let newest = db.prepare<[], { id: SubjectId }>('select id from subject_newest').get()!.id

  function kindOf(collection: string): number {
    const kind = subjectKind(collection)
    assert(kind !== undefined, `${collection} is among those that are referred to`)
    return kind
  }
  const find = (person: PersonId, collection: string, rkey: string): SubjectId | undefined =>
    findRow.get(person, kindOf(collection), rkey)?.id
  function add(person: PersonId, collection: string, rkey: string): SubjectId | undefined {
    if (insert.run(newest + 1, person, kindOf(collection), rkey).changes === 0) return undefined
    return ++newest
  }
  const intern = (person: PersonId, collection: string, rkey: string): SubjectId =>
    find(person, collection, rkey) ?? add(person, collection, rkey)!
  return {
    find,
    add,
    intern,
    internUri(uri) {
      const parts = typeof uri === 'string' ? splitAtUri(uri) : undefined
      if (parts === undefined || !(CHECKIN_COLLECTIONS as readonly string[]).includes(parts.collection))
        return undefined
      return intern(persons.id(parts.did), parts.collection, parts.rkey)
    },
    ownerOf: (id) => owner.get(id)!.person,
    release: (id) => void release.run({ id }),
    settle: () => void writeNewest.run(newest),
    // An id that was given in vain is given to nobody else.
    reset() {},
  }
}

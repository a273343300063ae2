import type { Database } from 'better-sqlite3'
import { splitAtUri } from '@waypost/kernel'
import {
  sortTime,
  type Fold,
  type HeldRecord,
  type PersonId,
  type Projection,
  type RecordKey,
  type Registers,
} from './projection.ts'
import { asObject, asText, datetimeMs } from './read-checkin.ts'
import type { SubjectId } from './subject.ts'
import { visibleRows } from './visible-rows.ts'

/** In: comments of two apps. Out: every comment on a check-in, known already or not, and their number on it. */

const SCHEMA = `
create table comment (
  -- The id of the comment as a subject.
  id integer primary key,
  person integer not null,
  cid text not null,
  subject integer not null,
  -- Whose check-in it is, and whose comment it answers.
  owner integer not null,
  answered integer,
  sort integer not null,
  hidden integer not null,
  record blob not null
) strict;
create index comment_by_subject on comment (subject, sort) where hidden = 0;
create index comment_subject on comment (subject);
create index comment_by_person on comment (person);
create index comment_by_owner on comment (owner, sort, person) where hidden = 0;
create index comment_by_answered on comment (answered, sort, person) where hidden = 0 and answered is not null;
${visibleRows('comment', {
  appears: 'update subject set comment_count = comment_count + 1 where id = new.subject;',
  vanishes: 'update subject set comment_count = comment_count - 1 where id = old.subject;',
})}
`

export const commentProjection: Projection = {
  name: 'comment',
  version: 2,
  schema: SCHEMA,
  collections: ['app.waypost.comment', 'app.dropanchor.comment'],
  prepare: prepareComments,
  digest: [
    `select author.did, own.collection, own.rkey, comment.cid, owner.did, target.collection, target.rkey, sort,
       comment.hidden, record
     from comment join subject own on own.id = comment.id join person author on author.id = comment.person
     join subject target on target.id = comment.subject join person owner on owner.id = target.person
     order by author.did, own.collection, own.rkey`,
  ],
}

export interface Remark {
  readonly text: string
  readonly facets: readonly unknown[]
  /** The check-in's address. */
  readonly subject: string
  /** The address of the comment that this one answers. */
  readonly reply: string | undefined
  readonly createdAt: string | undefined
}

/** A comment of either app; undefined where it says nothing or of nothing. */
export function readRemark(record: unknown): Remark | undefined {
  const fields = asObject(record)
  const text = asText(fields?.['text'])
  const subject = asObject(fields?.['subject'] ?? fields?.['checkinRef'])?.['uri']
  if (fields === undefined || text === undefined || typeof subject !== 'string') return undefined
  const reply = asObject(fields['reply'])?.['uri']
  const createdAt = fields['createdAt']
  return {
    text,
    facets: Array.isArray(fields['facets']) ? fields['facets'] : [],
    subject,
    reply: typeof reply === 'string' ? reply : undefined,
    createdAt: datetimeMs(createdAt) === undefined ? undefined : (createdAt as string),
  }
}

function prepareComments(db: Database, { persons, subjects }: Pick<Registers, 'persons' | 'subjects'>): Fold {
  const insert = db.prepare(
    'insert or fail into comment (id, person, cid, subject, owner, answered, sort, hidden, record) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const take = db.prepare<[SubjectId], { subject: SubjectId }>('delete from comment where id = ? returning subject')
  const held = db.prepare<[PersonId], HeldRecord>(
    'select collection, rkey, cid from comment join subject on subject.id = comment.id where comment.person = ?',
  )

  function remove({ person, collection, rkey }: Pick<RecordKey, 'person' | 'collection' | 'rkey'>): void {
    const id = subjects.find(person, collection, rkey)
    if (id === undefined) return
    const taken = take.get(id)
    if (taken !== undefined) subjects.release(taken.subject)
    subjects.release(id)
  }
  return {
    put(record) {
      const remark = readRemark(record.value)
      if (remark === undefined) return remove(record)
      const { person, collection, rkey, cid, hidden, bytes } = record
      let id = subjects.add(person, collection, rkey)
      if (id === undefined) {
        remove(record)
        id = subjects.intern(person, collection, rkey)
      }
      const subject = subjects.internUri(remark.subject)
      if (subject === undefined) return subjects.release(id)
      const sort = sortTime(datetimeMs(remark.createdAt), record.commitMs)
      const answers = remark.reply === undefined ? undefined : splitAtUri(remark.reply)?.did
      const answered = answers === undefined ? null : persons.id(answers)
      insert.run(id, person, cid, subject, subjects.ownerOf(subject), answered, sort, hidden ? 1 : 0, bytes)
    },
    remove,
    held: (person) => held.all(person),
  }
}

import type { Database } from 'better-sqlite3'
import { sortTime, type Fold, type HeldRecord, type PersonId, type Projection, type Registers } from './projection.ts'
import { asObject, datetimeMs } from './read-checkin.ts'
import type { SubjectId } from './subject.ts'
import { visibleRows } from './visible-rows.ts'

/** In: `app.waypost.companion`. Out: who says that they were there too, at which check-in, known already or not. */

const COLLECTION = 'app.waypost.companion'

export const acceptanceProjection: Projection = {
  name: 'acceptance',
  version: 1,
  schema: `
create table acceptance (
  person integer not null,
  rkey text not null,
  cid text not null,
  subject integer not null,
  sort integer not null,
  hidden integer not null,
  primary key (person, rkey)
) strict, without rowid;
create index acceptance_by_subject on acceptance (subject, person, hidden);
${visibleRows('acceptance')}`,
  collections: [COLLECTION],
  prepare: prepareAcceptances,
  digest: [
    `select author.did, acceptance.rkey, acceptance.cid, owner.did, collection, subject.rkey, sort, acceptance.hidden
     from acceptance join person author on author.id = acceptance.person join subject on subject.id = acceptance.subject
     join person owner on owner.id = subject.person order by author.did, acceptance.rkey`,
  ],
}

function prepareAcceptances(db: Database, { subjects }: Pick<Registers, 'subjects'>): Fold {
  const put = db.prepare('insert into acceptance (person, rkey, cid, subject, sort, hidden) values (?, ?, ?, ?, ?, ?)')
  const take = db.prepare<[PersonId, string], { subject: SubjectId }>(
    'delete from acceptance where person = ? and rkey = ? returning subject',
  )
  const held = db.prepare<[PersonId], { rkey: string; cid: string }>(
    'select rkey, cid from acceptance where person = ?',
  )
  function remove(person: PersonId, rkey: string): void {
    const taken = take.get(person, rkey)
    if (taken !== undefined) subjects.release(taken.subject)
  }
  return {
    put({ person, rkey, cid, value, commitMs, hidden }) {
      remove(person, rkey)
      const fields = asObject(value)
      const subject = subjects.internUri(asObject(fields?.['subject'])?.['uri'])
      if (subject === undefined) return
      put.run(person, rkey, cid, subject, sortTime(datetimeMs(fields?.['createdAt']), commitMs), hidden ? 1 : 0)
    },
    remove: ({ person, rkey }) => remove(person, rkey),
    held: (person) => held.all(person).map((row): HeldRecord => ({ collection: COLLECTION, ...row })),
  }
}

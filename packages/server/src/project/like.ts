import type { Database } from 'better-sqlite3'
import {
  sortTime,
  type Fold,
  type FoldedRecord,
  type HeldRecord,
  type PersonId,
  type Projection,
  type Registers,
} from './projection.ts'
import { asObject, datetimeMs } from './read-checkin.ts'
import type { SubjectId } from './subject.ts'
import { visibleRows } from './visible-rows.ts'

/**
 * In: likes of three apps. Out: every like of a check-in, known already or not, and on its subject the number of
 * people who like it: two likes by one person count once, and the second counts on when the first is taken back.
 */

// `like` is a word of SQL.
const SCHEMA = `
create table likes (
  person integer not null,
  collection text not null,
  rkey text not null,
  cid text not null,
  subject integer not null,
  -- Whose check-in it is.
  owner integer not null,
  sort integer not null,
  hidden integer not null,
  primary key (person, collection, rkey)
) strict, without rowid;
create index likes_by_subject on likes (subject, person, hidden);
create index likes_by_owner on likes (owner, sort, person, subject) where hidden = 0;
${visibleRows('likes', {
  appears: `update subject set like_count = like_count + 1 where id = new.subject and not exists (
    select 1 from likes where subject = new.subject and person = new.person and hidden = 0
    and (collection, rkey) <> (new.collection, new.rkey));`,
  vanishes: `update subject set like_count = like_count - 1 where id = old.subject and not exists (
    select 1 from likes where subject = old.subject and person = old.person and hidden = 0
    and (collection, rkey) <> (old.collection, old.rkey));`,
})}
`

export const likeProjection: Projection = {
  name: 'like',
  version: 2,
  schema: SCHEMA,
  collections: ['community.lexicon.interaction.like', 'app.dropanchor.like', 'app.beaconbits.beacon.like'],
  prepare: prepareLikes,
  digest: [
    `select author.did, likes.collection, likes.rkey, likes.cid, owner.did, subject.collection, subject.rkey, sort,
       likes.hidden
     from likes join person author on author.id = likes.person join subject on subject.id = likes.subject
     join person owner on owner.id = subject.person order by author.did, likes.collection, likes.rkey`,
  ],
}

/** Ours and Anchor's name the subject with its CID, BeaconBits by its address alone; each under another name. */
function subjectUri(record: Readonly<Record<string, unknown>>): unknown {
  const { subject, checkinRef } = record
  return typeof subject === 'string' ? subject : asObject(subject ?? checkinRef)?.['uri']
}

function prepareLikes(db: Database, { subjects }: Pick<Registers, 'subjects'>): Fold {
  const insert = db.prepare(
    'insert or ignore into likes (person, collection, rkey, cid, subject, owner, sort, hidden) values (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const take = db.prepare<[PersonId, string, string], { subject: SubjectId }>(
    'delete from likes where person = ? and collection = ? and rkey = ? returning subject',
  )
  const held = db.prepare<[PersonId], HeldRecord>('select collection, rkey, cid from likes where person = ?')

  function remove(key: { person: PersonId; collection: string; rkey: string }): void {
    const taken = take.get(key.person, key.collection, key.rkey)
    if (taken !== undefined) subjects.release(taken.subject)
  }
  /** False where the key is taken, or the record is no like of anything. */
  function add({ person, collection, rkey, cid, value, commitMs, hidden }: FoldedRecord): boolean {
    const fields = asObject(value)
    const subject = fields && subjects.internUri(subjectUri(fields))
    if (fields === undefined || subject === undefined) return false
    const sort = sortTime(datetimeMs(fields['createdAt']), commitMs)
    return (
      insert.run(person, collection, rkey, cid, subject, subjects.ownerOf(subject), sort, hidden ? 1 : 0).changes > 0
    )
  }
  return {
    put(record) {
      // Nearly always the key is new.
      if (add(record)) return
      remove(record)
      add(record)
    },
    remove,
    held: (person) => held.all(person),
  }
}

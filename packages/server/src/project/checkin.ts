import type { Database } from 'better-sqlite3'
import { atUri, isTid, tidMicros, type Did } from '@waypost/kernel'
import { categoryOf } from '@waypost/lexicon/category-names'
import type { Touched } from './mayor.ts'
import type { Description } from './place-rows.ts'
import {
  sortTime,
  type Change,
  type Fold,
  type FoldedRecord,
  type HeldRecord,
  type PersonId,
  type Projection,
  type RecordKey,
  type Registers,
} from './projection.ts'
import { askedSeldom } from './asked-seldom.ts'
import { indexedText } from './words.ts'
import { CHECKIN_COLLECTIONS, datetimeMs, offsetMinutes, readVisit, type Visit } from './read-checkin.ts'
import { SUBJECT_SCHEMA } from './subject.ts'

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
  -- When the visit was, milliseconds since 1970.
  sort integer not null,
  -- Minutes east of UTC there and then, where the author wrote them.
  zone integer,
  place integer,
  description integer,
  lat real,
  lon real,
  -- Whether its point is another, or none, than where its place was first said to be.
  stray integer not null,
  country text,
  -- One of the set, where it is known what the author means.
  category text,
  -- Primary subtags of the text's languages, in brackets: '[en][de]'.
  langs text,
  photos integer not null,
  -- 0: told long after, or one of too many at once; in every history, on no feed of what is new.
  live integer not null,
  -- 1: live, and written when it was, by its record key: what counts for mayors and points.
  lived integer not null,
  hidden integer not null,
  record blob not null
) strict;

-- Strays alone: the others are found by where their place is, which spares most of them the dearest of the indexes.
-- Seconds since 1970 as the third axis: so a busy area is read backwards in time, not whole.
create virtual table checkin_area using rtree(id, south, north, west, east, earliest, latest);

-- Words of those that say something, with the name of their place.
create virtual table checkin_text using fts5(
  words, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
);

-- Whom the author says they were with.
create table companion (
  checkin integer not null,
  person integer not null,
  primary key (checkin, person)
) strict, without rowid;
create index companion_by_person on companion (person, checkin);

create table photo (
  checkin integer not null,
  person integer not null,
  cid text not null,
  media_type text not null,
  primary key (person, cid, checkin)
) strict, without rowid;
create index photo_by_checkin on photo (checkin);
`

const BY_VISIT = 'create index if not exists checkin_by_visit on checkin (person, place, hidden, sort)'
const READ_INDEXES = `
${BY_VISIT};
-- Covers what the global feed can be narrowed down to.
create index checkin_by_sort on checkin (sort, id, live, category, langs, photos, lat, lon) where hidden = 0;
-- Covers what a person's feed, their share of a timeline and the figures about them ask for.
create index checkin_by_person on checkin (person, hidden, sort, id, live, lived, zone, place, country, category, lat, lon);
create index checkin_by_place on checkin (place, stray, sort) where hidden = 0;
create index checkin_by_place_photo on checkin (place, sort) where hidden = 0 and photos > 0;
create index checkin_by_stay on checkin (place, sort, id, person, zone, lat, lon) where hidden = 0 and lived = 1;
`

/** A check-in of a visit longer ago than this is no news when it is heard; of those that came by a commit of their own. */
const NEWS_AGE_MS_MAX = 86_400_000
/** … and of those that came with a whole repository, seen from its newest commit. */
const BACKFILLED_NEWS_AGE_MS_MAX = 3_600_000
/** A visit told later than this is history. */
const TOLD_AFTER_MS_MAX = 86_400_000

export const checkinProjection: Projection = {
  name: 'checkin',
  version: 4,
  schema: SCHEMA,
  readIndexes: READ_INDEXES,
  collections: CHECKIN_COLLECTIONS,
  complete: countVisitors,
  prepare: prepareCheckins,
  digest: [
    `select did, collection, rkey, checkin.cid, sort, zone, place.key, lat, lon, country, category, langs, photos,
       live, checkin.hidden, record, like_count, comment_count
     from checkin join subject on subject.id = checkin.id join person on person.id = checkin.person
     left join place on place.id = checkin.place order by did, collection, rkey`,
    `select did, collection, rkey, photo.cid, media_type from photo join subject on subject.id = photo.checkin
     join person on person.id = photo.person order by did, collection, rkey, photo.cid`,
    `select author.did, collection, rkey, companion.did from companion said
     join subject on subject.id = said.checkin join person author on author.id = subject.person
     join person companion on companion.id = said.person order by author.did, collection, rkey, companion.did`,
    // Nothing may remain of what nobody speaks of.
    `select did, collection, rkey, like_count, comment_count from subject join person on person.id = person
     order by did, collection, rkey`,
  ],
}

interface Taken extends Omit<Touched, 'person'> {
  readonly description: number | null
  readonly stray: 0 | 1
  readonly live: 0 | 1
  readonly hidden: 0 | 1
}

interface Turning extends Touched {
  readonly zone: number | null
  readonly did: Did
  readonly collection: string
  readonly rkey: string
  readonly description: number | null
  readonly stray: 0 | 1
  readonly live: 0 | 1
}

function prepareCheckins(db: Database, registers: Registers, report: (change: Change) => void): Fold {
  const { persons, subjects, places, mayors } = registers
  const counts = prepareCounts(db, registers)
  const insert = db.prepare('insert into checkin values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertCompanion = db.prepare('insert into companion values (?, ?)')
  const takeCompanions = db.prepare<[number]>('delete from companion where checkin = ?')
  const insertPhoto = db.prepare('insert or ignore into photo (checkin, person, cid, media_type) values (?, ?, ?, ?)')
  const insertText = db.prepare('insert into checkin_text (rowid, words) values (?, ?)')
  const forgetText = db.prepare('delete from checkin_text where rowid = ?')
  const take = db.prepare<[number], Taken>(
    'delete from checkin where id = ? returning id, description, stray, live, hidden, place, sort, lat, lon, lived',
  )
  const takePhotos = db.prepare<[number]>('delete from photo where checkin = ?')
  const held = db.prepare<[PersonId], HeldRecord>(
    `select collection, rkey, cid from checkin join subject on subject.id = checkin.id where checkin.person = ?`,
  )
  const turning = db.prepare<[PersonId, 0 | 1], Turning>(
    `select checkin.id, checkin.person, did, collection, rkey, checkin.description, sort, zone, lat, lon, stray, place, live,
       lived from checkin join subject on subject.id = checkin.id join person on person.id = checkin.person
     where checkin.person = ? and checkin.hidden <> ? order by checkin.id`,
  )
  const turn = db.prepare<[0 | 1, PersonId]>('update checkin set hidden = ? where person = ?')
  const askByPerson = askedSeldom(db, BY_VISIT)

  function takeOut(person: PersonId, id: number): Taken | undefined {
    const taken = take.get(id)
    if (taken === undefined) return undefined
    takePhotos.run(id)
    takeCompanions.run(id)
    forgetText.run(id)
    const hidden = taken.hidden === 1
    if (!hidden) {
      counts.hide(person, { id, stray: taken.stray })
      mayors.go({ person, ...taken })
    }
    if (taken.description !== null) counts.weigh(person, places.said(taken.description), { by: -1, hidden })
    return taken
  }

  function remove({ person, did, collection, rkey, position }: RecordKey): void {
    const id = subjects.find(person, collection, rkey)
    if (id === undefined) return
    const taken = takeOut(person, id)
    if (taken?.hidden === 0) report({ position, kind: 'deletion', uri: atUri(did, collection, rkey), id })
    subjects.release(id)
  }

  function put(record: FoldedRecord, visit: Visit): void {
    const { person, did, collection, rkey, cid, commitMs, hidden, position } = record
    let id = subjects.add(person, collection, rkey)
    let before: Taken | undefined
    const isNew = id !== undefined
    if (id === undefined) {
      id = subjects.intern(person, collection, rkey)
      before = takeOut(person, id)
    }
    const said = visit.placeId === undefined ? undefined : places.find(visit.placeId, visit.place)
    const place = said?.place.id ?? null
    const description = said?.id ?? null
    const created = sortTime(datetimeMs(visit.createdAt), commitMs)
    const sort = sortTime(datetimeMs(visit.visitedAt), created)
    // An edit is no check-in more.
    const isWithinRate = (): boolean => (before === undefined ? persons.isWithinRate(person, sort) : before.live === 1)
    const live = created - sort <= TOLD_AFTER_MS_MAX && isWithinRate()
    const lived = live && isWrittenThen(rkey, sort) ? 1 : 0
    const zone = offsetMinutes(visit.visitedAt ?? visit.createdAt) ?? null
    const lat = visit.point?.lat ?? null
    const lon = visit.point?.lon ?? null
    const country = visit.place.address?.country.toUpperCase() ?? null
    const stray = lat === (said?.place.lat ?? null) && lon === (said?.place.lon ?? null) ? 0 : 1
    if (!hidden) counts.show(person, { id, sort, lat, lon, stray })
    if (said) counts.weigh(person, said, { by: 1, hidden })
    insert.run(
      id,
      person,
      cid,
      sort,
      zone,
      place,
      description,
      lat,
      lon,
      stray,
      country,
      categoryOf(visit.place.category) ?? null,
      visit.langs.length === 0 ? null : visit.langs.map((lang) => `[${lang}]`).join(''),
      visit.photos.length,
      live ? 1 : 0,
      lived,
      hidden ? 1 : 0,
      record.bytes,
    )
    if (visit.text !== undefined) insertText.run(id, indexedText(`${visit.text} ${visit.place.name}`))
    if (!hidden) mayors.come({ id, person, place, sort, zone, lat, lon, lived })
    for (const did of visit.with) if (did !== record.did) insertCompanion.run(id, persons.id(did))
    for (const photo of visit.photos) insertPhoto.run(id, person, photo.cid, photo.mimeType)
    if (hidden) return
    const newsAgeMax = record.backfilled ? BACKFILLED_NEWS_AGE_MS_MAX : NEWS_AGE_MS_MAX
    const isNews = live && sort >= commitMs - newsAgeMax
    const told = isNew && isNews ? { cid, visit, record: record.value } : undefined
    const uri = atUri(did, collection, rkey)
    const shown = { sortMs: sort, isNews, commitMs, person, live, lat, lon, said: told }
    report({ position, kind: 'checkin', uri, id, ...shown })
  }

  return {
    put(record) {
      const visit = readVisit(record.collection, record.value, record.commitMs)
      if (visit === undefined) remove(record)
      else put(record, visit)
    },
    remove,
    held(person) {
      askByPerson()
      return held.all(person)
    },
    visibilityChanges(person, { hidden, position }) {
      askByPerson()
      const rows = turning.all(person, hidden ? 1 : 0)
      if (rows.length === 0) return
      turn.run(hidden ? 1 : 0, person)
      counts.turn(person, rows, { hidden })
      for (const row of rows)
        if (hidden) mayors.go(row)
        else mayors.come(row)
      // Those who come back bring no news: readers see them again when they next read.
      for (const { id, did, collection, rkey, sort, lat, lon, live } of rows) {
        const what = { position, uri: atUri(did, collection, rkey), id }
        const shown = { sortMs: sort, isNews: false, person, live: live === 1, lat, lon }
        report(hidden ? { ...what, kind: 'deletion' } : { ...what, kind: 'checkin', ...shown })
      }
    },
  }
}

/** Who was at a place on which visits: asking that at each check-in takes longer than all of it at once. */
function countVisitors(db: Database): void {
  db.exec(`update place set person_count = visitors.count from (
    select place, count(*) as count from (select distinct person, place from checkin where hidden = 0) group by place
  ) visitors where visitors.place = place.id`)
}

/** Record keys tell when a record was written; one that tells otherwise than the visit was told of later, or before. */
function isWrittenThen(rkey: string, sort: number): boolean {
  return isTid(rkey) && Math.abs(tidMicros(rkey) / 1_000 - sort) <= TOLD_AFTER_MS_MAX
}

type Placed = Pick<Turning, 'id' | 'sort' | 'lat' | 'lon' | 'stray'>

/** What follows from the check-ins that are visible, and the uses of descriptions by all. */
function prepareCounts(db: Database, { tally, persons, places, building }: Registers) {
  const visited = db.prepare<[PersonId, number]>(
    'select 1 from checkin where person = ? and place = ? and hidden = 0 limit 1',
  )
  const addArea = db.prepare('insert into checkin_area values (?, ?, ?, ?, ?, ?, ?)')
  const forgetArea = db.prepare<[number]>('delete from checkin_area where id = ?')

  function show(person: PersonId, { id, sort, lat, lon, stray }: Placed): void {
    tally.count('checkins', 1)
    persons.countCheckins(person, 1)
    if (stray === 1 && lat !== null) addArea.run(id, lat, lat, lon, lon, sort / 1_000, sort / 1_000)
  }

  function hide(person: PersonId, { id, stray }: Pick<Placed, 'id' | 'stray'>): void {
    tally.count('checkins', -1)
    persons.countCheckins(person, -1)
    if (stray === 1) forgetArea.run(id)
  }

  return {
    show,
    hide,
    /** One check-in that comes or goes; while its row is not in the table. */
    weigh(
      person: PersonId,
      said: Description,
      { by, hidden }: { readonly by: 1 | -1; readonly hidden: boolean },
    ): void {
      if (hidden) return places.weigh(said, { uses: by })
      const others = by === 1 ? said.place.checkins : said.place.checkins - 1
      const isOnly = !building && (others === 0 || visited.get(person, said.place.id) === undefined)
      places.weigh(said, { uses: by, checkins: by, persons: isOnly ? by : 0 })
    },
    /** All of a person's, which were the other way before. */
    turn(person: PersonId, rows: readonly Turning[], { hidden }: { readonly hidden: boolean }): void {
      const by = hidden ? -1 : 1
      const seen = new Set<number>()
      for (const row of rows) {
        if (hidden) hide(person, row)
        else show(person, row)
        if (row.description === null) continue
        const said = places.said(row.description)
        places.weigh(said, { checkins: by, persons: building || seen.has(said.place.id) ? 0 : by })
        seen.add(said.place.id)
      }
    },
  }
}

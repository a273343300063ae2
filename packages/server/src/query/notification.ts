import type { Database } from 'better-sqlite3'
import { assert, ok, refuse, type Result } from '@waypost/kernel'
import type { PageRequest } from './cursor.ts'
import type { PersonRow, Persons } from './person.ts'

/**
 * What concerns somebody, found when it is asked for: a question, not a table, so that what is taken back, hidden or
 * blocked is gone from here as it is from everywhere.
 */

export type NoticeKind =
  | 'like'
  | 'comment'
  | 'reply'
  | 'follow'
  | 'tag'
  | 'tag-accepted'
  | 'mayor-won'
  | 'mayor-lost'
  | 'friend-here'

export interface Notice {
  /** The same each time: what a client tells notices apart by. */
  readonly key: string
  readonly kind: NoticeKind
  /** Milliseconds since 1970; what notices are ordered by. */
  readonly sort: number
  /** Whose doing it is; for a crown, from whom or to whom it went. */
  readonly author: PersonRow
  /** Ids. */
  readonly checkin: number | undefined
  readonly comment: number | undefined
  /** A place's id. */
  readonly place: string | undefined
  /** Of a tag: whether it was agreed to. */
  readonly accepted: boolean
}

export interface Notifications {
  /** Newest first. `now` in milliseconds since 1970: a friend is here for two hours. */
  notifications(
    person: PersonRow,
    page: PageRequest & { readonly now: number },
  ): Result<{ readonly notices: readonly Notice[]; readonly cursor: string | undefined }, 'InvalidCursor'>
}

interface Row {
  readonly sort: number
  readonly person: number
  /** Tells rows of one kind, moment and person apart. */
  readonly tie: number
  readonly checkin: number | null
  readonly comment: number | null
  readonly place: string | null
  readonly accepted: number | null
}

interface Asked extends Place {
  readonly me: number
  readonly limit: number
}

/** Where in its source a row stands: newest first, of one moment the largest. */
interface Place {
  readonly sort: number
  readonly person: number
  readonly tie: number
}

/** Two who follow each other and are at one place within so long are told of it. */
export const HERE_MS = 7_200_000

const NOTHING = 'null as comment, null as place, null as accepted'
const AFTER = (sort: string, person: string, tie: string): string =>
  `(${sort}, ${person}, ${tie}) < (:sort, :person, :tie) order by ${sort} desc, ${person} desc, ${tie} desc limit :limit`

/**
 * Each answers the next rows after a place in it. Likes, comments and follows come straight from an index in that
 * order, so that a page costs no more for whoever is liked much. `distinct`: the same said twice at one moment.
 */
export const SOURCES: Readonly<Record<Exclude<NoticeKind, 'friend-here'>, string>> = {
  like: `select distinct sort, person, subject as tie, subject as checkin, ${NOTHING} from likes
    where owner = :me and hidden = 0 and person <> :me and ${AFTER('sort', 'person', 'subject')}`,
  comment: `select sort, person, id as tie, subject as checkin, id as comment, null as place, null as accepted
    from comment where owner = :me and hidden = 0 and person <> :me and answered is not :me
    and ${AFTER('sort', 'person', 'id')}`,
  reply: `select sort, person, id as tie, subject as checkin, id as comment, null as place, null as accepted
    from comment where answered = :me and hidden = 0 and person <> :me and ${AFTER('sort', 'person', 'id')}`,
  follow: `select distinct sort, person, person as tie, null as checkin, ${NOTHING} from follow
    where subject = :me and hidden = 0 and ${AFTER('sort', 'person', 'person')}`,
  tag: `select sort, checkin.person, checkin.id as tie, checkin.id as checkin, null as comment, null as place,
    exists (select 1 from acceptance where subject = checkin.id and acceptance.person = :me and hidden = 0) as accepted
    from companion cross join checkin on checkin.id = companion.checkin
    where companion.person = :me and checkin.hidden = 0 and checkin.live = 1
    and ${AFTER('sort', 'checkin.person', 'checkin.id')}`,
  'tag-accepted': `select distinct acceptance.sort, acceptance.person, own.id as tie, own.id as checkin, ${NOTHING}
    from checkin own join acceptance on acceptance.subject = own.id
    where own.person = :me and own.hidden = 0 and acceptance.hidden = 0 and acceptance.person <> :me
    and exists (select 1 from companion where checkin = own.id and companion.person = acceptance.person)
    and ${AFTER('acceptance.sort', 'acceptance.person', 'own.id')}`,
  // A first crown is told at the check-in that wins it; taken from somebody it is news.
  'mayor-won': `select won.since as sort, lost.person, won.place as tie, null as checkin, null as comment,
    place.key as place, null as accepted from mayorship won
    join mayorship lost on lost.place = won.place and lost.until = won.since and lost.person <> won.person
    join place on place.id = won.place where won.person = :me and ${AFTER('won.since', 'lost.person', 'won.place')}`,
  'mayor-lost': `select lost.until as sort, won.person, lost.place as tie, null as checkin, null as comment,
    place.key as place, null as accepted from mayorship lost
    join mayorship won on won.place = lost.place and won.since = lost.until
    join place on place.id = lost.place where lost.person = :me and won.person <> :me
    and ${AFTER('lost.until', 'won.person', 'lost.place')}`,
}

export function prepareNotifications(db: Database, persons: Pick<Persons, 'personById'>): Notifications {
  const sources = Object.entries(SOURCES).map(([kind, sql]) => ({
    kind: kind as NoticeKind,
    rows: db.prepare<Asked, Row>(sql),
  }))
  const friendsHere = prepareFriendsHere(db)

  function noticeOf({ kind, row, key }: Told): Notice {
    const author = persons.personById(row.person)
    assert(author !== undefined, 'whoever did something has a row')
    return {
      key,
      kind,
      sort: row.sort,
      author,
      checkin: row.checkin ?? undefined,
      comment: row.comment ?? undefined,
      place: row.place ?? undefined,
      accepted: row.accepted === 1,
    }
  }

  return {
    notifications({ id }, { limit, cursor, now }) {
      const from = readNoticeCursor(cursor)
      if (from === undefined) return refuse('InvalidCursor')
      const asked = (kind: NoticeKind): Asked => ({ me: id, limit: limit + 1, ...placeIn(kind, from) })
      const told = [
        ...sources.flatMap(({ kind, rows }) => rows.all(asked(kind)).map((row) => toldOf(kind, row))),
        ...friendsHere(asked('friend-here'), now).map((row) => toldOf('friend-here', row)),
      ].sort(newestFirst)
      const page = told.slice(0, limit)
      const last = page.at(-1)
      return ok({
        notices: page.map(noticeOf),
        cursor: told.length > limit && last ? writeNoticeCursor(last) : undefined,
      })
    },
  }
}

/** Who is where somebody is now: `:own` is when they first came there within `HERE_MS` of the other's coming. */
function prepareFriendsHere(db: Database): (asked: Asked, now: number) => readonly Row[] {
  const last = db.prepare<[number, number], { place: number }>(
    `select place from checkin where person = ? and hidden = 0 and sort >= ? and place is not null
     order by sort desc, id desc limit 1`,
  )
  const here = db.prepare<Asked & { place: number; since: number }, Row>(
    `with friend as (
       select id, person, sort, (select min(own.sort) from checkin own where own.person = :me and own.place = :place
         and own.hidden = 0 and own.sort between friend.sort - ${HERE_MS} and friend.sort + ${HERE_MS}) as own
       from checkin friend
       where place = :place and stray in (0, 1) and hidden = 0 and sort >= :since and live = 1 and person <> :me
         and exists (select 1 from follow where person = :me and subject = friend.person and hidden = 0)
         and exists (select 1 from follow where person = friend.person and subject = :me and hidden = 0))
     select max(friend.sort, own) as sort, friend.person, friend.id as tie, friend.id as checkin, null as comment,
       place.key as place, null as accepted
     from friend join place on place.id = :place
     where own is not null and ${AFTER('max(friend.sort, own)', 'friend.person', 'friend.id')}`,
  )
  return (asked, now) => {
    const own = last.get(asked.me, now - HERE_MS)
    return own === undefined ? [] : here.all({ ...asked, place: own.place, since: now - HERE_MS })
  }
}

/** A row of a source, with what it is. */
interface Told {
  readonly kind: NoticeKind
  readonly row: Row
  readonly key: string
}

function toldOf(kind: NoticeKind, row: Row): Told {
  return { kind, row, key: `${kind}-${row.person}-${row.tie}-${row.sort}` }
}

function newestFirst(a: Told, b: Told): number {
  return (
    b.row.sort - a.row.sort ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    b.row.person - a.row.person ||
    b.row.tie - a.row.tie
  )
}

/** In this order where they are of one moment. */
const KINDS: readonly NoticeKind[] = [...(Object.keys(SOURCES) as (keyof typeof SOURCES)[]), 'friend-here']
const FIRST: Place = { sort: Number.MAX_SAFE_INTEGER, person: Number.MAX_SAFE_INTEGER, tie: Number.MAX_SAFE_INTEGER }

/** Where a source goes on after a notice of any kind: of the same moment, what comes later in the order. */
function placeIn(kind: NoticeKind, from: Place & { readonly kind: number }): Place {
  const later = KINDS.indexOf(kind) - from.kind
  if (later === 0) return from
  const rest = later > 0 ? Number.MAX_SAFE_INTEGER : -1
  return { sort: from.sort, person: rest, tie: rest }
}

function writeNoticeCursor({ kind, row: { sort, person, tie } }: Told): string {
  return `${sort}.${KINDS.indexOf(kind)}.${person}.${tie}`
}

/** Undefined where it is none. */
function readNoticeCursor(cursor: string | undefined): (Place & { readonly kind: number }) | undefined {
  if (cursor === undefined) return { ...FIRST, kind: 0 }
  const parts = /^(\d{1,15})\.(\d)\.(\d{1,15})\.(\d{1,15})$/.exec(cursor)?.slice(1).map(Number)
  return parts && { sort: parts[0]!, kind: parts[1]!, person: parts[2]!, tie: parts[3]! }
}

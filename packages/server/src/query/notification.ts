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
  /** Tells rows of one kind and moment apart. */
  readonly tie: number
  readonly checkin: number | null
  readonly comment: number | null
  readonly place: string | null
  readonly accepted: number | null
}

interface Asked {
  readonly me: number
  readonly sort: number
  readonly limit: number
}

/** Two who follow each other and are at one place within so long are told of it. */
const HERE_MS = 7_200_000
/** So many at one moment are told apart by their keys; more of one kind than fit a page and these are cut. */
const TIES_MAX = 50

const NOTHING = 'null as comment, null as place, null as accepted'

const SOURCES: Readonly<Record<Exclude<NoticeKind, 'friend-here'>, string>> = {
  like: `select max(sort) as sort, person, subject as tie, subject as checkin, ${NOTHING} from likes
    where owner = :me and hidden = 0 and person <> :me and sort <= :sort group by sort, person, subject`,
  comment: `select sort, person, id as tie, subject as checkin, id as comment, null as place, null as accepted
    from comment where owner = :me and hidden = 0 and person <> :me and sort <= :sort
    and answered is not :me`,
  reply: `select sort, person, id as tie, subject as checkin, id as comment, null as place, null as accepted
    from comment where answered = :me and hidden = 0 and person <> :me and sort <= :sort`,
  follow: `select sort, person, person as tie, null as checkin, ${NOTHING} from follow
    where subject = :me and hidden = 0 and sort <= :sort`,
  tag: `select sort, checkin.person, checkin.id as tie, checkin.id as checkin, null as comment, null as place,
    exists (select 1 from acceptance where subject = checkin.id and acceptance.person = :me and hidden = 0) as accepted
    from companion cross join checkin on checkin.id = companion.checkin
    where companion.person = :me and checkin.hidden = 0 and checkin.live = 1 and sort <= :sort`,
  'tag-accepted': `select acceptance.sort, acceptance.person, subject.id as tie, subject.id as checkin, ${NOTHING}
    from checkin own join subject on subject.id = own.id join acceptance on acceptance.subject = subject.id
    where own.person = :me and own.hidden = 0 and acceptance.hidden = 0 and acceptance.person <> :me
    and acceptance.sort <= :sort
    and exists (select 1 from companion where checkin = subject.id and companion.person = acceptance.person)`,
  // A first crown is told at the check-in that wins it; taken from somebody it is news.
  'mayor-won': `select won.since as sort, lost.person, won.place as tie, null as checkin, null as comment,
    place.key as place, null as accepted from mayorship won
    join mayorship lost on lost.place = won.place and lost.until = won.since and lost.person <> won.person
    join place on place.id = won.place where won.person = :me and won.since <= :sort`,
  'mayor-lost': `select lost.until as sort, won.person, lost.place as tie, null as checkin, null as comment,
    place.key as place, null as accepted from mayorship lost
    join mayorship won on won.place = lost.place and won.since = lost.until
    join place on place.id = lost.place where lost.person = :me and lost.until <= :sort and won.person <> :me`,
}

export function prepareNotifications(db: Database, persons: Pick<Persons, 'personById'>): Notifications {
  const sources = Object.entries(SOURCES).map(([kind, sql]) => ({
    kind: kind as NoticeKind,
    rows: db.prepare<Asked, Row>(`${sql} order by 1 desc, tie desc limit :limit`),
  }))
  const mine = db.prepare<[number, number], { place: number; sort: number }>(
    `select place, sort from checkin where person = ? and hidden = 0 and sort >= ? and place is not null
     order by sort desc, id desc limit 1`,
  )
  const here = db.prepare<{ me: number; place: number; since: number; sort: number; own: number }, Row>(
    `select max(checkin.sort, :own) as sort, checkin.person, checkin.id as tie, checkin.id as checkin, null as comment,
       place.key as place, null as accepted
     from checkin join place on place.id = checkin.place
     where checkin.place = :place and stray in (0, 1) and checkin.hidden = 0 and checkin.sort >= :since
       and abs(checkin.sort - :own) <= ${HERE_MS} and checkin.live = 1 and checkin.person <> :me
       and max(checkin.sort, :own) <= :sort
       and exists (select 1 from follow where person = :me and subject = checkin.person and hidden = 0)
       and exists (select 1 from follow where person = checkin.person and subject = :me and hidden = 0)
     order by 1 desc, tie desc limit ${TIES_MAX}`,
  )

  function noticeOf(kind: NoticeKind, row: Row): Notice {
    const author = persons.personById(row.person)
    assert(author !== undefined, 'whoever did something has a row')
    return {
      key: keyOf(kind, row),
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
      const asked = { me: id, sort: from.sort, limit: limit + 1 + TIES_MAX }
      const own = mine.get(id, now - HERE_MS)
      const friends =
        own === undefined ? [] : here.all({ ...asked, place: own.place, own: own.sort, since: now - HERE_MS })
      const notices = [
        ...sources.flatMap(({ kind, rows }) => rows.all(asked).map((row) => ({ kind, row, key: keyOf(kind, row) }))),
        ...friends.map((row) => ({ kind: 'friend-here' as const, row, key: keyOf('friend-here', row) })),
      ]
        .filter(({ row, key }) => row.sort < from.sort || key < from.key)
        .sort((a, b) => b.row.sort - a.row.sort || (a.key < b.key ? 1 : -1))
      const page = notices.slice(0, limit)
      const last = page.at(-1)
      return ok({
        notices: page.map(({ kind, row }) => noticeOf(kind, row)),
        cursor: notices.length > limit && last ? `${last.row.sort}.${last.key}` : undefined,
      })
    },
  }
}

function keyOf(kind: NoticeKind, { person, tie, sort }: Row): string {
  return `${kind}-${person}-${tie}-${sort}`
}

/** Undefined where it is none. The key is only compared. */
function readNoticeCursor(cursor: string | undefined): { readonly sort: number; readonly key: string } | undefined {
  if (cursor === undefined) return { sort: Number.MAX_SAFE_INTEGER, key: '~' }
  const parts = /^(\d{1,16})\.([a-z0-9-]{1,100})$/.exec(cursor)
  return parts === null ? undefined : { sort: Number(parts[1]), key: parts[2]! }
}

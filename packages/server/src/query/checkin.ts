import type { Database } from 'better-sqlite3'
import { decode } from '@atcute/cbor'
import type { CidString } from '@atproto/lex'
import { assert, atUri, splitAtUri, type AtUri, type Cid, type Did } from '@waypost/kernel'
import { readRemark, type Remark } from '#project/comment.ts'
import { readVisit, type Visit } from '#project/read-checkin.ts'
import { subjectKind } from '#project/subject.ts'
import type { Committed } from '#project/batch.ts'
import { createFresh, type FreshCheckin } from './fresh.ts'
import { createHeld } from './held.ts'
import type { OwnRecord, PersonRow, Persons } from './person.ts'

export interface CheckinRow {
  readonly id: number
  readonly uri: AtUri
  readonly cid: Cid
  readonly author: PersonRow
  /** Milliseconds since 1970. */
  readonly sort: number
  readonly visit: Visit
  /** Those that the author put on it. */
  readonly labels: readonly string[]
  /** People of `visit.with`; undefined for those whom no event was about. */
  readonly with: readonly Companion[]
  readonly likeCount: number
  readonly commentCount: number
  /** The viewer's like. */
  readonly viewerLike: AtUri | undefined
  /** The record, decoded by @atcute/cbor. */
  readonly record: unknown
}

export interface Companion {
  readonly did: Did
  readonly person: PersonRow | undefined
  /** They say that they were there too. */
  readonly accepted: boolean
}

/** Who said of which check-ins that they were not there: theirs to say, and in no repository. */
export interface Denials {
  has(did: Did, checkin: AtUri): boolean
}

export interface CommentRow {
  readonly id: number
  readonly uri: AtUri
  readonly cid: Cid
  readonly author: PersonRow
  readonly sort: number
  readonly remark: Remark
}

export interface Checkins {
  /** The rows of a skeleton, in its order; ids that are gone by now, or hidden, are left out. */
  checkins(ids: readonly number[], viewer: Did | undefined): readonly CheckinRow[]
  /** Who of those that an author names is known, and says so too; whoever denies it is not among them. */
  companyOf(checkin: number, named: readonly Did[]): readonly Companion[]
  /** Finds somebody's like of a check-in, for many at once; undefined where they like nothing. */
  likesBy(viewer: Did): ((checkin: number) => AtUri | undefined) | undefined
  commentRows(ids: readonly number[]): readonly CommentRow[]
  /** The id of a visible check-in. */
  checkinId(uri: string): number | undefined
  /** A person's records that say they were there too. */
  acceptancesOf(author: Did, subject: string): readonly OwnRecord[]
  /** The likes of one person on a check-in, ours first; more than one where a client wrote it twice. */
  likesOf(author: Did, subject: string): readonly OwnRecord[]
  /** What an image may be shown as, and only that; undefined for one that stands on nothing visible. */
  visiblePhoto(did: string, cid: string): VisiblePhoto | undefined
}

export interface VisiblePhoto {
  readonly on: 'checkin' | 'avatar'
  /** As the record says. */
  readonly mediaType: string
}

interface Row {
  readonly id: number
  readonly person: number
  readonly cid: string
  readonly sort: number
  readonly record: Uint8Array
}

interface SubjectRow {
  readonly person: number
  readonly collection: string
  readonly rkey: string
  readonly like_count: number
  readonly comment_count: number
}

interface Told extends FreshCheckin {
  readonly likeCount: number
  readonly commentCount: number
}

const NOBODY_DENIES: Denials = { has: () => false }
const NO_COMPANY: readonly Companion[] = []

/** Whether a beacon was to be seen was decided when it was folded in. */
export const REVEALED = Number.MAX_SAFE_INTEGER

/** Whose likes are remembered, and how many of each at four bytes; whoever likes more is asked for each check-in. */
const LIKERS_HELD_MAX = 5_000
const LIKES_HELD_MAX = 10_000

export function prepareCheckins(
  db: Database,
  persons: Persons,
  denials: Denials = NOBODY_DENIES,
): Checkins & { readonly follow: (committed: Committed) => void } {
  // Two look-ups rather than a join: measured at a quarter of its time, and pages are made of these.
  const checkinRow = db.prepare<[number], Row>(
    'select id, person, cid, sort, record from checkin where id = ? and hidden = 0',
  )
  const commentRow = db.prepare<[number], Row>(
    'select id, person, cid, sort, record from comment where id = ? and hidden = 0',
  )
  const subjectRow = db.prepare<[number], SubjectRow>(
    'select person, collection, rkey, like_count, comment_count from subject where id = ?',
  )
  const visibleId = db.prepare<[string, number | undefined, string], { id: number }>(
    `select id from checkin where hidden = 0 and id = (
       select id from subject where person = (select id from person where did = ?) and kind = ? and rkey = ?)`,
  )
  const likeRows = db.prepare<[number, number], { collection: string; rkey: string; cid: CidString }>(
    'select collection, rkey, cid from likes where subject = ? and person = ? and hidden = 0',
  )
  const liked = db
    .prepare<[number], number>(
      `select distinct subject from likes where person = ? and hidden = 0 limit ${LIKES_HELD_MAX + 1}`,
    )
    .pluck()
  const fresh = createFresh()
  const likers = createHeld<number, Uint32Array>({ countMax: LIKERS_HELD_MAX })
  const acceptances = db.prepare<[number], { person: number }>(
    'select person from acceptance where subject = ? and hidden = 0',
  )
  const ownAcceptances = db.prepare<[number, number], { rkey: string; cid: CidString }>(
    'select rkey, cid from acceptance where subject = ? and person = ? and hidden = 0 order by rkey',
  )
  const subjectId = db.prepare<[string, number | undefined, string], { id: number }>(
    'select id from subject where person = (select id from person where did = ?) and kind = ? and rkey = ?',
  )

  /** Ours first. Mostly there is none or one, for which a sorter of SQLite's would cost more than the look-up. */
  function likes(id: number, author: { readonly id: number; readonly did: Did }): readonly OwnRecord[] {
    const rows = likeRows.all(id, author.id)
    if (rows.length > 1) rows.sort((a, b) => rankOf(a) - rankOf(b) || (a.rkey < b.rkey ? -1 : 1))
    return rows.map(({ collection, rkey, cid }) => ({ uri: atUri(author.did, collection, rkey), cid }))
  }

  function subjectOf(id: number): SubjectRow & { readonly uri: AtUri } {
    const subject = subjectRow.get(id)
    assert(subject !== undefined, 'every check-in is a subject')
    const { person, collection, rkey } = subject
    return { ...subject, uri: atUri(persons.personById(person)!.did, collection, rkey) }
  }

  function companyOf(
    id: number,
    dids: readonly Did[],
    byDid: (did: Did) => PersonRow | undefined = persons.personByDid,
  ): readonly Companion[] {
    const accepted = new Set(acceptances.all(id).map(({ person }) => person))
    const all = dids.map((did) => {
      const person = byDid(did)
      return { did, person, accepted: person !== undefined && accepted.has(person.id) }
    })
    if (all.every((each) => each.accepted)) return all
    const { uri } = subjectOf(id)
    return all.filter((each) => each.accepted || !denials.has(each.did, uri))
  }

  /** What was told of a visible check-in and said of it. */
  function toldOf(id: number): Told | undefined {
    const held = fresh.get(id)
    if (held !== undefined) return { ...held, likeCount: 0, commentCount: 0 }
    const row = checkinRow.get(id)
    if (row === undefined) return undefined
    const { person, cid, sort } = row
    const { collection, uri, like_count: likeCount, comment_count: commentCount } = subjectOf(id)
    const record: unknown = decode(row.record)
    const visit = readVisit(collection, record, REVEALED)
    assert(visit !== undefined, 'a check-in that was folded in reads as one')
    return { person, cid, sort, uri, visit, record, likeCount, commentCount }
  }

  /** Looks each person up once for a page. */
  function lookUp(): { byId(id: number): PersonRow; byDid(did: Did): PersonRow | undefined } {
    const ids = new Map<number, PersonRow>()
    const dids = new Map<string, PersonRow | undefined>()
    return {
      byId(id) {
        const found = ids.get(id) ?? persons.personById(id)
        assert(found !== undefined, 'every author has a row')
        ids.set(id, found)
        return found
      },
      byDid(did) {
        if (!dids.has(did)) dids.set(did, persons.personByDid(did))
        return dids.get(did)
      },
    }
  }

  return {
    checkins(ids, viewer) {
      const people = lookUp()
      const viewing = viewer && persons.personByDid(viewer)
      return ids.flatMap((id) => {
        const told = toldOf(id)
        if (told === undefined) return []
        const { visit, uri, cid, sort, record, likeCount, commentCount } = told
        return {
          id,
          uri,
          cid,
          author: people.byId(told.person),
          sort,
          visit,
          labels: visit.labels,
          with: visit.with.length === 0 ? NO_COMPANY : companyOf(id, visit.with, people.byDid),
          likeCount,
          commentCount,
          viewerLike: viewing && likes(id, viewing)[0]?.uri,
          record,
        }
      })
    },
    companyOf: (checkin, named) => companyOf(checkin, named),
    likesBy(viewer) {
      const person = persons.personByDid(viewer)
      const all = person && likers.get(person.id, (id) => Uint32Array.from(liked.all(id)).sort())
      if (person === undefined || all === undefined || all.length === 0) return undefined
      return (checkin) =>
        all.length > LIKES_HELD_MAX || includes(all, checkin) ? likes(checkin, person)[0]?.uri : undefined
    },
    follow(committed) {
      likers.forget(committed.affected.likers)
      fresh.follow(committed)
    },
    commentRows(ids) {
      const people = lookUp()
      return ids.flatMap((id) => {
        const row = commentRow.get(id)
        if (row === undefined) return []
        const author = people.byId(row.person)
        const subject = subjectRow.get(id)
        assert(subject !== undefined, 'every comment is a subject')
        const remark = readRemark(decode(row.record))
        assert(remark !== undefined, 'a comment that was folded in reads as one')
        const uri = atUri(author.did, subject.collection, subject.rkey)
        return { id, uri, cid: row.cid, author, sort: row.sort, remark }
      })
    },
    checkinId(uri) {
      const parts = splitAtUri(uri)
      return parts && visibleId.get(parts.did, subjectKind(parts.collection), parts.rkey)?.id
    },
    likesOf(author, subject) {
      const parts = splitAtUri(subject)
      const id = parts && subjectId.get(parts.did, subjectKind(parts.collection), parts.rkey)?.id
      const person = persons.personByDid(author)
      return id === undefined || person === undefined ? [] : likes(id, person)
    },
    acceptancesOf(author, subject) {
      const parts = splitAtUri(subject)
      const id = parts && subjectId.get(parts.did, subjectKind(parts.collection), parts.rkey)?.id
      const person = persons.personByDid(author)
      return (id === undefined || person === undefined ? [] : ownAcceptances.all(id, person.id)).map(
        ({ rkey, cid }) => ({
          uri: atUri(author, 'app.waypost.companion', rkey),
          cid,
        }),
      )
    },
    visiblePhoto: prepareVisiblePhoto(db),
  }
}

/** `all` in rising order. */
function includes(all: Uint32Array, one: number): boolean {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (all[middle]! < one) low = middle + 1
    else high = middle
  }
  return all[low] === one
}

function rankOf({ collection }: { readonly collection: string }): number {
  return collection === 'community.lexicon.interaction.like' ? 0 : 1
}

function prepareVisiblePhoto(db: Database): Checkins['visiblePhoto'] {
  const onCheckin = db.prepare<[string, string], { media_type: string }>(
    `select media_type from photo join checkin on checkin.id = photo.checkin
     where photo.person = (select id from person where did = ? and hidden = 0) and photo.cid = ? and hidden = 0 limit 1`,
  )
  const asAvatar = db.prepare<[string, string], { avatar_type: string }>(
    'select avatar_type from person where did = ? and avatar = ? and hidden = 0 and known = 1',
  )
  return (did, cid) => {
    const photo = onCheckin.get(did, cid)
    if (photo !== undefined) return { on: 'checkin', mediaType: photo.media_type }
    const avatar = asAvatar.get(did, cid)
    return avatar && { on: 'avatar', mediaType: avatar.avatar_type }
  }
}

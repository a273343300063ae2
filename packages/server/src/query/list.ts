import type { Database } from 'better-sqlite3'
import { decode } from '@atcute/cbor'
import type { CidString } from '@atproto/lex'
import { assert, atUri, ok, refuse, type AtUri, type Did, type Result } from '@waypost/kernel'
import { listOf } from '#project/list.ts'
import { asObject, asText, readPlace, type VisitedPlace } from '#project/read-checkin.ts'
import { NEWEST, readCursor, skeletonOf, writeCursor, type Keyset, type PageRequest } from './cursor.ts'
import type { OwnRecord, PersonRow, Persons } from './person.ts'

export interface ListRow {
  readonly uri: AtUri
  readonly cid: CidString
  readonly author: PersonRow
  readonly sort: number
  readonly name: string
  readonly description: string | undefined
  readonly placeCount: number
  readonly followerCount: number
  /** The viewer's record that follows it. */
  readonly following: AtUri | undefined
}

export interface SavedPlace {
  readonly uri: AtUri
  readonly author: PersonRow
  readonly sort: number
  readonly place: VisitedPlace
  readonly placeId: string
  readonly note: string | undefined
}

type Page<Name extends string, Row> = Result<
  { readonly [key in Name]: readonly Row[] } & { readonly cursor: string | undefined },
  'InvalidCursor'
>

export interface Lists {
  /** A person's own lists, newest first; with `followed`, those that they follow, followed last first. */
  lists(
    person: PersonRow,
    options: PageRequest & { readonly followed?: boolean | undefined; readonly viewer: Did | undefined },
  ): Page<'lists', ListRow>
  list(uri: string, viewer: Did | undefined): ListRow | undefined
  /** What is saved in a list, newest first; without one, what a person saved just so. */
  savedIn(
    list: { readonly person: number; readonly rkey?: string | undefined },
    page: PageRequest,
  ): Page<'items', SavedPlace>
  /** A person's records that save a place (by any of its ids), in whatever list. */
  savesOf(author: Did, places: readonly string[]): readonly (OwnRecord & { readonly list: AtUri | undefined })[]
  listFollowsOf(author: Did, list: string): readonly OwnRecord[]
}

interface Row extends Keyset {
  readonly person: number
  readonly rkey: string
  readonly cid: CidString
  readonly name: string
  readonly description: string | null
}

interface ItemRow extends Keyset {
  readonly person: number
  readonly rkey: string
  readonly place_key: string
  readonly record: Uint8Array
}

/** Where a page of lists ended; a list is known by its person's id and its record key. */
interface ListPlace extends Keyset {
  readonly rkey: string
}

export function prepareLists(db: Database, persons: Pick<Persons, 'personById' | 'personByDid'>): Lists {
  const columns = 'list.person, list.person as id, list.rkey, list.cid, list.name, list.description'
  // No index in this order: a person's lists stand side by side, and are few.
  const next = '(sort, id, rkey) < (:sort, :id, :rkey) order by sort desc, id desc, rkey desc limit :limit'
  const own = db.prepare<ListPlace & { of: number; limit: number }, Row>(
    `select * from (select ${columns}, sort from list where person = :of and hidden = 0) where ${next}`,
  )
  const followed = db.prepare<ListPlace & { of: number; limit: number }, Row>(
    `select * from (select ${columns}, max(follows.sort) as sort
       from list_follow follows join list on list.person = owner and list.rkey = follows.list
       where follows.person = :of and follows.hidden = 0 and list.hidden = 0 group by list.person, list.rkey)
     where ${next}`,
  )
  const one = db.prepare<[number, string], Row>(
    `select ${columns}, list.sort from list where person = ? and rkey = ? and hidden = 0`,
  )
  const places = db
    .prepare<[number, string], number>('select count(*) from list_item where person = ? and list = ? and hidden = 0')
    .pluck()
  const followers = db
    .prepare<[number, string], number>(
      'select count(distinct person) from list_follow where owner = ? and list = ? and hidden = 0',
    )
    .pluck()
  const items = db.prepare<Keyset & { limit: number; person: number; list: string }, ItemRow>(
    `select id, sort, person, rkey, place_key, record from list_item
     where person = :person and list = :list and hidden = 0 and (sort, id) < (:sort, :id)
     order by sort desc, id desc limit :limit`,
  )
  const saves = db.prepare<[number, string], { rkey: string; cid: CidString; list: string }>(
    `select rkey, cid, list from list_item where person = ? and hidden = 0
     and place_key in (select value from json_each(?)) order by rkey`,
  )
  const follows = db.prepare<[number, number, string], { rkey: string; cid: CidString }>(
    'select rkey, cid from list_follow where person = ? and owner = ? and list = ? and hidden = 0 order by rkey',
  )

  function listFollowsOf(author: Did, uri: string): readonly OwnRecord[] {
    const list = listOf(uri)
    const owner = list && persons.personByDid(list.did)
    const person = persons.personByDid(author)
    if (list === undefined || owner === undefined || person === undefined) return []
    return follows
      .all(person.id, owner.id, list.rkey)
      .map(({ rkey, cid }) => ({ uri: atUri(author, 'app.waypost.listFollow', rkey), cid }))
  }

  function listRow({ person, rkey, cid, sort, name, description }: Row, viewer: Did | undefined): ListRow {
    const author = persons.personById(person)
    assert(author !== undefined, 'every author has a row')
    const uri = atUri(author.did, 'app.waypost.list', rkey)
    return {
      uri,
      cid,
      author,
      sort,
      name,
      description: description ?? undefined,
      placeCount: places.get(person, rkey)!,
      followerCount: followers.get(person, rkey)!,
      following: viewer && listFollowsOf(viewer, uri)[0]?.uri,
    }
  }

  return {
    lists({ id }, { limit, cursor, followed: isFollowed = false, viewer }) {
      const from = readListCursor(cursor)
      if (!from.ok) return from
      const rows = (isFollowed ? followed : own).all({ ...from.value, of: id, limit: limit + 1 })
      const last = rows[limit - 1]
      return ok({
        lists: rows.slice(0, limit).map((row) => listRow(row, viewer)),
        cursor: rows.length > limit && last ? `${writeCursor('lists', last)}.${last.rkey}` : undefined,
      })
    },
    list(uri, viewer) {
      const parts = listOf(uri)
      const owner = parts && persons.personByDid(parts.did)
      const row = owner && one.get(owner.id, parts.rkey)
      return row && listRow(row, viewer)
    },
    savedIn({ person, rkey = '' }, { limit, cursor }) {
      const from = readCursor('saved', cursor)
      if (!from.ok) return from
      const rows = items.all({ ...(from.value ?? NEWEST), person, list: rkey, limit: limit + 1 })
      const author = persons.personById(person)
      assert(author !== undefined, 'every author has a row')
      const saved = rows.slice(0, limit).map((row): SavedPlace => {
        const fields = asObject(decode(row.record)) ?? {}
        const place = readPlace(fields['place'])
        assert(place !== undefined, 'what is saved is a place')
        const uri = atUri(author.did, 'app.waypost.listItem', row.rkey)
        return { uri, author, sort: row.sort, place, placeId: row.place_key, note: asText(fields['note']) }
      })
      return ok({ items: saved, cursor: skeletonOf('saved', rows, limit).cursor })
    },
    savesOf(author, keys) {
      const person = persons.personByDid(author)
      return (person === undefined ? [] : saves.all(person.id, JSON.stringify(keys))).map(({ rkey, cid, list }) => ({
        uri: atUri(author, 'app.waypost.listItem', rkey),
        cid,
        list: list === '' ? undefined : atUri(author, 'app.waypost.list', list),
      }))
    },
    listFollowsOf,
  }
}

/** The record key stands behind a keyset as others have it. */
function readListCursor(cursor: string | undefined): Result<ListPlace, 'InvalidCursor'> {
  const end = cursor?.indexOf('.') ?? -1
  if (cursor !== undefined && end === -1) return refuse('InvalidCursor')
  const keyset = readCursor('lists', cursor?.slice(0, end))
  return keyset.ok ? ok({ ...(keyset.value ?? NEWEST), rkey: cursor?.slice(end + 1) ?? '' }) : keyset
}

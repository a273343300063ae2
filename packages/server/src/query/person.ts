import type { Database } from 'better-sqlite3'
import { decode } from '@atcute/cbor'
import type { CidString } from '@atproto/lex'
import { atUri, ok, type AtUri, type Cid, type Did, type Handle, type Result } from '@waypost/kernel'
import { placeNameKey } from '#project/place-id.ts'
import { asObject, readPlace, type VisitedPlace } from '#project/read-checkin.ts'
import type { Affected } from '#project/affected.ts'
import { readCursor, writeCursor, type PageRequest } from './cursor.ts'
import { createHeld } from './held.ts'

export interface PersonRow {
  readonly id: number
  readonly did: Did
  /** Verified in both directions, and claimed by nobody newer. */
  readonly handle: Handle | undefined
  readonly displayName: string | undefined
  readonly description: string | undefined
  readonly avatar: Cid | undefined
  /** Those that they put on their profile. */
  readonly labels: readonly string[]
  /** Their account is not active: nothing of theirs is shown. */
  readonly hidden: boolean
}

export interface ProfileRow extends PersonRow {
  readonly home: VisitedPlace | undefined
  readonly checkinCount: number
  readonly placeCount: number
  readonly countryCount: number
  readonly photoCount: number
  readonly followerCount: number
  readonly followCount: number
  /** Sort times, in milliseconds since 1970. */
  readonly firstCheckinAt: number | undefined
  readonly lastCheckinAt: number | undefined
}

/** What stands between a viewer and a person: addresses of the follow records. */
export interface Relation {
  readonly following: AtUri | undefined
  readonly followedBy: AtUri | undefined
}

/** Where a record of a person's is, and what it is. */
export interface OwnRecord {
  readonly uri: AtUri
  readonly cid: CidString
}

export interface Persons {
  /** A person with an event of their own; undefined for others, hidden ones too. */
  actor(identifier: string): PersonRow | undefined
  /** The same by DID, hidden ones included. */
  personByDid(did: string): PersonRow | undefined
  /** The same object as long as nothing changes of it. */
  personById(id: number): PersonRow | undefined
  profile(person: PersonRow): ProfileRow
  relation(viewer: Did, person: PersonRow): Relation
  /** The follow records of one person for another; more than one where a client wrote it twice. */
  followsOf(author: Did, subject: Did): readonly OwnRecord[]
  /** The same of blocks. */
  blocksOf(author: Did, subject: Did): readonly OwnRecord[]
  searchActors(
    text: string,
    page: PageRequest,
  ): Result<{ readonly persons: readonly PersonRow[]; readonly cursor: string | undefined }, 'InvalidCursor'>
}

interface Row {
  readonly id: number
  readonly did: Did
  readonly known: 0 | 1
  readonly handle: Handle | null
  readonly handle_position: number | null
  readonly display_name: string | null
  readonly description: string | null
  readonly avatar: string | null
  readonly labels: string | null
  readonly hidden: 0 | 1
}

const NO_LABELS: readonly string[] = []

const COLUMNS = 'id, did, known, handle, handle_position, display_name, description, avatar, labels, hidden'

/** A search looks at this many people for each way of matching; whoever types on narrows it down. */
const CANDIDATES_MAX = 500
/** At some 500 bytes each. */
const HELD_MAX = 100_000

export function preparePersons(db: Database): Persons & { readonly follow: (affected: Affected) => void } {
  const idOf = db.prepare<[string], number>('select id from person where did = ?').pluck()
  const byId = db.prepare<[number], Row>(`select ${COLUMNS} from person where id = ?`)
  const byHandle = db.prepare<[string], Row>(
    `select ${COLUMNS} from person where handle = ? and known = 1 order by handle_position desc limit 1`,
  )
  const personOf = prepareRowReader(db)
  /** A DID keeps its id for good. */
  const ids = createHeld<string, number>({ countMax: HELD_MAX })
  const held = createHeld<number, { readonly person: PersonRow; readonly known: boolean }>({ countMax: HELD_MAX })
  const askId = (did: string): number | undefined => idOf.get(did)
  const ask = (id: number) => {
    const row = byId.get(id)
    return row && { person: personOf(row), known: row.known === 1 }
  }
  function personByDid(did: string): PersonRow | undefined {
    const id = ids.get(did, askId)
    const found = id === undefined ? undefined : held.get(id, ask)
    return found?.known === true ? found.person : undefined
  }
  const followsOf = prepareEdges(db, 'follow')

  return {
    actor(identifier) {
      const id = identifier.startsWith('did:') ? undefined : byHandle.get(identifier.toLowerCase())?.id
      const person = id === undefined ? personByDid(identifier) : held.get(id, ask)?.person
      return person === undefined || person.hidden ? undefined : person
    },
    personByDid,
    personById: (id) => held.get(id, ask)?.person,
    follow: ({ persons }) => held.forget(persons),
    profile: prepareProfile(db),
    relation: (viewer, { did }) => ({
      following: followsOf(viewer, did)[0]?.uri,
      followedBy: followsOf(did, viewer)[0]?.uri,
    }),
    followsOf,
    blocksOf: prepareEdges(db, 'block'),
    searchActors: prepareSearch(db, personOf),
  }
}

/** The records of one kind that one person wrote about another. */
function prepareEdges(db: Database, table: 'follow' | 'block'): (author: Did, subject: Did) => readonly OwnRecord[] {
  const edges = db.prepare<[string, string], { did: Did; rkey: string; cid: CidString }>(
    `select author.did, rkey, cid from ${table} edge join person author on author.id = edge.person
     where edge.person = (select id from person where did = ?)
       and edge.subject = (select id from person where did = ?) and edge.hidden = 0 order by rkey`,
  )
  return (author, subject) =>
    edges.all(author, subject).map(({ did, rkey, cid }) => ({ uri: atUri(did, `app.bsky.graph.${table}`, rkey), cid }))
}

type ReadRow = (row: Row) => PersonRow

/** A handle that two people claim belongs to the newer claim. */
function prepareRowReader(db: Database): ReadRow {
  const newer = db.prepare<[string, number | null]>('select 1 from person where handle = ? and handle_position > ?')
  return (row) => {
    const { handle } = row
    const isContested = handle !== null && newer.get(handle, row.handle_position) !== undefined
    return {
      id: row.id,
      did: row.did,
      handle: isContested ? undefined : (handle ?? undefined),
      displayName: row.display_name ?? undefined,
      description: row.description ?? undefined,
      avatar: row.avatar ?? undefined,
      labels: row.labels === null ? NO_LABELS : row.labels.split(' '),
      hidden: row.hidden === 1,
    }
  }
}

interface CountsRow {
  readonly checkins: number
  readonly places: number
  readonly countries: number
  readonly photos: number
  readonly followers: number
  readonly follows: number
  readonly first: number | null
  readonly last: number | null
}

function prepareProfile(db: Database): (person: PersonRow) => ProfileRow {
  const counts = db.prepare<{ id: number }, CountsRow>(
    `select
       (select checkin_count from person where id = :id) as checkins,
       (select count(distinct place) from checkin where person = :id and hidden = 0) as places,
       (select count(distinct country) from checkin where person = :id and hidden = 0) as countries,
       (select count(*) from photo join checkin on checkin.id = photo.checkin
        where photo.person = :id and hidden = 0) as photos,
       (select count(distinct person) from follow where subject = :id and hidden = 0) as followers,
       (select count(distinct subject) from follow join person on person.id = follow.subject
        where person = :id and follow.hidden = 0 and person.hidden = 0) as follows,
       (select min(sort) from checkin where person = :id and hidden = 0) as first,
       (select max(sort) from checkin where person = :id and hidden = 0) as last`,
  )
  const ownProfile = db.prepare<[number], { record: Uint8Array }>(
    "select record from profile where person = ? and collection = 'app.waypost.profile'",
  )
  return (person) => {
    const row = counts.get({ id: person.id })!
    const record = ownProfile.get(person.id)?.record
    return {
      ...person,
      home: record && readPlace(asObject(decode(record))?.['home']),
      checkinCount: row.checkins,
      placeCount: row.places,
      countryCount: row.countries,
      photoCount: row.photos,
      followerCount: row.followers,
      followCount: row.follows,
      firstCheckinAt: row.first ?? undefined,
      lastCheckinAt: row.last ?? undefined,
    }
  }
}

interface Candidate extends Row {
  readonly checkin_count: number
}

/** Handles by their beginning, then display names by the beginnings of their words; the busiest first. */
function prepareSearch(db: Database, personOf: ReadRow): Persons['searchActors'] {
  const found = `${COLUMNS}, checkin_count`
  const byHandle = db.prepare<[string, string], Candidate>(
    `select ${found} from person where handle >= ? and handle < ? and known = 1 and hidden = 0 limit ${CANDIDATES_MAX}`,
  )
  const byName = db.prepare<[string], Candidate>(
    `select ${found} from person_text join person on person.id = person_text.rowid
     where person_text match ? and known = 1 and hidden = 0 limit ${CANDIDATES_MAX}`,
  )
  return (text, { limit, cursor }) => {
    const from = readCursor('actors', cursor)
    if (!from.ok) return from
    const handle = text.trim().replace(/^@/, '').toLowerCase()
    const words = placeNameKey(text)
      .split('-')
      .filter((word) => word !== '')
    const byWay = [
      handle === '' ? [] : newestClaims(byHandle.all(handle, `${handle}\uffff`)),
      words.length === 0 ? [] : byName.all(words.map((word) => `"${word}"*`).join(' ')),
    ]
    const busiest = (a: Candidate, b: Candidate): number =>
      Number(b.handle === handle) - Number(a.handle === handle) || b.checkin_count - a.checkin_count || a.id - b.id
    const ranked = new Map(byWay.flatMap((rows) => rows.toSorted(busiest)).map((row) => [row.id, row]))
    // The list is short and ranked anew for each page, so its cursor is a place in it.
    const start = from.value?.sort ?? 0
    const end = start + limit
    const persons = [...ranked.values()].slice(start, end).map(personOf)
    return ok({ persons, cursor: end < ranked.size ? writeCursor('actors', { sort: end, id: 0 }) : undefined })
  }
}

function newestClaims(rows: readonly Candidate[]): readonly Candidate[] {
  const byClaim = rows.toSorted((a, b) => (a.handle_position ?? 0) - (b.handle_position ?? 0))
  return [...new Map(byClaim.map((row) => [row.handle, row])).values()]
}

import type { Database } from 'better-sqlite3'
import { decode } from '@atcute/cbor'
import { assert, type Did, type Handle } from '@waypost/kernel'
import type { Position } from '@waypost/engine'
import type { IdentityEvent, RepoHead } from '#verify/event.ts'
import type { ShownIdentity } from '#log/ingest-port.ts'
import { placeNameKey } from './place-id.ts'
import type { Fold, HeldRecord, PersonId, Projection, Register } from './projection.ts'
import { asObject, asText, readBlob, readSelfLabels } from './read-checkin.ts'
import { TALLY_SCHEMA, type Tally } from './tally.ts'

/**
 * In: identities, accounts and profile records. Out: `person`, one row for everyone whom an event is about or whom a
 * record names. `known` tells the first from the second.
 */

const SCHEMA = `
create table person (
  id integer primary key,
  did text not null unique,
  known integer not null default 0,
  handle text,
  -- Where two people claim one handle, the newer claim wins.
  handle_position integer,
  pds text,
  rev text,
  active integer not null default 1,
  status text,
  hidden integer not null default 0,
  display_name text,
  description text,
  avatar text,
  avatar_type text,
  -- Values of the labels that they put on themselves, with blanks between.
  labels text,
  checkin_count integer not null default 0,
  -- The newest hour of their check-ins, counted from 1970, and how many came in it.
  busy_hour integer not null default 0,
  busy_count integer not null default 0
) strict;
create index person_by_handle on person (handle, handle_position) where handle is not null;

create table profile (
  person integer not null,
  collection text not null,
  rkey text not null,
  cid text not null,
  record blob not null,
  primary key (person, collection)
) strict, without rowid;

-- Words of display names, by their beginnings.
create virtual table person_text using fts5(
  name, content = '', contentless_delete = 1, prefix = '2 3', tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
);

${TALLY_SCHEMA}`

/** Ours first: what is absent in it is taken from the other. */
const PROFILES = ['app.waypost.profile', 'app.bsky.actor.profile'] as const

export const personProjection: Projection = {
  name: 'person',
  version: 2,
  schema: SCHEMA,
  collections: PROFILES,
  prepare: prepareProfiles,
  digest: [
    `select did, handle, pds, rev, active, status, hidden, display_name, description, avatar, avatar_type, labels,
       checkin_count
     from person where known = 1 order by did`,
    `select did, collection, cid, record from profile join person on person.id = profile.person
     order by did, collection`,
    'select checkins, persons, places from tally',
  ],
}

function prepareProfiles(db: Database): Fold {
  const put = db.prepare(
    'insert or replace into profile (person, collection, rkey, cid, record) values (?, ?, ?, ?, ?)',
  )
  const remove = db.prepare('delete from profile where person = ? and collection = ? and rkey = ?')
  const held = db.prepare<[PersonId], HeldRecord>('select collection, rkey, cid from profile where person = ?')
  const records = db.prepare<[PersonId], { collection: string; record: Uint8Array }>(
    'select collection, record from profile where person = ?',
  )
  const update = db.prepare(
    'update person set display_name = ?, description = ?, avatar = ?, avatar_type = ?, labels = ? where id = ?',
  )
  const forgetText = db.prepare('delete from person_text where rowid = ?')
  const addText = db.prepare('insert into person_text (rowid, name) values (?, ?)')

  function refresh(person: PersonId): void {
    const found = new Map(records.all(person).map((row) => [row.collection, asObject(decode(row.record)) ?? {}]))
    const profiles = PROFILES.map((collection) => found.get(collection)).filter((profile) => profile !== undefined)
    const first = <T>(read: (profile: Readonly<Record<string, unknown>>) => T | undefined): T | undefined =>
      profiles.map(read).find((value) => value !== undefined)
    const displayName = first((profile) => asText(profile['displayName']))
    const avatar = first((profile) => readBlob(profile['avatar']))
    const description = first((profile) => asText(profile['description']))
    // Either profile may say it: what one app hides is not shown because another does not know the word.
    const labels = [...new Set(profiles.flatMap((profile) => readSelfLabels(profile['labels'])))]
    update.run(
      displayName ?? null,
      description ?? null,
      avatar?.cid ?? null,
      avatar?.mimeType ?? null,
      labels.length === 0 ? null : labels.toSorted().join(' '),
      person,
    )
    forgetText.run(person)
    if (displayName !== undefined) addText.run(person, placeNameKey(displayName).replaceAll('-', ' '))
  }

  return {
    put({ person, collection, rkey, cid, bytes }) {
      if (rkey !== 'self') return
      put.run(person, collection, rkey, cid, bytes)
      refresh(person)
    },
    remove({ person, collection, rkey }) {
      if (remove.run(person, collection, rkey).changes > 0) refresh(person)
    },
    held: (person) => held.all(person),
  }
}

/** What is remembered of a person; true at any moment of a batch. */
export interface PersonRow {
  readonly id: PersonId
  /** Newest rev folded in. */
  readonly rev: string | null
  readonly hidden: 0 | 1
  readonly status: string | null
}

/** The rows of people, for `apply.ts` and for folds whose records name other people. */
export interface Persons extends Register {
  /** The id of a DID, known or not. */
  id(did: Did): PersonId
  /** The row of someone whom an event is about; it becomes known with `setAccount`. */
  about(did: Did): PersonRow
  setRev(person: PersonId, rev: string): void
  setIdentity(person: PersonId, identity: Pick<IdentityEvent, 'handle' | 'pds'>, position: Position): void
  setAccount(person: PersonId, head: Pick<RepoHead, 'active' | 'status'>): void
  /** Counts visible check-ins of someone whom this event is about. */
  countCheckins(person: PersonId, by: number): void
  /**
   * Counts a check-in of someone whom this event is about, and says whether it is still one of those that are news.
   * Judged when it comes, and for good: a flood that is deleted bit by bit does not come back as news.
   */
  isWithinRate(person: PersonId, sortMs: number): boolean
  /**
   * Leaves the DID, its status and the rev at the end, so that what comes again from before is known for old: also
   * where the log has nothing from before any more.
   */
  forget(person: PersonId, head: Pick<RepoHead, 'rev'>): void
}

/** What a person has beyond so many check-ins within an hour, in the order in which they came, is no news. */
export const LIVE_AN_HOUR_MAX = 30

/** So many people are remembered from batch to batch, at about 300 bytes each; past it remembering begins anew. */
const REMEMBERED_MAX = 20_000
/** … and while a read model is being built, which goes through everybody again and again. */
const BUILDING_REMEMBERED_MAX = 200_000

interface Remembered {
  readonly id: PersonId
  rev: string | null
  known: 0 | 1
  active: 0 | 1
  status: string | null
  hidden: 0 | 1
  checkins: number
  busyHour: number
  busyCount: number
}

/** Nearly every event looks its author up and moves their rev: rows are remembered, and written once a batch. */
export function preparePersons(db: Database, tally: Tally, { building }: { readonly building: boolean }): Persons {
  const rememberedMax = building ? BUILDING_REMEMBERED_MAX : REMEMBERED_MAX
  const find = db.prepare<[string], Remembered>(
    `select id, rev, known, active, status, hidden, checkin_count as checkins, busy_hour as busyHour,
       busy_count as busyCount from person where did = ?`,
  )
  const insert = db.prepare<[string]>('insert into person (did) values (?)')
  const write = db.prepare<[string | null, number, number, number, PersonId]>(
    'update person set rev = ?, checkin_count = ?, busy_hour = ?, busy_count = ? where id = ?',
  )
  const setIdentity = db.prepare('update person set handle = ?, handle_position = ?, pds = ? where id = ?')
  const setAccount = db.prepare('update or fail person set known = ?, active = ?, status = ?, hidden = ? where id = ?')
  const forget = db.prepare('update person set handle = null, handle_position = null, pds = null where id = ?')

  const byDid = new Map<Did, Remembered>()
  const byId = new Map<PersonId, Remembered>()
  const changed = new Set<Remembered>()

  function about(did: Did): Remembered {
    const remembered = byDid.get(did)
    if (remembered !== undefined) return remembered
    const row = find.get(did) ?? added(did)
    byDid.set(did, row)
    byId.set(row.id, row)
    return row
  }

  function added(did: Did): Remembered {
    const id = Number(insert.run(did).lastInsertRowid)
    return { id, rev: null, known: 0, active: 1, status: null, hidden: 0, checkins: 0, busyHour: 0, busyCount: 0 }
  }

  function changing(person: PersonId): Remembered {
    const row = byId.get(person)
    assert(row !== undefined, 'whoever changes was looked up in this batch')
    changed.add(row)
    return row
  }

  function reset(): void {
    byDid.clear()
    byId.clear()
    changed.clear()
  }

  return {
    id: (did) => about(did).id,
    about,
    setRev: (person, rev) => void (changing(person).rev = rev),
    setIdentity: (person, { handle, pds }, position) =>
      void setIdentity.run(handle ?? null, position, pds ?? null, person),
    setAccount(person, head) {
      const row = byId.get(person)!
      const known = isDeleted(head) ? 0 : 1
      const active = head.active ? 1 : 0
      const status = head.status ?? null
      const hidden = isHidden(head) ? 1 : 0
      if (row.known === known && row.active === active && row.status === status && row.hidden === hidden) return
      Object.assign(row, { known, active, status, hidden })
      setAccount.run(known, active, status, hidden, person)
    },
    countCheckins(person, by) {
      const row = changing(person)
      const before = row.checkins
      row.checkins += by
      tally.count('persons', Number(row.checkins > 0) - Number(before > 0))
    },
    isWithinRate(person, sortMs) {
      const row = changing(person)
      const hour = Math.floor(sortMs / 3_600_000)
      // What is said of an hour before the newest counts there too: time going backwards is no way around it.
      if (hour > row.busyHour) Object.assign(row, { busyHour: hour, busyCount: 1 })
      else row.busyCount++
      return row.busyCount <= LIVE_AN_HOUR_MAX
    },
    forget(person, head) {
      forget.run(person)
      const row = changing(person)
      if (head.rev !== undefined && head.rev > (row.rev ?? '')) row.rev = head.rev
      Object.assign(row, { busyHour: 0, busyCount: 0 })
    },
    settle() {
      for (const { rev, checkins, busyHour, busyCount, id } of changed)
        write.run(rev, checkins, busyHour, busyCount, id)
      changed.clear()
      if (byDid.size > rememberedMax) reset()
    },
    reset,
  }
}

/** What is shown of somebody's identity, for whoever looks whether it still holds. */
export function shownIdentities({ db }: { readonly db: Database }): (did: Did) => ShownIdentity | undefined {
  const row = db.prepare<[string], { handle: Handle | null; pds: string | null }>(
    'select handle, pds from person where did = ? and known = 1',
  )
  return (did) => {
    const found = row.get(did)
    return found && { handle: found.handle ?? undefined, pds: found.pds ?? undefined }
  }
}

/**
 * `active` decides and `status` explains, whatever its text. Two statuses speak of the host's copy, not of the
 * account: what we have verified ourselves stays visible.
 */
export function isHidden(head: Pick<RepoHead, 'active' | 'status'>): boolean {
  return !head.active && head.status !== 'desynchronized' && head.status !== 'throttled'
}

export function isDeleted(head: Pick<RepoHead, 'active' | 'status'>): boolean {
  return !head.active && head.status === 'deleted'
}

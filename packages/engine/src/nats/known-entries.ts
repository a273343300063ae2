import type { Position } from '../port.ts'
import { openSqlite } from '../embedded/sqlite.ts'
import type { EntryHeaders } from './entry-message.ts'
import type { HostCursor } from './frontiers.ts'

/** 'WPnx' */
const APPLICATION_ID = 0x57_50_6e_78
const VERSION = 1

const SCHEMA = `
create table log (
  one integer primary key check (one = 1),
  born text not null,
  through integer not null,
  entries integer not null
) strict;
insert into log values (1, '', 0, 0);
create table subject (id integer primary key, key text not null unique, newest integer not null) strict;
create table host (name text primary key, seq integer not null, position integer not null) strict, without rowid;
create table entry (
  position integer primary key,
  subject integer not null,
  id text not null,
  first_part integer
) strict;
create unique index entry_by_id on entry (id, subject);
create index entry_by_subject on entry (subject, position);
`

export type KnownEntry = Omit<EntryHeaders, 'parts' | 'source'> & {
  readonly position: Position
  /** The sequence of the first part of its body, where it has parts. */
  readonly firstPart: number | undefined
}

/**
 * Which entries the log has, without their bodies: so that a repeat is known for one however long ago it came. A copy
 * that can be thrown away: it is written without a wait for the disk, and made anew from the log where it is not of it.
 */
export interface KnownEntries {
  /** Which log this is of: when that was made; empty at first. */
  readonly born: string
  /** Up to where everything in the log is known. */
  readonly through: Position
  forget(born: string): void
  /** `through`: everything up to there is known now. */
  add(entries: readonly KnownEntry[], through: Position): void
  /** Where an entry stands, and where its key's newest one does; 0 where the key has none. */
  find(key: string, id: string): { readonly position: Position | undefined; readonly newest: Position }
  keys(after: string, limit: number): readonly string[]
  cursorOf(host: string): number | undefined
  cursors(): readonly HostCursor[]
  /** Cursors that would be unknown if a key's entries up to a position were not there. */
  cursorsOnlyOf(key: string, through: Position): readonly HostCursor[]
  /** The first part of the oldest entry past a position that has parts. */
  firstPartPast(key: string, position: Position): number | undefined
  countThrough(position: Position): number
  erase(key: string, through: Position): number
  close(): void
}

export function openKnownEntries(file: string): KnownEntries {
  const db = openSqlite({ file, applicationId: APPLICATION_ID, version: VERSION, schema: SCHEMA, readOnly: false })
  db.pragma('synchronous = normal')
  const state = db.prepare<[], { born: string; through: number; entries: number }>('select * from log')
  const setState = db.prepare<[string, number, number]>('update log set born = ?, through = ?, entries = ?')
  const subjectOf = db.prepare<[string], { id: number; newest: number }>('select id, newest from subject where key = ?')
  const moveSubject = db
    .prepare<[string, number], number>(
      `insert into subject (key, newest) values (?, ?)
       on conflict (key) do update set newest = max(newest, excluded.newest) returning id`,
    )
    .pluck()
  const moveHost = db.prepare<[string, number, number]>(
    `insert into host values (?, ?, ?) on conflict (name) do update
     set seq = excluded.seq, position = excluded.position where excluded.seq > seq`,
  )
  const addEntry = db.prepare<[number, number, string, number | null]>(
    'insert or ignore into entry values (?, ?, ?, ?)',
  )
  const moveEntry = db.prepare<[number, number | null, string, number]>(
    'update entry set position = ?, first_part = ? where id = ? and subject = ?',
  )
  const positionOf = db
    .prepare<[string, number], number>('select position from entry where id = ? and subject = ?')
    .pluck()
  const keys = db
    .prepare<[string, number], string>('select key from subject where key > ? and newest > 0 order by key limit ?')
    .pluck()
  const cursors = db.prepare<[], { host: string; seq: number }>('select name as host, seq from host')
  const cursorOf = db.prepare<[string], number>('select seq from host where name = ?').pluck()
  const cursorsOnlyOf = db.prepare<[number, number], { host: string; seq: number }>(
    `select name as host, seq from host
     where position in (select position from entry where subject = ? and position <= ?)`,
  )
  const firstPartPast = db
    .prepare<[string, number], number>(
      `select min(first_part) from entry
       where subject = (select id from subject where key = ?) and position > ? and first_part is not null`,
    )
    .pluck()
  const countPast = db.prepare<[number], number>('select count(*) from entry where position > ?').pluck()
  const eraseEntries = db.prepare<[number, number]>('delete from entry where subject = ? and position <= ?')
  const eraseSubject = db.prepare<[number, number]>('delete from subject where id = ? and newest <= ?')
  let { born, through, entries: count } = state.get()!

  /** An entry that was erased elsewhere, and came again, stands elsewhere now. */
  function addOne({ position, key, id, ...entry }: KnownEntry): void {
    const firstPart = entry.firstPart ?? null
    const subject = moveSubject.get(key, position)!
    const { changes } = addEntry.run(position, subject, id, firstPart)
    count += changes
    if (changes === 0) moveEntry.run(position, firstPart, id, subject)
  }

  const adding = db.transaction((entries: readonly KnownEntry[], to: Position) => {
    const furthest = new Map<string, { seq: number; position: Position }>()
    for (const entry of entries) {
      addOne(entry)
      const { cursor, position } = entry
      if (cursor && cursor.seq >= (furthest.get(cursor.host)?.seq ?? 0)) {
        furthest.set(cursor.host, { seq: cursor.seq, position })
      }
    }
    for (const [host, { seq, position }] of furthest) moveHost.run(host, seq, position)
    setState.run(born, to, count)
  })

  const erasing = db.transaction((key: string, to: Position): number => {
    const subject = subjectOf.get(key)
    if (!subject) return 0
    const { changes } = eraseEntries.run(subject.id, to)
    eraseSubject.run(subject.id, to)
    setState.run(born, through, count - changes)
    return changes
  })

  const forgetting = db.transaction((of: string) => {
    for (const table of ['entry', 'subject', 'host']) db.exec(`delete from ${table}`)
    setState.run(of, 0, 0)
  })

  return {
    get born() {
      return born
    },
    get through() {
      return through
    },
    forget(of) {
      forgetting.immediate(of)
      born = of
      through = 0
      count = 0
    },
    add(entries, to) {
      adding.immediate(entries, to)
      through = to
    },
    find(key, id) {
      const subject = subjectOf.get(key)
      return { position: subject && positionOf.get(id, subject.id), newest: subject?.newest ?? 0 }
    },
    keys: (after, limit) => keys.all(after, limit),
    cursorOf: (host) => cursorOf.get(host),
    cursors: () => cursors.all(),
    cursorsOnlyOf(key, to) {
      const subject = subjectOf.get(key)
      return subject ? cursorsOnlyOf.all(subject.id, to) : []
    },
    firstPartPast: (key, position) => firstPartPast.get(key, position) ?? undefined,
    countThrough: (position) => count - countPast.get(position)!,
    erase(key, to) {
      const erased = erasing.immediate(key, to)
      count -= erased
      return erased
    },
    close: () => void db.close(),
  }
}

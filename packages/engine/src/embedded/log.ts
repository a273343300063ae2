import type Database from 'better-sqlite3'
import { assert, type World } from '@waypost/kernel'
import { READ_BYTES_MAX, type Entry, type Log, type NewEntry, type Position } from '../port.ts'
import { assertEntry, assertLimit, assertName, assertPosition } from '../shape.ts'
import { createWaiters } from '../waiters.ts'
import { loudly, openSqlite, plainBytes } from './sqlite.ts'

/** 'WPlg' */
const APPLICATION_ID = 0x57_50_6c_67
const VERSION = 2

/** One transaction takes no further call once it holds this many entries, so that the event loop breathes. */
const ENTRIES_PER_TRANSACTION_MAX = 4_096

/** How often a read-only log looks whether the writer, in another process, has moved on. */
const LOOK_PERIOD_MS = 200

/*
 * Keys and hosts are held once and referred to by number: DIDs are long, and stand in two b-trees per entry. `newest`
 * and `previous` chain the entries of one key, which `last` and `erase` follow; that spares an index by key. The one
 * index has ids in front, because they tell the time, mostly: new ones stand side by side in it, whoever they are of,
 * and a commit writes few of its pages. The head is kept apart from the entries because it never goes back, also when
 * the newest entry is erased.
 */
const SCHEMA = `
create table head (one integer primary key check (one = 1), position integer not null) strict;
insert into head values (1, 0);
create table subject (id integer primary key, key text not null unique, newest integer not null) strict;
create table host (id integer primary key, name text not null unique, seq integer not null) strict;
create table entry (
  position integer primary key,
  subject integer not null,
  id text not null,
  host integer,
  seq integer,
  body blob not null,
  -- The position of the key's entry before this one, there or erased; 0 for its first.
  previous integer not null
) strict;
create unique index entry_by_id on entry (id, subject);
`

/** From version 1, which had an index by subject instead of the chain. */
const UPGRADE = `
alter table entry add column previous integer not null default 0;
update entry set previous = chain.previous from (
  select position, lag(position, 1, 0) over (partition by subject order by position) as previous from entry
) chain where chain.position = entry.position;
drop index entry_by_id;
create unique index entry_by_id on entry (id, subject);
`

interface Row {
  readonly position: number
  readonly key: string
  readonly id: string
  readonly host: string | null
  readonly seq: number | null
  readonly body: Uint8Array
}

interface Call {
  readonly entries: readonly NewEntry[]
  readonly resolve: (positions: readonly Position[]) => void
  readonly reject: (fault: unknown) => void
}

export interface EmbeddedLog extends Log {
  /** Commits what is pending, then lets go of the file. */
  close(): Promise<void>
}

/** The log as one SQLite file. Calls to `append` that arrive in one turn of the event loop share one commit. */
export function openEmbeddedLog(options: { file: string; world: World; readOnly: boolean }): EmbeddedLog {
  const { file, world, readOnly } = options
  const db = openSqlite({
    file,
    applicationId: APPLICATION_ID,
    version: VERSION,
    schema: SCHEMA,
    upgrades: { 1: UPGRADE },
    readOnly,
  })
  const statements = prepareReads(db)
  const write = readOnly ? undefined : prepareWrites(db)
  const waiters = createWaiters()
  const pending: Call[] = []
  let flushing: Promise<void> | undefined
  let open = true

  function use<T>(act: () => T): T {
    assert(open, 'nobody uses a log that is closed')
    return loudly(file, act)
  }

  function writing(): NonNullable<typeof write> {
    assert(write, 'nobody writes to a log that was opened to read')
    return write
  }

  function flush(): void {
    const calls: Call[] = []
    for (let count = 0; pending.length > 0 && count < ENTRIES_PER_TRANSACTION_MAX;) {
      const call = pending.shift()!
      calls.push(call)
      count += call.entries.length
    }
    try {
      const { positions, head } = use(() => writing().append(calls.map((call) => call.entries)))
      for (const [at, call] of calls.entries()) call.resolve(positions[at]!)
      waiters.wake(head)
    } catch (fault) {
      for (const call of calls) call.reject(fault)
    }
  }

  async function flushAll(): Promise<void> {
    do {
      await new Promise((resolve) => setImmediate(resolve))
      flush()
    } while (pending.length > 0)
    flushing = undefined
  }

  return {
    async append(entries) {
      writing()
      assert(open, 'nobody appends to a log that is closed')
      for (const entry of entries) assertEntry(entry)
      if (entries.length === 0) return []
      return new Promise((resolve, reject) => {
        pending.push({ entries, resolve, reject })
        flushing ??= flushAll()
      })
    },
    async read(after, { limit }) {
      assertPosition(after, 'where to read from')
      assertLimit(limit)
      return use(() => takeUpTo(READ_BYTES_MAX, statements.after.iterate(after, limit)))
    },
    head: async () => use(() => statements.head.get()!),
    async last(key) {
      const row = use(() => statements.last.get(key))
      return row && entryOf(row)
    },
    async keys(after, { limit }) {
      assertLimit(limit)
      return use(() => statements.keys.all(after, limit))
    },
    cursors: async () => new Map(use(() => statements.cursors.all().map(({ name, seq }) => [name, seq] as const))),
    async erase(key, { through }) {
      assertName(key, "an entry's key")
      assertPosition(through, 'how far to erase')
      return use(() => writing().erase(key, through))
    },
    async waitPast(after, signal) {
      if (!readOnly) {
        if (use(() => statements.head.get()!) <= after) await waiters.wait(after, signal)
        return
      }
      while (!signal.aborted && open && use(() => statements.head.get()!) <= after) {
        await world.timers.sleep(LOOK_PERIOD_MS, signal)
      }
    },
    async close() {
      await flushing
      open = false
      db.close()
    },
  }
}

function prepareReads(db: Database.Database) {
  // The cross join keeps SQLite from starting with the subjects, which would read and sort the whole log.
  const columns = `select entry.position, subject.key, entry.id, host.name as host, entry.seq, entry.body
    from entry cross join subject on subject.id = entry.subject left join host on host.id = entry.host`
  return {
    head: db.prepare<[], number>('select position from head').pluck(),
    after: db.prepare<[number, number], Row>(`${columns} where entry.position > ? order by entry.position limit ?`),
    last: db.prepare<[string], Row>(`${columns} where entry.position = (select newest from subject where key = ?)`),
    // A subject without an entry was erased, or met by an append that brought nothing new.
    keys: db
      .prepare<[string, number], string>('select key from subject where key > ? and newest > 0 order by key limit ?')
      .pluck(),
    cursors: db.prepare<[], { name: string; seq: number }>('select name, seq from host'),
  }
}

/** So many keys are remembered from commit to commit, at about 200 bytes each; past it remembering begins anew. */
const SUBJECTS_REMEMBERED_MAX = 20_000

interface Subject {
  readonly id: number
  newest: Position
}

function prepareWrites(db: Database.Database) {
  const head = db.prepare<[], number>('select position from head').pluck()
  const setHead = db.prepare('update head set position = ?')
  const subjectOf = db.prepare<[string], Subject>('select id, newest from subject where key = ?')
  const addSubject = db.prepare<[string]>('insert into subject (key, newest) values (?, 0)')
  const setNewest = db.prepare<[number, number]>('update subject set newest = ? where id = ?')
  const moveHost = db
    .prepare<[string, number], number>(
      `insert into host (name, seq) values (?, ?)
       on conflict (name) do update set seq = max(seq, excluded.seq) returning id`,
    )
    .pluck()
  const add = db.prepare<[number, number, string, number | null, number | null, Uint8Array, number]>(
    'insert into entry values (?, ?, ?, ?, ?, ?, ?) on conflict (id, subject) do nothing',
  )
  const positionOf = db
    .prepare<[string, number], number>('select position from entry where id = ? and subject = ?')
    .pluck()
  const previousOf = db.prepare<[number], number>('select previous from entry where position = ?').pluck()
  const eraseEntry = db.prepare<[number]>('delete from entry where position = ?')
  const eraseSubject = db.prepare<[number]>('delete from subject where id = ?')
  const remembered = new Map<string, Subject>()

  function subjectFor(key: string): Subject {
    const known = remembered.get(key)
    if (known !== undefined) return known
    const subject = subjectOf.get(key) ?? { id: Number(addSubject.run(key).lastInsertRowid), newest: 0 }
    remembered.set(key, subject)
    return subject
  }

  function append(calls: readonly (readonly NewEntry[])[]): { positions: readonly Position[][]; head: Position } {
    if (remembered.size > SUBJECTS_REMEMBERED_MAX) remembered.clear()
    let newest = head.get()!
    const changed = new Set<Subject>()
    const hosts = hostsOf(calls)

    function appendOne({ key, id, source, body }: NewEntry): Position {
      const subject = subjectFor(key)
      const host = source ? hosts.get(source.host)! : null
      const added = add.run(newest + 1, subject.id, id, host, source?.seq ?? null, body, subject.newest)
      if (added.changes === 0) return positionOf.get(id, subject.id)!
      newest++
      subject.newest = newest
      changed.add(subject)
      return newest
    }

    const positions = calls.map((entries) => entries.map(appendOne))
    for (const subject of changed) setNewest.run(subject.newest, subject.id)
    setHead.run(newest)
    return { positions, head: newest }
  }

  /** Moves every host's cursor as far as these entries say; answers the hosts' numbers. */
  function hostsOf(calls: readonly (readonly NewEntry[])[]): ReadonlyMap<string, number> {
    const seqs = new Map<string, number>()
    for (const entries of calls) {
      for (const { source } of entries) {
        if (source) seqs.set(source.host, Math.max(source.seq, seqs.get(source.host) ?? 0))
      }
    }
    return new Map([...seqs].map(([host, seq]) => [host, moveHost.get(host, seq)!]))
  }

  /** Follows the chain to its end, or to where entries were erased before: older ones were erased with them. */
  function erase(key: string, through: Position): number {
    remembered.delete(key)
    const subject = subjectOf.get(key)
    if (subject === undefined) return 0
    let count = 0
    for (let at: Position | undefined = subject.newest; at;) {
      const previous: Position | undefined = previousOf.get(at)
      if (at <= through) count += eraseEntry.run(at).changes
      at = previous
    }
    if (subject.newest <= through) eraseSubject.run(subject.id)
    return count
  }

  const appending = db.transaction(append)
  const erasing = db.transaction(erase)
  return {
    append(calls: readonly (readonly NewEntry[])[]) {
      try {
        return appending.immediate(calls)
      } catch (fault) {
        // What was remembered of what is now undone.
        remembered.clear()
        throw fault
      }
    },
    erase: (key: string, through: Position) => erasing.immediate(key, through),
  }
}

function takeUpTo(bytesMax: number, rows: Iterable<Row>): readonly Entry[] {
  const entries: Entry[] = []
  let bytes = 0
  for (const row of rows) {
    entries.push(entryOf(row))
    bytes += row.body.byteLength
    if (bytes > bytesMax) break
  }
  return entries
}

function entryOf(row: Row): Entry {
  const { position, key, id, host, seq } = row
  const body = plainBytes(row.body)
  return host === null || seq === null
    ? { position, key, id, body }
    : { position, key, id, source: { host, seq }, body }
}

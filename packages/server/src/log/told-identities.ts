import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Did, Handle, World } from '@waypost/kernel'
import type { ShownIdentity } from '#log/ingest-port.ts'
import { matchLog, openAnchors } from '#log/anchors.ts'
import type { EventLog } from '#log/log.ts'
import { createPatience, Stopped } from '#log/patience.ts'

/**
 * What the log says of everybody's identity, for an ingest that has no read model beside it.
 * In: the log. Out: the handle and the PDS that replicas show. Promise: at the end of the log it says what they show.
 * A file that can be thrown away; it is read again from the log then.
 */
export interface ToldIdentities extends AsyncDisposable {
  of(did: Did): ShownIdentity | undefined
  /** Rejects with our own fault, if there is one; resolves after disposal. */
  readonly finished: Promise<void>
}

const EVENTS_PER_READ = 512
/** Raise it with the schema: the file is of this version, or of another one that nobody reads. */
const FILE = 'told-identities-1.sqlite'
const SCHEMA = `
create table if not exists told (did text primary key, handle text, pds text) strict, without rowid;
create table if not exists progress (one integer primary key check (one = 1), position integer not null) strict;
insert or ignore into progress values (1, 0);
`

export function followToldIdentities(options: {
  readonly world: World
  readonly folder: string
  readonly eventLog: Pick<EventLog, 'read' | 'waitPast' | 'head'>
  readonly failed: (what: string, error: unknown) => void
}): ToldIdentities {
  const { world, folder, eventLog, failed } = options
  const db = new Database(join(folder, FILE))
  db.pragma('journal_mode = wal')
  // Rows and position go together: what a power cut takes is read again.
  db.pragma('synchronous = normal')
  db.exec(SCHEMA)
  const tell = db.prepare<[string, string | null, string | null]>('insert or replace into told values (?, ?, ?)')
  const forget = db.prepare<[string]>('delete from told where did = ?')
  const anchors = openAnchors(db)
  const move = db.prepare<[number]>('update progress set position = ?')
  const row = db.prepare<[string], { handle: Handle | null; pds: string | null }>(
    'select handle, pds from told where did = ?',
  )
  const ending = new AbortController()
  const patience = createPatience({ world, signal: ending.signal, failed })

  const fold = db.transaction(({ events, through }: Awaited<ReturnType<EventLog['read']>>) => {
    for (const { event } of events) {
      if (event.kind === 'identity') tell.run(event.did, event.handle ?? null, event.pds ?? null)
      else if (event.kind === 'account' && event.head.status === 'deleted') forget.run(event.did)
    }
    move.run(through)
    const last = events.at(-1)
    if (last) anchors.add(last)
  })

  /** All of it or nothing: without anchors a file is believed. */
  const beginAnew = db.transaction(() => {
    anchors.clear()
    db.exec('delete from told; update progress set position = 0')
  })

  /** Of another log nothing is worth anything. */
  async function begin(): Promise<number> {
    const position = db.prepare<[], number>('select position from progress').pluck().get()!
    const known = { position, anchors: anchors.all() }
    if ((await patience('look at the log', () => matchLog(eventLog, known))) === 'same') return position
    beginAnew.immediate()
    return 0
  }

  async function run(): Promise<void> {
    let position = await begin()
    while (!ending.signal.aborted) {
      const after = position
      const read = await patience('read', () => eventLog.read(after, EVENTS_PER_READ))
      if (read.through === position) await patience('wait', () => eventLog.waitPast(after, ending.signal))
      else fold.immediate(read)
      position = read.through
    }
  }

  const finished = run().catch((fault: unknown) => {
    if (!(fault instanceof Stopped)) throw fault
  })
  // Whoever does not look at it must not be brought down by it before the process ends in order.
  finished.catch(() => {})
  return {
    of(did) {
      const found = row.get(did)
      return found && { handle: found.handle ?? undefined, pds: found.pds ?? undefined }
    },
    finished,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await finished.catch(() => undefined)
      db.close()
    },
  }
}

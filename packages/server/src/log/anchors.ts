import { hash } from 'node:crypto'
import type Database from 'better-sqlite3'
import type { Position } from '@waypost/engine'
import type { EventLog, LoggedEvent } from '#log/log.ts'

/** An event of the log, by which the log that something was read from is known again: positions are counted in any log. */
export interface Anchor {
  readonly position: Position
  readonly name: string
}

/** Those of the events that were read into a file, kept in the file. */
export interface Anchors {
  all(): readonly Anchor[]
  /** Inside the transaction of what was read. */
  add(event: LoggedEvent): void
  clear(): void
}

/** One for each batch that was read: as many may be erased without a doubt of whose log it is. */
const ANCHORS_MAX = 32

/** In a file that is only read the table must be there. */
export function openAnchors(db: Database.Database): Anchors {
  if (!db.readonly)
    db.exec('create table if not exists anchor (position integer primary key, name text not null) strict')
  const all = db.prepare<[], Anchor>('select position, name from anchor')
  const add = db.prepare<[Position, string]>('insert or replace into anchor values (?, ?)')
  const drop = db.prepare(
    `delete from anchor where position <= (select position from anchor order by position desc limit 1 offset ${ANCHORS_MAX})`,
  )
  const clear = db.prepare('delete from anchor')
  return {
    all: () => all.all(),
    add(event) {
      add.run(event.position, nameOf(event))
      drop.run()
    },
    clear: () => void clear.run(),
  }
}

/** Whether what was read from a log was read from this one. */
export type LogMatch = 'same' | 'ahead-of-log' | 'of-another-log'

/** The time at which it was taken in tells one log from another that was filled again from the same repositories. */
function nameOf({ position, receivedAt, event }: LoggedEvent): string {
  return hash('sha256', `${position} ${receivedAt} ${event.kind} ${event.did}`)
}

/**
 * Whether this is the log that was read up to a position. Logs of one origin part once and never meet again: the newest
 * anchor that the log still has, or has something else in the place of, decides. What was erased since says nothing;
 * where all of them were nobody can tell, and it is another. Something that was read without anchors is believed.
 */
export async function matchLog(
  eventLog: Pick<EventLog, 'read' | 'head'>,
  { position, anchors }: { readonly position: Position; readonly anchors: readonly Anchor[] },
): Promise<LogMatch> {
  if (position > (await eventLog.head())) return 'ahead-of-log'
  for (const anchor of anchors.toSorted((a, b) => b.position - a.position)) {
    const { events, through } = await eventLog.read(anchor.position - 1, 1)
    // Something that comes later stands there: what was here is erased.
    if (through !== anchor.position) continue
    const [found] = events
    return found !== undefined && nameOf(found) === anchor.name ? 'same' : 'of-another-log'
  }
  return anchors.length === 0 ? 'same' : 'of-another-log'
}

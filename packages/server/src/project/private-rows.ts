import Database from 'better-sqlite3'
import type { Position } from '@waypost/engine'
import { removeDatabase } from './remove-database.ts'

/* The rows of `private-state.ts`: nothing in them can be read without a person's key. */

const CACHE_KIB = 32 * 1_024

const SCHEMA = `
create table item (
  name text primary key,
  owner text not null,
  kind blob not null,
  named blob not null,
  position integer not null,
  expires_at integer,
  sealed blob not null,
  unique (owner, named)
) strict;
create index item_by_kind on item (owner, kind);
create index item_by_expiry on item (expires_at) where expires_at is not null;
`

/** One item as it stands, sealed. */
export interface PrivateRow {
  readonly name: string
  readonly owner: string
  readonly position: Position
  readonly sealed: Uint8Array
}

/** Overwrites what is there; `:memory:` where there is no disk. */
export function openPrivateFile(file: string): Database.Database {
  removeDatabase(file)
  const db = new Database(file)
  // Nobody opens it again, and a fold that fails ends the process.
  db.pragma('journal_mode = off')
  db.pragma('synchronous = off')
  db.pragma(`cache_size = -${CACHE_KIB}`)
  db.pragma('secure_delete = on')
  db.exec(SCHEMA)
  return db
}

export function prepareRows(db: Database.Database) {
  const select = 'select name, owner, position, sealed from item'
  const isLive = '(expires_at is null or expires_at > ?)'
  return {
    byName: db.prepare<[string], PrivateRow>(`${select} where name = ?`),
    byTag: db.prepare<[string, Uint8Array], PrivateRow>(`${select} where owner = ? and named = ?`),
    byOwner: db.prepare<[string], PrivateRow>(`${select} where owner = ?`),
    live: db.prepare<[string, Uint8Array, number], PrivateRow>(`${select} where owner = ? and named = ? and ${isLive}`),
    ofKind: db.prepare<[string, Uint8Array, number], PrivateRow>(
      `${select} where owner = ? and kind = ? and ${isLive}`,
    ),
    every: db.prepare<[number], PrivateRow>(`${select} where ${isLive} order by name`),
    past: db.prepare<[number], PrivateRow>(`${select} where expires_at <= ?`),
    put: db.prepare<[string, string, Uint8Array, Uint8Array, number, number | null, Uint8Array]>(
      'insert or replace into item values (?, ?, ?, ?, ?, ?, ?)',
    ),
    remove: db.prepare<[string]>('delete from item where name = ?'),
  }
}

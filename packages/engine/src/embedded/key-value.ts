import { assert, ok, refuse, type World } from '@waypost/kernel'
import type { Held, KeyValue } from '../port.ts'
import { assertName } from '../shape.ts'
import { loudly, openSqlite, plainBytes } from './sqlite.ts'

/** 'WPst' */
const APPLICATION_ID = 0x57_50_73_74
const VERSION = 1

/** Each write also takes away this many expired keys at most, so that nothing has to sweep. */
const EXPIRED_PER_WRITE_MAX = 16

/*
 * Revisions come from one counter, never twice, so that a key that was deleted and written again does not pass for the
 * one that was read before.
 */
const SCHEMA = `
create table revision (one integer primary key check (one = 1), newest integer not null) strict;
insert into revision values (1, 0);
create table held (
  key text primary key,
  value blob not null,
  revision integer not null,
  expires_at integer
) strict, without rowid;
create index held_by_expiry on held (expires_at) where expires_at is not null;
`

interface Row {
  readonly value: Uint8Array
  readonly revision: number
}

export interface EmbeddedKeyValue extends KeyValue {
  close(): void
}

/** The key-value store as one SQLite file; every write is one durable commit. */
export function openEmbeddedKeyValue(options: {
  readonly file: string
  readonly world: World
  readonly readOnly: boolean
  /** What is deleted is in no file any more when that resolves; otherwise its WAL has it until that is reused. */
  readonly overwritesDeleted?: boolean
}): EmbeddedKeyValue {
  const { file, world, readOnly, overwritesDeleted = false } = options
  const db = openSqlite({ file, applicationId: APPLICATION_ID, version: VERSION, schema: SCHEMA, readOnly })
  const live = '(expires_at is null or expires_at > ?)'
  const read = db.prepare<[string, number], Row>(`select value, revision from held where key = ? and ${live}`)
  const from = db
    .prepare<[string, number], string>(`select key from held where key >= ? and ${live} order by key`)
    .pluck()
  const next = db.prepare<[], number>('update revision set newest = newest + 1 returning newest').pluck()
  const write = db.prepare<[string, Uint8Array, number, number | null]>(
    'insert or replace into held values (?, ?, ?, ?)',
  )
  const remove = db.prepare<[string]>('delete from held where key = ?')
  const expire = db.prepare<[number]>(`delete from held where key in
    (select key from held where expires_at <= ? limit ${EXPIRED_PER_WRITE_MAX})`)

  const put = db.transaction((key: string, value: Uint8Array, expiresAt: number | undefined): number => {
    expire.run(world.clock.now())
    const revision = next.get()!
    write.run(key, value, revision, expiresAt === undefined ? null : Math.floor(expiresAt))
    return revision
  })

  function writable(key: string): void {
    assert(!readOnly, 'nobody writes to a store that was opened to read')
    assertName(key, 'a key')
  }

  function get(key: string): Held | undefined {
    const row = loudly(file, () => read.get(key, world.clock.now()))
    return row && { value: plainBytes(row.value), revision: row.revision }
  }

  return {
    get: async (key) => get(key),
    async put(key, value, { expiresAt } = {}) {
      writable(key)
      return loudly(file, () => put.immediate(key, value, expiresAt))
    },
    async compareAndSet(key, value, { revision, expiresAt }) {
      writable(key)
      // Nothing else writes to the file and this function does not wait between the two steps, so they are one.
      if ((get(key)?.revision ?? 0) !== revision) return refuse('conflict')
      return ok(loudly(file, () => put.immediate(key, value, expiresAt)))
    },
    async delete(key) {
      writable(key)
      loudly(file, () => {
        if (remove.run(key).changes > 0 && overwritesDeleted) db.pragma('wal_checkpoint(truncate)')
      })
    },
    async list(prefix) {
      const keys: string[] = []
      return loudly(file, () => {
        for (const key of from.iterate(prefix, world.clock.now())) {
          if (!key.startsWith(prefix)) break
          keys.push(key)
        }
        return keys
      })
    },
    close: () => void db.close(),
  }
}

import { cidForLex } from '@atproto/lex-cbor'
import {
  assureValidNextOp,
  type CompatibleOpOrTombstone,
  type ExportedOp,
  type IndexedOperation,
  type OpOrTombstone,
} from '@did-plc/lib'
import Sqlite, { type Database } from 'better-sqlite3'
import { CID } from 'multiformats/cid'
import type { PlcDatabase } from '@did-plc/server'
import type { World } from '@waypost/kernel'

interface Row {
  readonly did: string
  readonly operation: string
  readonly cid: string
  readonly nullified: 0 | 1
  readonly createdAt: string
}

const SCHEMA = `
  create table if not exists operation (
    sequence integer primary key,
    did text not null,
    operation text not null,
    cid text not null,
    nullified integer not null default 0,
    createdAt text not null
  ) strict;
  create unique index if not exists operation_did_cid on operation (did, cid);
  create index if not exists operation_createdAt on operation (createdAt);
`

/**
 * The PLC directory's operations in one SQLite file, so that a sandbox needs no PostgreSQL.
 * Promise: an operation that was accepted survives a power cut, each DID has one history without forks, and times of
 * acceptance rise strictly, which makes `after` a cursor that skips nothing.
 */
export function openPlcDatabase(world: World, file: string): PlcDatabase {
  const db: Database = new Sqlite(file)
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = full')
  db.exec(SCHEMA)
  const insert = db.prepare<[string, string, string, string]>(
    'insert into operation (did, operation, cid, createdAt) values (?, ?, ?, ?)',
  )
  const nullify = db.prepare<[string, string]>('update operation set nullified = 1 where did = ? and cid = ?')
  const current = db.prepare<[string], Row>('select * from operation where did = ? and nullified = 0 order by sequence')
  const all = db.prepare<[string], Row>('select * from operation where did = ? order by sequence')
  const after = db.prepare<[string, number], Row>(
    'select * from operation where createdAt > ? order by sequence limit ?',
  )
  const newest = db.prepare<[], { at: string | null }>('select max(createdAt) as at from operation')
  // A check awaits signatures; the next operation waits its turn so that nothing comes between check and insert.
  let turn: Promise<unknown> = Promise.resolve()

  function acceptedAt(): string {
    const last = newest.get()?.at
    return new Date(Math.max(world.clock.now(), last ? Date.parse(last) + 1 : 0)).toISOString()
  }

  async function add(did: string, proposed: OpOrTombstone): Promise<void> {
    const { nullified } = await assureValidNextOp(did, current.all(did).map(toIndexed), proposed)
    const cid = await cidForLex({ ...proposed })
    db.transaction(() => {
      insert.run(did, JSON.stringify(proposed), cid.toString(), acceptedAt())
      for (const replaced of nullified) nullify.run(did, replaced.toString())
    })()
  }

  return {
    async close() {
      await turn.catch(() => undefined)
      db.close()
    },
    async healthCheck() {
      newest.get()
    },
    validateAndAddOp(did, proposed) {
      const done = turn.then(() => add(did, proposed))
      turn = done.catch(() => undefined)
      return done
    },
    async indexedOpsForDid(did, includeNullified = false) {
      return (includeNullified ? all : current).all(did).map(toIndexed)
    },
    async opsForDid(did) {
      return current.all(did).map(toOperation)
    },
    async lastOpForDid(did) {
      return current.all(did).map(toOperation).at(-1) ?? null
    },
    async exportOps(count, since) {
      return after.all(since?.toISOString() ?? '', count).map(toExported)
    },
  }
}

function toOperation(row: Row): CompatibleOpOrTombstone {
  return JSON.parse(row.operation) as CompatibleOpOrTombstone
}

function toIndexed(row: Row): IndexedOperation {
  return {
    did: row.did,
    operation: toOperation(row),
    cid: CID.parse(row.cid),
    nullified: row.nullified === 1,
    createdAt: new Date(row.createdAt),
  }
}

function toExported(row: Row): ExportedOp {
  return {
    did: row.did,
    operation: toOperation(row),
    cid: row.cid,
    nullified: row.nullified === 1,
    createdAt: row.createdAt,
  }
}

import Database from 'better-sqlite3'
import { OwnFault } from '@waypost/kernel'

export interface SqliteFile {
  readonly file: string
  /** SQLite's `application_id`: four letters that say whose file this is. */
  readonly applicationId: number
  /** SQLite's `user_version`: raised with every change of the schema. */
  readonly version: number
  readonly schema: string
  /** What makes this version of an older one, by its number. */
  readonly upgrades?: Readonly<Record<number, string>>
  readonly readOnly: boolean
}

/**
 * Opens one of our files, or makes it. A commit in it survives a power cut (WAL, `synchronous=FULL`).
 * Throws an `OwnFault` where the file is damaged, an `Error` where it is not ours, or of a version that this program
 * doesn't know; an older one that it knows becomes the present one, unless it is opened to read.
 */
export function openSqlite(options: SqliteFile): Database.Database {
  return loudly(options.file, () => {
    const db = new Database(options.file, { readonly: options.readOnly, fileMustExist: options.readOnly })
    try {
      prepare(db, options)
    } catch (fault) {
      db.close()
      throw fault
    }
    return db
  })
}

function prepare(db: Database.Database, options: SqliteFile): void {
  const { file, applicationId, version, schema, upgrades = {}, readOnly } = options
  const foundId = db.pragma('application_id', { simple: true })
  const foundVersion = db.pragma('user_version', { simple: true })
  const tables = db.prepare('select count(*) from sqlite_schema').pluck().get()
  const isNew = foundId === 0 && foundVersion === 0 && tables === 0
  if (isNew && readOnly) throw new Error(`${file} is empty: nothing to read`)
  if (!isNew && foundId !== applicationId) throw new Error(`${file} is not a file of Waypost's`)
  const upgrade = isNew || foundVersion === version ? undefined : upgrades[foundVersion as number]
  if (!isNew && foundVersion !== version && (upgrade === undefined || readOnly)) {
    throw new Error(`${file} has format ${String(foundVersion)}; this program reads format ${version}`)
  }
  if (readOnly) return
  // The file's own durability: the driver's build would leave a WAL at synchronous=NORMAL, which loses commits.
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = full')
  // Fewer, larger checkpoints: a fifth to a third more rows per second than at 1,000 pages.
  db.pragma('wal_autocheckpoint = 10000')
  db.pragma('journal_size_limit = 67108864')
  // What is erased is overwritten, not only unlinked: in the file with the next checkpoint, in the WAL as it is reused.
  db.pragma('secure_delete = on')
  const change = isNew ? schema : upgrade
  if (change === undefined) return
  db.transaction(() => {
    db.exec(change)
    db.pragma(`application_id = ${applicationId}`)
    db.pragma(`user_version = ${version}`)
  }).immediate()
}

/** Runs what touches a file; damage that SQLite finds in it is our own fault, so that nobody retries over it. */
export function loudly<T>(file: string, act: () => T): T {
  try {
    return act()
  } catch (fault) {
    if (fault instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(fault.code)) {
      throw new OwnFault(`${file} is damaged: ${fault.message}`, { cause: fault })
    }
    throw fault
  }
}

/** A blob as a plain array of bytes; SQLite's driver hands out Node's Buffer. */
export function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

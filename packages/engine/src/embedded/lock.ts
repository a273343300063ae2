import { pid } from 'node:process'
import Database from 'better-sqlite3'

/**
 * Holds a folder for this process until disposed or until the process is gone, however it ends.
 *
 * The lock is an open write transaction on a small SQLite file: the operating system lets go of it with the process,
 * so that a kill -9 leaves nothing to clean up and no process id to guess about. Two openings in one process conflict
 * as well. The holder's pid stands in `user_version`, for the message only.
 * Throws an `Error` that names the holder where the folder is in use.
 */
export function lockFolder(folder: string, file: string): Disposable {
  const db = new Database(file, { timeout: 0 })
  try {
    db.pragma(`user_version = ${pid}`)
    db.exec('begin immediate')
  } catch (fault) {
    const holder = fault instanceof Database.SqliteError && fault.code === 'SQLITE_BUSY' ? holderOf(db) : undefined
    db.close()
    if (holder === undefined) throw fault
    throw new Error(`${folder} is in use by another Waypost (process ${holder})`, { cause: fault })
  }
  return { [Symbol.dispose]: () => void db.close() }
}

function holderOf(db: Database.Database): string {
  try {
    return String(db.pragma('user_version', { simple: true }))
  } catch {
    return 'unknown'
  }
}

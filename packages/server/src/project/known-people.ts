import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Position } from '@waypost/engine'
import { ok, refuse, type Did, type Result } from '@waypost/kernel'
import { openAnchors, type Anchor } from '#log/anchors.ts'

/*
 * Who took part in a log that is lost, as far as read models and lists in a data folder know. A list names people, one a
 * line, and nothing else of them.
 */

/** Those of read models that were let go of, until each of them was asked for once. */
const WAITING = 'people-to-take-in'
/** And afterwards: whoever could not be had then is known from here alone. `waypost reseed` ends it. */
const KNOWN = 'people-known-before'

/** What a read model's file says of the log that it was read from, whatever its version. */
export interface ReadModelFacts {
  readonly position: Position
  readonly anchors: readonly Anchor[]
  /** Everybody whom the log says something of, and who is not gone. */
  readonly people: readonly Did[]
}

/** Refused, as a sentence, where it is not a read model that can be read. */
export function readFacts(file: string): Result<ReadModelFacts, string> {
  if (!existsSync(file)) return refuse(`${file} is not there`)
  try {
    using db = disposable(new Database(file, { readonly: true, fileMustExist: true }))
    return ok({
      position: db.prepare<[], number>('select position from progress').pluck().get()!,
      anchors: openAnchors(db).all(),
      people: db.prepare<[], Did>("select did from person where known = 1 and status is not 'deleted'").pluck().all(),
    })
  } catch (fault) {
    if (!(fault instanceof Database.SqliteError)) throw fault
    return refuse(`${file} is no read model that can be read: ${fault.message}`)
  }
}

/** The files of read models in a folder, of any version. */
export function readModelsIn(folder: string): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.filter((name) => /^read-model-[0-9a-f]+\.sqlite$/.test(name)).map((name) => join(folder, name))
}

/** Everybody whom the read models and lists of a folder know. What cannot be read knows nobody. */
export function peopleKnownIn(folder: string): readonly Did[] {
  const models = readModelsIn(folder).flatMap((file) => {
    const facts = readFacts(file)
    return facts.ok ? facts.value.people : []
  })
  return [...new Set([...models, ...listed(folder, WAITING), ...listed(folder, KNOWN)])]
}

export const peopleWaiting = (folder: string): readonly Did[] => listed(folder, WAITING)
export const peopleKnownBefore = (folder: string): readonly Did[] => listed(folder, KNOWN)

/** On disk when it returns. */
export function keepWaiting(folder: string, people: readonly Did[]): void {
  add(folder, WAITING, people)
}

/** On disk when it returns. */
export function keepKnownBefore(folder: string, people: readonly Did[]): void {
  const kept = new Set(listed(folder, KNOWN))
  add(
    folder,
    KNOWN,
    people.filter((did) => !kept.has(did)),
  )
}

/** Each of them was asked for. */
export function endWaiting(folder: string): void {
  keepKnownBefore(folder, listed(folder, WAITING))
  rmSync(join(folder, WAITING), { force: true })
}

/** These are in the log, or have no account any more. */
export function forgetKnownBefore(folder: string, people: readonly Did[]): void {
  const done = new Set(people)
  const left = listed(folder, KNOWN).filter((did) => !done.has(did))
  const file = join(folder, KNOWN)
  if (left.length === 0) return rmSync(file, { force: true })
  writeFileSync(`${file}.new`, lines(left), { flush: true })
  renameSync(`${file}.new`, file)
}

function add(folder: string, name: string, people: readonly Did[]): void {
  if (people.length > 0) appendFileSync(join(folder, name), lines(people), { flush: true })
}

function listed(folder: string, name: string): readonly Did[] {
  const file = join(folder, name)
  return existsSync(file) ? [...new Set(readFileSync(file, 'utf8').split('\n').filter(isDid))] : []
}

const lines = (people: readonly Did[]): string => people.map((did) => `${did}\n`).join('')

function isDid(line: string): line is Did {
  return line.startsWith('did:')
}

function disposable(db: Database.Database): Database.Database & Disposable {
  return Object.assign(db, { [Symbol.dispose]: () => void db.close() })
}

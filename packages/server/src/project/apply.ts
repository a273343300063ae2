import type { Database } from 'better-sqlite3'
import { decode } from '@atcute/cbor'
import { assert, tidMicros, type Did } from '@waypost/kernel'
import type { LoggedEvent } from '#log/log.ts'
import type { RecordPut } from '#verify/event.ts'
import { isDeleted, isHidden, preparePersons, type PersonRow } from './person.ts'
import { prepareMayors } from './mayor.ts'
import { preparePlaces } from './place-rows.ts'
import type { Change, Departure, Fold, Projection, RecordKey, Register, Registers } from './projection.ts'
import { prepareSubjects } from './subject.ts'
import { prepareTally } from './tally.ts'

/**
 * Turns an event into calls of the folds. Here, once for all projections, stand the rules that make repetition
 * harmless: a commit at or before the person's rev changes nothing, a repository replaces what differs from it, and
 * what its lexicon does not allow is as if it were absent.
 */

export interface Apply {
  /** Answers how many records the event touched. */
  event(logged: LoggedEvent): number
  /** Writes what the events of a batch have in common; inside its transaction, at the end. */
  settle(): void
  /** After a transaction that was rolled back. */
  reset(): void
}

/** What live readers should know. */
export interface Told {
  report(change: Change): void
  departed(departure: Departure): void
}

/** `projections` in an order in which their schemas can be made. */
export function prepareApply(
  db: Database,
  options: { readonly projections: readonly Projection[]; readonly building: boolean },
  { report, departed }: Told,
): Apply {
  const { projections } = options
  const registers = prepareRegisters(db, options)
  const { persons } = registers
  const folds = projections.map((projection) => projection.prepare(db, registers, report))
  const byCollection = new Map<string, Fold>()
  projections.forEach((projection, index) => {
    for (const collection of projection.collections) {
      assert(!byCollection.has(collection), `${collection} belongs to one projection`)
      byCollection.set(collection, folds[index]!)
    }
  })

  function putRecord(
    key: RecordKey,
    put: RecordPut,
    context: { rev: string; hidden: boolean; backfilled: boolean },
  ): void {
    const fold = byCollection.get(put.collection)
    if (fold === undefined) return
    if (!put.valid) return fold.remove(key)
    const { rev, hidden, backfilled } = context
    const commitMs = Math.floor(tidMicros(rev) / 1_000)
    fold.put({ ...key, cid: put.cid, bytes: put.record, value: decode(put.record), commitMs, hidden, backfilled })
  }

  function removeAll(person: PersonRow, did: Did, position: number): number {
    let count = 0
    for (const fold of folds) {
      for (const { collection, rkey } of fold.held(person.id)) {
        fold.remove({ person: person.id, did, collection, rkey, position })
        count++
      }
    }
    return count
  }

  function replaceAll(
    person: PersonRow,
    logged: LoggedEvent,
    records: readonly RecordPut[],
    at: { rev: string; hidden: boolean },
  ): number {
    const { position, event } = logged
    const keyOf = (record: { collection: string; rkey: string }): string => `${record.collection}/${record.rkey}`
    const given = new Map(records.map((record) => [keyOf(record), record]))
    const unchanged = new Set<string>()
    // Of whoever had no rev nothing is held, and most repositories are theirs.
    for (const fold of person.rev === null ? [] : folds) {
      for (const { collection, rkey, cid } of fold.held(person.id)) {
        const now = given.get(keyOf({ collection, rkey }))
        if (now?.cid === cid) unchanged.add(keyOf(now))
        else if (now === undefined) fold.remove({ person: person.id, did: event.did, collection, rkey, position })
      }
    }
    const context = { ...at, backfilled: true }
    let count = 0
    for (const [name, record] of given) {
      if (unchanged.has(name) && record.valid) continue
      const { collection, rkey } = record
      putRecord({ person: person.id, did: event.did, collection, rkey, position }, record, context)
      count++
    }
    return count
  }

  /** Puts the account's own state in place first: records that come with it are then hidden or shown rightly. */
  function setAccount(person: PersonRow, logged: LoggedEvent): void {
    const { head } = logged.event
    const hidden = isHidden(head)
    if (hidden !== (person.hidden === 1)) {
      for (const fold of folds) fold.visibilityChanges?.(person.id, { hidden, position: logged.position })
    }
    // Whoever reads an erased log meets the deletion alone, of people of whom others have told before.
    if (hidden && (person.hidden === 0 || isDeleted(head)))
      departed({ position: logged.position, did: logged.event.did })
    persons.setAccount(person.id, head)
  }

  function event(logged: LoggedEvent): number {
    const { event, position } = logged
    const person = persons.about(event.did)
    switch (event.kind) {
      case 'identity':
        persons.setIdentity(person.id, event, position)
        setAccount(person, logged)
        break
      case 'account':
        setAccount(person, logged)
        break
      case 'commit': {
        if (person.rev !== null && event.rev <= person.rev) return 0
        setAccount(person, logged)
        const context = { rev: event.rev, hidden: isHidden(event.head), backfilled: false }
        for (const op of event.ops) {
          const { collection, rkey } = op
          const key = { person: person.id, did: event.did, collection, rkey, position }
          if (op.action === 'put') putRecord(key, op, context)
          else byCollection.get(collection)?.remove(key)
        }
        persons.setRev(person.id, event.rev)
        return event.ops.length
      }
      case 'repo': {
        if (person.rev !== null && event.rev < person.rev) return 0
        // At the same rev it may bring what the commit alone did not: the records from before we knew the person. Of
        // the account it then says nothing new, and for a deleted one it is an echo.
        const isNewer = person.rev === null || event.rev > person.rev
        if (isNewer) setAccount(person, logged)
        else if (person.status === 'deleted') return 0
        const hidden = isNewer ? isHidden(event.head) : person.hidden === 1
        const count = replaceAll(person, logged, event.records, { rev: event.rev, hidden })
        persons.setRev(person.id, event.rev)
        return count
      }
    }
    if (!isDeleted(event.head)) return 0
    const count = removeAll(person, event.did, position)
    persons.forget(person.id, event.head)
    return count
  }

  return {
    event,
    settle: () => registers.settle(),
    reset: () => registers.reset(),
  }
}

export function prepareRegisters(db: Database, options: { readonly building: boolean }): Registers & Register {
  const tally = prepareTally(db)
  const persons = preparePersons(db, tally, options)
  const places = preparePlaces(db, tally, options)
  const subjects = prepareSubjects(db, persons)
  const mayors = prepareMayors(db, options)
  // Mayors last: they look at rows that the others have written.
  const all: readonly Register[] = [persons, places, subjects, tally, mayors]
  return {
    building: options.building,
    tally,
    persons,
    places,
    subjects,
    mayors,
    settle: () => all.forEach((register) => register.settle()),
    reset: () => all.forEach((register) => register.reset()),
  }
}

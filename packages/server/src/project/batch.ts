import type { Position } from '@waypost/engine'
import type { LoggedEvent } from '#log/log.ts'
import { NOBODY_AFFECTED, watchAffected, type Affected } from './affected.ts'
import { prepareApply } from './apply.ts'
import type { Change, Departure } from './projection.ts'
import type { ReadModel } from './read-model.ts'

/**
 * Events that are folded in one transaction, together with the position. Other connections see nothing of it before
 * its end, so other work may be done between the calls. A fold that throws leaves nothing of the batch.
 */
export interface Batch {
  readonly events: number
  /** Put, removed or looked at. */
  readonly records: number
  /** Milliseconds since 1970 at which the first event was taken in; undefined where there is none. */
  readonly receivedAt: number | undefined
  fold(logged: readonly LoggedEvent[]): void
  /** The end. Answers what live readers should know, and what answers in memory depend on. */
  commit(through: Position): Committed
  /** Another end: as if it had never begun. */
  abandon(): void
}

export interface Committed {
  readonly changes: readonly Change[]
  /** In the order of the log. The check-ins that go with an account are among the changes too. */
  readonly departures: readonly Departure[]
  /** Nothing where a read model is being built, which nobody reads. */
  readonly affected: Affected
}

/** Begins batches, one after another. What folds remember goes from each to the next, so there is one for a file. */
export function prepareBatches(readModel: ReadModel): () => Batch {
  const { db } = readModel
  let changes: Change[] = []
  let departures: Departure[] = []
  const apply = prepareApply(
    db,
    readModel,
    readModel.building
      ? { report: () => {}, departed: () => {} }
      : { report: (change) => changes.push(change), departed: (departure) => departures.push(departure) },
  )
  const affected = readModel.building ? NOBODY_AFFECTED : watchAffected(db)
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')

  function abandon(): void {
    if (db.inTransaction) rollback.run()
    apply.reset()
  }

  function orAbandon<T>(act: () => T): T {
    try {
      return act()
    } catch (fault) {
      abandon()
      throw fault
    }
  }

  return () => {
    begin.run()
    changes = []
    departures = []
    let events = 0
    let records = 0
    let receivedAt: number | undefined
    let last: LoggedEvent | undefined
    return {
      get events() {
        return events
      },
      get records() {
        return records
      },
      get receivedAt() {
        return receivedAt
      },
      fold: (logged) =>
        orAbandon(() => {
          receivedAt ??= logged[0]?.receivedAt
          events += logged.length
          last = logged.at(-1) ?? last
          for (const one of logged) records += 1 + apply.event(one)
        }),
      commit: (through) =>
        orAbandon(() => {
          apply.settle()
          readModel.setPosition(through)
          if (last) readModel.addAnchor(last)
          commit.run()
          return { changes, departures, affected: affected() }
        }),
      abandon,
    }
  }
}

import { assert, type Did, type Tid, type World } from '@waypost/kernel'
import type { Position } from '@waypost/engine'
import type { EventLog, LoggedEvent } from '#log/log.ts'
import { prepareApply } from './apply.ts'
import type { ProjectEvents } from './events.ts'
import type { Change } from './projection.ts'
import type { ReadModel } from './read-model.ts'

/**
 * In: the log, from where the read model stands. Out: the read model at the head of the log, and word to live readers
 * of what changed. Promise: position and rows move together, in one transaction a batch; a fold that fails is our own
 * fault and stops the process (`stopped` rejects).
 */
export interface Projector extends AsyncDisposable {
  /** Up to here the read model holds the log. */
  position(): Position
  /** True once the person's commit at `rev`, or a later one, is visible; false when that takes too long. */
  waitForRev(did: Did, rev: Tid, options: { readonly timeoutMs: number }): Promise<boolean>
  /** After each batch that has been committed. A listener must not throw. */
  subscribe(listener: (batch: CommittedBatch) => void): Disposable
  /** Resolves when the projector has been disposed of or its signal aborted; rejects when a fold failed. */
  readonly stopped: Promise<void>
}

export interface CommittedBatch {
  readonly through: Position
  readonly changes: readonly Change[]
}

/** Read at once from the log. */
const EVENTS_PER_READ = 512
/** A transaction ends past this many records, so that readers and other work of the process get their turn. */
const RECORDS_PER_BATCH = 1_000

export function startProjector(options: {
  readonly world: World
  readonly eventLog: Pick<EventLog, 'read' | 'waitPast' | 'head'>
  readonly readModel: ReadModel
  readonly events?: ProjectEvents | undefined
  readonly signal?: AbortSignal | undefined
}): Projector {
  const { world, eventLog, readModel, events } = options
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const listeners = new Set<(batch: CommittedBatch) => void>()
  const folder = prepareFolding(readModel)
  const revOf = readModel.db.prepare<[string], { rev: string | null }>('select rev from person where did = ?')

  function commit(logged: readonly LoggedEvent[], through: Position): void {
    const start = world.clock.elapsed()
    const { records, changes } = folder(logged, through)
    const oldest = logged[0]
    events?.batchFolded({
      events: logged.length,
      records,
      durationMs: world.clock.elapsed() - start,
      through,
      freshnessMs: oldest && world.clock.now() - oldest.receivedAt,
    })
    for (const listener of listeners) listener({ through, changes })
  }

  async function run(): Promise<void> {
    const start = world.clock.elapsed()
    const firstGoal = await eventLog.head()
    assert(readModel.position() <= firstGoal, 'the read model is of this log: it holds no more than the log ever held')
    let isCaughtUp = false
    while (!signal.aborted) {
      const position = readModel.position()
      if (!isCaughtUp && position >= firstGoal) {
        isCaughtUp = true
        readModel.removeOthers()
        events?.caughtUp({ position, durationMs: world.clock.elapsed() - start })
      }
      const { events: logged, through } = await eventLog.read(position, EVENTS_PER_READ)
      if (through <= position) {
        await eventLog.waitPast(position, signal)
        continue
      }
      for (const batch of inBatches(logged, through)) {
        if (signal.aborted) return
        commit(batch.events, batch.through)
        // Lets the process serve readers between batches.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  const stopped = run()
  return {
    stopped,
    position: () => readModel.position(),
    waitForRev(did, rev, { timeoutMs }) {
      const isThere = (): boolean => (revOf.get(did)?.rev ?? '') >= rev
      if (isThere()) return Promise.resolve(true)
      return new Promise((resolve) => {
        const timeout = new AbortController()
        const settle = (answer: boolean): void => {
          listeners.delete(look)
          timeout.abort()
          resolve(answer)
        }
        const look = (): void => {
          if (isThere()) settle(true)
        }
        listeners.add(look)
        void world.timers.sleep(timeoutMs, AbortSignal.any([timeout.signal, signal])).then(() => settle(isThere()))
      })
    },
    subscribe(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await stopped
    },
  }
}

/** Folds a batch and moves the position, in one transaction. */
export function prepareFolding(
  readModel: ReadModel,
): (logged: readonly LoggedEvent[], through: Position) => { records: number; changes: readonly Change[] } {
  let changes: Change[] = []
  const apply = prepareApply(readModel.db, readModel.projections, (change) => changes.push(change))
  const fold = readModel.db.transaction((logged: readonly LoggedEvent[], through: Position) => {
    let records = 0
    for (const one of logged) records += apply(one)
    readModel.setPosition(through)
    return records
  })
  return (logged, through) => {
    changes = []
    const records = fold.immediate(logged, through)
    return { records, changes }
  }
}

/** Cuts what was read into batches of bounded work; the last one moves the position past what was left out. */
export function* inBatches(
  logged: readonly LoggedEvent[],
  through: Position,
): Generator<{ events: readonly LoggedEvent[]; through: Position }> {
  let batch: LoggedEvent[] = []
  let records = 0
  for (const one of logged) {
    const size = sizeOf(one)
    if (batch.length > 0 && records + size > RECORDS_PER_BATCH) {
      yield { events: batch, through: batch.at(-1)!.position }
      batch = []
      records = 0
    }
    batch.push(one)
    records += size
  }
  yield { events: batch, through }
}

function sizeOf({ event }: LoggedEvent): number {
  if (event.kind === 'commit') return 1 + event.ops.length
  return event.kind === 'repo' ? 1 + event.records.length : 1
}

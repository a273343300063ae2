import { assert, type Did, type Tid, type World } from '@waypost/kernel'
import type { Position } from '@waypost/engine'
import type { EventLog, LoggedEvent } from '#log/log.ts'
import { createPatience, Stopped } from '#log/patience.ts'
import { prepareBatches, type Batch, type Committed } from './batch.ts'
import type { ProjectEvents } from './events.ts'
import type { ReadModel } from './read-model.ts'

/**
 * In: the log, from where the read model stands. Out: the read model at the head of the log, and word to live readers
 * of what changed. Promise: position and rows move together, in one transaction a batch; a log that cannot be read is
 * asked again until it can; a fold that fails is our own fault and stops the process (`stopped` rejects).
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

export interface CommittedBatch extends Committed {
  readonly through: Position
}

/** Read at once from the log. */
const EVENTS_PER_READ = 512
/** A transaction ends past this many records. The more it holds, the fewer pages are written for each of them. */
const RECORDS_PER_BATCH = 4_096
/** After this many, within a transaction too, readers and other work of the process get their turn. */
const RECORDS_PER_STEP = 256
/**
 * So many events are folded as they come; then the rest of this time is waited out, and what has come by its end is
 * folded at once. Thus a quiet log is followed without delay, and a busy one in batches that are worth a transaction.
 */
const BUSY_EVENTS = 64
const GATHER_MS = 200
/** Between two events that were taken in in different stretches of this length all replicas stand still for a moment. */
export const SLOT_MS = 30 * 60_000
/** The longest that a log which could not be read is left alone: what it holds then is not shown yet. */
const RETRY_MS_MAX = 500

export function startProjector(options: {
  readonly world: World
  readonly eventLog: Pick<EventLog, 'read' | 'waitPast' | 'head'>
  readonly readModel: ReadModel
  readonly events?: ProjectEvents | undefined
  /**
   * Before events that follow from the log alone, the same for every replica (`SLOT_MS`), unless they are long past: the
   * read model stands there until it resolves.
   */
  readonly atMilestone?: ((next: Position) => Promise<void>) | undefined
  readonly signal?: AbortSignal | undefined
}): Projector {
  const { world, eventLog, readModel, events, atMilestone } = options
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const listeners = new Set<(batch: CommittedBatch) => void>()
  const begin = prepareBatches(readModel)
  const revOf = readModel.db.prepare<[string], { rev: string | null }>('select rev from person where did = ?')
  const patience = createPatience({
    world,
    signal,
    retryMsMax: RETRY_MS_MAX,
    failed: (_what, fault) => events?.logUnread(fault),
  })
  let gathering = { since: -GATHER_MS, events: 0 }

  function commit(batch: Batch, { through, start }: { readonly through: Position; readonly start: number }): void {
    const after = readModel.position()
    const committed = batch.commit(through)
    events?.batchFolded({
      events: batch.events,
      records: batch.records - batch.events,
      durationMs: world.clock.elapsed() - start,
      after,
      through,
      freshnessMs: batch.receivedAt === undefined ? undefined : world.clock.now() - batch.receivedAt,
    })
    for (const listener of listeners) listener({ through, ...committed })
  }

  /** Waits while a busy log fills up. */
  async function gather(count: number): Promise<void> {
    const now = world.clock.elapsed()
    const isOver = now - gathering.since >= GATHER_MS
    gathering = isOver ? { since: now, events: count } : { ...gathering, events: gathering.events + count }
    if (gathering.events < BUSY_EVENTS) return
    await world.timers.sleep(GATHER_MS - (now - gathering.since), signal)
    gathering = { since: world.clock.elapsed(), events: 0 }
  }

  async function run(): Promise<void> {
    let start = world.clock.elapsed()
    const started = start
    const firstGoal = await patience('ask for the head', () => eventLog.head())
    let position = readModel.position()
    assert(position <= firstGoal, 'the read model is of this log: it holds no more than the log ever held')
    let isCaughtUp = false
    let batch: Batch | undefined
    let slot: number | undefined

    /** Before an event that begins a new stretch of time, where that is now. */
    async function standAt(step: Step): Promise<void> {
      const previous = slot
      slot = slotOf(step.events.at(-1)) ?? slot
      const begun = slotOf(step.events[0])
      if (atMilestone === undefined || begun === undefined || previous === undefined || begun === previous) return
      if (begun !== Math.floor(world.clock.now() / SLOT_MS)) return
      if (batch !== undefined) commit(batch, { through: position, start })
      batch = undefined
      await atMilestone(step.events[0]!.position)
    }

    try {
      while (!signal.aborted) {
        if (batch === undefined && !isCaughtUp && position >= firstGoal) {
          isCaughtUp = true
          readModel.removeOthers()
          events?.caughtUp({ position, durationMs: world.clock.elapsed() - started })
        }
        const after = position
        const { events: logged, through } = await patience('read', () => eventLog.read(after, EVENTS_PER_READ))
        for (const step of through > position ? inSteps(logged, through) : []) {
          await standAt(step)
          if (batch === undefined) start = world.clock.elapsed()
          batch ??= begin()
          batch.fold(step.events)
          position = step.through
          if (batch.records >= RECORDS_PER_BATCH) {
            commit(batch, { through: position, start })
            batch = undefined
          }
          await new Promise((resolve) => setImmediate(resolve))
          if (signal.aborted) return
        }
        // There may be more already, for the same transaction.
        if (logged.length === EVENTS_PER_READ) continue
        if (batch === undefined) {
          await patience('wait', () => eventLog.waitPast(after, signal))
          continue
        }
        commit(batch, { through: position, start })
        const count: number = batch.events
        batch = undefined
        await gather(count)
      }
    } finally {
      batch?.abandon()
    }
  }

  const stopped = run().catch((fault: unknown) => {
    if (!(fault instanceof Stopped)) throw fault
  })
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

interface Step {
  readonly events: readonly LoggedEvent[]
  readonly through: Position
}

function slotOf(logged: LoggedEvent | undefined): number | undefined {
  return logged && Math.floor(logged.receivedAt / SLOT_MS)
}

/**
 * Cuts what was read into steps of bounded work, each of one stretch of time; the last one moves the position past what was
 * left out.
 */
function* inSteps(logged: readonly LoggedEvent[], through: Position): Generator<Step> {
  let step: LoggedEvent[] = []
  let records = 0
  for (const one of logged) {
    const size = sizeOf(one)
    const isFull = records + size > RECORDS_PER_STEP || slotOf(step[0]) !== slotOf(one)
    if (step.length > 0 && isFull) {
      yield { events: step, through: step.at(-1)!.position }
      step = []
      records = 0
    }
    step.push(one)
    records += size
  }
  yield { events: step, through }
}

function sizeOf({ event }: LoggedEvent): number {
  if (event.kind === 'commit') return 1 + event.ops.length
  return event.kind === 'repo' ? 1 + event.records.length : 1
}

import { OwnFault, type Logger, type World } from '@waypost/kernel'
import type { Position } from '@waypost/engine'
import type { Received } from '#wire/subscription.ts'
import type { EventBody, VerifiedEvent } from '#verify/event.ts'
import type { LoggedBatch, Waiting } from '#log/ingest-port.ts'
import type { Passed } from '#log/journeys.ts'
import type { EventLog } from '#log/log.ts'

/**
 * What the frames come to, in the order in which they came, on its way into the log.
 * In: slots, opened in order and settled in any. Out: their events, appended in the order of the slots.
 * Promise: the log's cursor of a host never passes a frame that is not settled, and a person's events are in the
 * log in the order in which they were verified, from whichever hosts they came.
 */
export interface Window {
  /** A place for what one frame comes to; absent `received`: we asked for it ourselves. */
  open(host: string, seq: number | undefined, received?: Pick<Received, 'byteLength' | 'receivedAt'>): Slot
  /** A frame that comes to nothing. */
  pass(host: string, seq: number): void
  /** Resolves once there is room for more slots. */
  room(): Promise<void>
  /** Up to where a host's frames are in the log, refused or of no concern. */
  settledSeq(host: string): number | undefined
  /** By host, of those that have any. */
  queued(): ReadonlyMap<string, number>
  waiting(): Waiting
  /** Appends what is settled from the front on, notes how far each host was read, and takes nothing more. */
  close(): Promise<void>
}

export interface Slot {
  /** Once, with the events in their order; none where the frame comes to nothing. */
  settle(events: readonly VerifiedEvent[]): void
  /** Positions of the events, once they are durable. Never, where the window closes before. */
  readonly logged: Promise<readonly Position[]>
}

export interface WindowOptions {
  readonly world: World
  readonly log: Logger
  readonly eventLog: EventLog
  readonly onLogged: (event: EventBody, position: Position, passed: Passed) => void
  readonly onBatch: (batch: LoggedBatch) => void
  /** The engine did not take what was appended; it is asked again. */
  readonly onUnavailable: () => void
  /** Our own fault, met while appending. */
  readonly onFailure: (error: unknown) => void
}

/** Past either of these no host is read from, and its own buffer takes over. */
const SLOTS_MAX = 1_024
const SLOTS_BYTES_MAX = 64 * 1_024 * 1_024
/** One append carries at most this much, so that the others do not wait for it. */
const BATCH_EVENTS_MAX = 512
const BATCH_BYTES_MAX = 16 * 1_024 * 1_024
/** With nothing of ours coming by, the cursor is noted after this many frames or this time, whichever is first. */
const CHECKPOINT_FRAMES = 10_000
const CHECKPOINT_MS = 5_000
const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 10_000

/** Times are milliseconds since 1970. */
interface OpenSlot extends Passed {
  readonly host: string
  readonly openedAt: number
  seq: number | undefined
  verifiedAt: number
  loggedAt: number
  bytes: number
  events: readonly VerifiedEvent[] | undefined
  /** Settles at once and for any number of frames in a row. */
  readonly passing: boolean
  resolve: (positions: readonly Position[]) => void
}

const PASSING = {
  receivedAt: 0,
  openedAt: 0,
  verifiedAt: 0,
  loggedAt: 0,
  bytes: 0,
  events: [],
  passing: true,
  resolve() {},
} as const

interface HostMark {
  settled: number | undefined
  /** What the log knows already. */
  noted: number | undefined
  notedAt: number
  framesSince: number
}

export function openWindow(options: WindowOptions): Window {
  const { world, log, eventLog, onLogged, onBatch, onUnavailable, onFailure } = options
  const stopping = new AbortController()
  const marks = new Map<string, HostMark>()
  let slots: OpenSlot[] = []
  /** Of the slots and of the batch that is on its way. */
  let heldBytes = 0
  /** Between both clocks; measured anew with each batch, since the wall clock may be set. */
  let skewMs = world.clock.now() - world.clock.elapsed()
  let roomWaiters: (() => void)[] = []
  let working: Promise<void> | undefined
  let closed = false
  let closing: Promise<void> | undefined

  function markOf(host: string): HostMark {
    let mark = marks.get(host)
    if (!mark) {
      mark = { settled: undefined, noted: undefined, notedAt: world.clock.elapsed(), framesSince: 0 }
      marks.set(host, mark)
    }
    return mark
  }

  function work(): void {
    working ??= drain()
      .catch(onFailure)
      .finally(() => {
        working = undefined
        // What settled between the last look and now must not wait for the next one.
        if (slots[0]?.events && !stopping.signal.aborted) work()
      })
  }

  async function drain(): Promise<void> {
    // A turn later, so that frames that settle in one go are appended in one go.
    await Promise.resolve()
    while (slots[0]?.events && !stopping.signal.aborted) {
      const batch = takeSettled()
      const events = batch.flatMap((slot) => slot.events!)
      const start = world.clock.elapsed()
      const positions = events.length > 0 ? await persist('append', () => eventLog.append(events)) : []
      // Nothing may be appended after what could not be.
      if (!positions) return stopping.abort()
      settle(batch, positions)
      if (events.length > 0) measure(batch, world.clock.elapsed() - start)
      makeRoom()
    }
    for (const host of marks.keys()) await checkpointIfDue(host)
  }

  function takeSettled(): OpenSlot[] {
    let count = 0
    let eventCount = 0
    let size = 0
    for (const { events, bytes } of slots) {
      if (!events) break
      eventCount += events.length
      size += bytes
      if (count > 0 && (eventCount > BATCH_EVENTS_MAX || size > BATCH_BYTES_MAX)) break
      count++
    }
    const batch = slots.slice(0, count)
    slots = slots.slice(count)
    return batch
  }

  function settle(batch: readonly OpenSlot[], positions: readonly Position[]): void {
    let next = 0
    const now = preciseNow()
    for (const slot of batch) {
      slot.loggedAt = now
      const events = slot.events!
      heldBytes -= slot.bytes
      slot.resolve(positions.slice(next, next + events.length))
      const mark = markOf(slot.host)
      for (const event of events) {
        onLogged(event, positions[next++]!, slot)
        const from = markOf(event.source.host)
        from.noted = Math.max(from.noted ?? 0, event.source.seq)
      }
      if (slot.seq !== undefined) mark.settled = slot.seq
    }
  }

  /** The wall clock's time, with a fraction. */
  function preciseNow(): number {
    return skewMs + world.clock.elapsed()
  }

  /** Once for a batch, by its oldest frame with events: whatever else is in it was faster. */
  function measure(batch: readonly OpenSlot[], appendMs: number): void {
    const { openedAt, verifiedAt, loggedAt } = batch.find(({ events }) => events!.length > 0)!
    onBatch({ appendMs, verifyMs: verifiedAt - openedAt, logMs: loggedAt - verifiedAt })
    skewMs = world.clock.now() - world.clock.elapsed()
  }

  async function checkpointIfDue(host: string, force = false): Promise<void> {
    const mark = markOf(host)
    const { settled, noted } = mark
    if (settled === undefined || settled <= (noted ?? -1)) {
      mark.framesSince = 0
      mark.notedAt = world.clock.elapsed()
      return
    }
    const due = mark.framesSince >= CHECKPOINT_FRAMES || world.clock.elapsed() - mark.notedAt >= CHECKPOINT_MS
    if (!due && !force) return
    mark.framesSince = 0
    mark.notedAt = world.clock.elapsed()
    mark.noted = settled
    await persist('checkpoint', () => eventLog.appendCheckpoint(host, settled).then(() => true))
  }

  /** The engine's absence is waited out; undefined only where the window closes meanwhile. */
  async function persist<T>(what: string, action: () => Promise<T>): Promise<T | undefined> {
    for (let delayMs = RETRY_MS_MIN; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      try {
        return await action()
      } catch (error) {
        if (error instanceof OwnFault) throw error
        onUnavailable()
        log.warn({ err: error, what }, 'the log does not take events; trying again')
      }
      if (closed) return undefined
      await world.timers.sleep(delayMs * (0.5 + world.random.fraction() / 2), stopping.signal)
    }
  }

  function isFull(): boolean {
    return slots.length >= SLOTS_MAX || heldBytes >= SLOTS_BYTES_MAX
  }

  function makeRoom(): void {
    if (isFull()) return
    const waiters = roomWaiters
    roomWaiters = []
    for (const resume of waiters) resume()
  }

  const idle = world.timers.every(CHECKPOINT_MS, async () => {
    if (working || closed) return
    for (const host of marks.keys()) await checkpointIfDue(host).catch(onFailure)
  })

  async function close(): Promise<void> {
    closed = true
    idle[Symbol.dispose]()
    work()
    while (working) await working
    // A failing engine is not waited for: what is not noted is read again after the next start.
    for (const host of marks.keys()) await checkpointIfDue(host, true).catch(onFailure)
    stopping.abort()
    slots = []
    for (const resume of roomWaiters) resume()
  }

  return {
    open(host, seq, received) {
      const { promise, resolve } = Promise.withResolvers<readonly Position[]>()
      const bytes = received?.byteLength ?? 0
      const openedAt = preciseNow()
      const receivedAt = Math.min(received?.receivedAt ?? openedAt, openedAt)
      const slot: OpenSlot = {
        host,
        seq,
        receivedAt,
        openedAt,
        verifiedAt: 0,
        loggedAt: 0,
        bytes,
        events: undefined,
        passing: false,
        resolve,
      }
      if (!closed) slots.push(slot)
      heldBytes += bytes
      markOf(host).framesSince++
      return {
        logged: promise,
        settle(events) {
          const bytes = events.reduce((sum, event) => sum + sizeOf(event), 0)
          heldBytes += bytes - slot.bytes
          slot.bytes = bytes
          slot.events = events
          slot.verifiedAt = preciseNow()
          if (slots[0] === slot) work()
        },
      }
    },

    pass(host, seq) {
      const mark = markOf(host)
      mark.framesSince++
      const last = slots.at(-1)
      if (last?.passing && last.host === host) last.seq = seq
      else if (last || working) {
        slots.push({ ...PASSING, host, seq })
      } else {
        mark.settled = seq
        if (mark.framesSince >= CHECKPOINT_FRAMES) work()
      }
    },

    async room() {
      while (isFull() && !closed) {
        await new Promise<void>((resolve) => roomWaiters.push(resolve))
      }
    },

    settledSeq: (host) => marks.get(host)?.settled,
    queued() {
      const counts = new Map<string, number>()
      for (const { host } of slots) counts.set(host, (counts.get(host) ?? 0) + 1)
      return counts
    },
    waiting() {
      const settled = slots.filter(({ events }) => events !== undefined).length
      return { verify: slots.length - settled, log: settled }
    },

    close: () => (closing ??= close()),
  }
}

/** About how many bytes an event takes in the log. */
function sizeOf(event: EventBody): number {
  const puts = event.kind === 'repo' ? event.records : event.kind === 'commit' ? event.ops : []
  return puts.reduce((sum, op) => sum + (op.action === 'put' ? op.record.length + 150 : 100), 200)
}

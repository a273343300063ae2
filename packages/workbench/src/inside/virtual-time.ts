import { assert, sleepBy, type World } from '@waypost/kernel'
import { createHeap } from '../time/heap.ts'
import { diceFor } from '../time/dice.ts'

/** When virtual time begins, in milliseconds since 1970. */
const START_MS = Date.UTC(2026, 0, 1)

/** After so many events, signals and the terminal get their turn. */
const EVENTS_PER_BREATH = 2_000

/** More in one second of virtual time are a storm that would never end: messages that beget more messages. */
const EVENTS_PER_SECOND_MAX = 2_000_000

interface Due {
  readonly atMs: number
  readonly order: number
  run: (() => void) | undefined
}

export interface VirtualTime {
  /** Its clock stands still while code runs; its dice follow from the seed. */
  readonly world: World
  /** Calls `run` after a time; what is returned takes it back. */
  after(delayMs: number, run: () => void): () => void
  /** Lets time pass, event by event, until the work is done. That nothing is left to wait for is our own fault. */
  drive<T>(work: Promise<T>): Promise<T>
}

export interface VirtualTimeOptions {
  /**
   * Whether nothing is under way that is neither a promise nor virtual time. Until then turns of the real event loop pass,
   * and time stands still. Programs for the workbench need none of it.
   */
  readonly isAtRest?: () => boolean
}

/**
 * Time as a heap of what falls due. Between two events everything that only waits for promises runs to its end, so that
 * the order of all that happens follows from the seed alone.
 */
export function virtualTime(seed: number, { isAtRest = () => true }: VirtualTimeOptions = {}): VirtualTime {
  const pending = createHeap<Due>((a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order))
  let nowMs = 0
  let order = 0
  let [second, eventsInSecond] = [0, 0]

  function after(delayMs: number, run: () => void): () => void {
    const due: Due = { atMs: nowMs + Math.max(0, delayMs), order: order++, run }
    pending.push(due)
    return () => void (due.run = undefined)
  }

  /** Runs the next event; whether there was one. */
  function step(): boolean {
    for (let due = pending.pop(); due; due = pending.pop()) {
      if (!due.run) continue
      nowMs = due.atMs
      const isSameSecond = second === (second = Math.floor(nowMs / 1_000))
      eventsInSecond = isSameSecond ? eventsInSecond + 1 : 0
      assert(eventsInSecond < EVENTS_PER_SECOND_MAX, 'time goes on: nothing begets events without end')
      due.run()
      return true
    }
    return false
  }

  function drive<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    let events = 0
    const end = work.finally(() => void (isDone = true))
    return new Promise((resolve, reject) => {
      function next(): void {
        if (isDone) return resolve(end)
        if (!isAtRest()) return void setImmediate(next)
        try {
          assert(step(), 'the work waits for something that will happen')
        } catch (fault) {
          end.catch(() => undefined)
          return reject(fault as Error)
        }
        if (++events % EVENTS_PER_BREATH === 0) setImmediate(next)
        // A tick comes only when no microtask is left, and this one is asked for by a microtask of the event's.
        else queueMicrotask(() => process.nextTick(next))
      }
      setImmediate(next)
    })
  }

  const world = worldOver({ nowMs: () => nowMs, startMs: START_MS, after })
  return { world: { ...world, random: diceFor(seed, 'world') }, after, drive }
}

interface TimeSource {
  nowMs(): number
  readonly startMs: number
  after(delayMs: number, run: () => void): () => void
}

/** Clock and timers of the kernel's shape, over callbacks. */
export function worldOver({ nowMs, startMs, after }: TimeSource): Pick<World, 'clock' | 'timers'> {
  return {
    clock: { now: () => Math.floor(startMs + nowMs()), elapsed: nowMs },
    timers: {
      sleep: sleepBy(after),
      every(periodMs, action) {
        let busy = false
        let cancel = after(periodMs, tick)
        function tick(): void {
          cancel = after(periodMs, tick)
          if (busy) return
          const done = action()
          if (!done) return
          busy = true
          void done.finally(() => (busy = false))
        }
        return { [Symbol.dispose]: () => cancel() }
      },
    },
  }
}

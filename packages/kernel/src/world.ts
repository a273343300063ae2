import { randomBytes } from 'node:crypto'

/**
 * The parts of the world that differ from run to run. Code takes a `World` and never reads the clock, the dice or the
 * timers itself; that is what lets a test run hours of it in milliseconds, the same way each time.
 */
export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
}

export interface Clock {
  /** Milliseconds since 1970, as the machine believes; may step back. */
  now(): number
  /** Milliseconds from an arbitrary start, with a fraction; never steps back. For durations. */
  elapsed(): number
}

export interface Random {
  /** In [0, 1). */
  fraction(): number
  bytes(count: number): Uint8Array
}

export interface Timers {
  /** Resolves after `delayMs`, or at once when the signal aborts; never rejects. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
  /** Calls `action` every `periodMs` until disposed. An action that outlasts the period is not called twice at once. */
  every(periodMs: number, action: () => void | Promise<void>): Disposable
}

/** The machine's own clock, dice and timers. Only `main` files call this. */
export function realWorld(): World {
  return {
    clock: { now: () => Date.now(), elapsed: () => performance.now() },
    random: { fraction: () => Math.random(), bytes: (count) => randomBytes(count) },
    timers: { sleep, every },
  }
}

function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const timer = setTimeout(done, delayMs)
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done, { once: true })
  })
}

function every(periodMs: number, action: () => void | Promise<void>): Disposable {
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    const pending = action()
    if (pending === undefined) return
    busy = true
    void pending.finally(() => (busy = false))
  }, periodMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

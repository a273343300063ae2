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
    timers: { sleep: sleepBy(afterTimeout), every },
  }
}

function afterTimeout(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

/**
 * A sleep over any timer: `after` calls `run` once, after `delayMs`, unless what it answers is called before. `listening`
 * holds meanwhile what lets go of the signal of each sleep, for whoever ends before their sleeps do.
 */
export function sleepBy(
  after: (delayMs: number, run: () => void) => () => void,
  listening?: Set<() => void>,
): Timers['sleep'] {
  return (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const cancel = after(delayMs, done)
      // A signal may outlive many sleeps.
      const letGo = (): void => signal?.removeEventListener('abort', done)
      function done(): void {
        cancel()
        letGo()
        listening?.delete(letGo)
        resolve()
      }
      signal?.addEventListener('abort', done, { once: true })
      listening?.add(letGo)
    })
}

/** Waits for `work`, for so long at most; rejects where it does by then. */
export async function atMost(timers: Pick<Timers, 'sleep'>, limitMs: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  try {
    await Promise.race([work, timers.sleep(limitMs, over.signal)])
  } finally {
    over.abort()
  }
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

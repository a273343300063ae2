import type { KeyValue } from '@waypost/engine'
import { linkedAbort, OwnFault, type World } from '@waypost/kernel'

/**
 * What one of several processes does: whoever holds the lease, a key of the key-value store that its holder writes anew every
 * second. Whoever sees that it was not written for `LEASE_MS`, by their own clock, takes it.
 *
 * What is done under a lease must be harmless if two do it: a holder that was paused goes on until it looks, which is the
 * first thing that it does. While the engine is away nobody can tell, and the holder goes on.
 */
export interface Lease extends AsyncDisposable {
  readonly isHeld: boolean
  /** Rejects with a fault of our own, met by the work; resolves after disposal. */
  readonly finished: Promise<void>
}

export interface LeaseOptions {
  readonly world: World
  readonly keyValue: KeyValue
  readonly name: string
  /** This process, also after it was ended and started again: it goes on with what it held at once. No other has it. */
  readonly owner: string
  /** What the holder does, until the signal aborts. */
  readonly work: (signal: AbortSignal) => Promise<void>
  /** What whoever waits does every `IDLE_MS`, to begin at once when their turn comes; it may fail. */
  readonly idle?: () => Promise<unknown>
  readonly events?: LeaseEvents | undefined
}

export interface LeaseEvents {
  lease(name: string, state: 'taken' | 'lost'): void
}

/** Not written for so long, a lease is free: five times the time between two writes. */
export const LEASE_MS = 5_000
const RENEW_MS = 1_000
/** How often those look who do not hold it. */
const LOOK_MS = 500
export const IDLE_MS = 5_000
/** A question that took longer says nothing of how long the holder has been silent: the engine was away for it too. */
const PROMPT_MS_MAX = 2_000
/** What nobody has held for so long is forgotten. Far from every clock's error: it decides nothing. */
const FORGOTTEN_MS = 86_400_000

const PREFIX = 'lease/'
/** Of a lease that was given back. */
const NOBODY = new Uint8Array()

export function holdLease(options: LeaseOptions): Lease {
  const { world, keyValue, name, owner, work, idle, events } = options
  const key = PREFIX + name
  const own = Buffer.from(owner)
  const ending = new AbortController()
  let isHeld = false

  function write(value: Uint8Array, revision: number) {
    return keyValue.compareAndSet(key, value, { revision, expiresAt: world.clock.now() + FORGOTTEN_MS })
  }

  /** Resolves with the revision of the lease once it is ours; undefined where all is over. */
  async function take(): Promise<number | undefined> {
    let seen: { readonly revision: number; readonly at: number } | undefined
    while (!ending.signal.aborted) {
      const asked = world.clock.elapsed()
      try {
        const held = await keyValue.get(key)
        const answered = world.clock.elapsed()
        if (answered - asked > PROMPT_MS_MAX || held?.revision !== seen?.revision) seen = undefined
        const isFree = held === undefined || held.value.length === 0 || own.equals(held.value)
        if (isFree || (seen !== undefined && asked - seen.at >= LEASE_MS)) {
          const taken = await write(own, held?.revision ?? 0)
          if (taken.ok) return taken.value
          seen = undefined
        } else seen ??= { revision: held.revision, at: answered }
      } catch (fault) {
        if (fault instanceof OwnFault) throw fault
        seen = undefined
      }
      await world.timers.sleep(LOOK_MS, ending.signal)
    }
    return undefined
  }

  /** Writes the lease anew until somebody else has it, or the signal aborts; answers its last revision while it is ours. */
  async function keep(taken: number, signal: AbortSignal): Promise<number | undefined> {
    let revision = taken
    for (;;) {
      await world.timers.sleep(RENEW_MS, signal)
      if (signal.aborted) return revision
      try {
        const written = await write(own, revision)
        if (written.ok) {
          revision = written.value
          continue
        }
        // Somebody has it, or an answer to us was lost.
        const held = await keyValue.get(key)
        if (held === undefined || !own.equals(held.value)) return undefined
        revision = held.revision
      } catch (fault) {
        if (fault instanceof OwnFault) throw fault
      }
    }
  }

  async function holdOnce(taken: number): Promise<void> {
    isHeld = true
    events?.lease(name, 'taken')
    using over = linkedAbort(ending.signal)
    const working = work(over.signal)
    // Work that ends by itself gives the lease back; its fault is this lease's.
    void working.then(over.abort, over.abort)
    const revision = await keep(taken, over.signal)
    isHeld = false
    over.abort()
    if (revision === undefined) events?.lease(name, 'lost')
    await working
    // Whoever waits need not wait until it runs out.
    if (revision !== undefined) await write(NOBODY, revision).catch(() => undefined)
  }

  const idling =
    idle &&
    world.timers.every(IDLE_MS, async () => {
      if (!isHeld) await idle().catch(() => undefined)
    })

  async function run(): Promise<void> {
    for (;;) {
      const taken = await take()
      if (taken === undefined) return
      await holdOnce(taken)
    }
  }

  const finished = run()
  // Whoever does not look at it must not be brought down by it before the process ends in order.
  finished.catch(() => {})
  return {
    get isHeld() {
      return isHeld
    },
    finished,
    async [Symbol.asyncDispose]() {
      ending.abort()
      idling?.[Symbol.dispose]()
      await finished.catch(() => undefined)
    },
  }
}

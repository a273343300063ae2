import { sleepBy, type Random, type World } from './world.ts'

/** A world whose time stands still until a test moves it, and whose dice follow from a seed. */
export interface SimWorld extends World {
  /** Moves time on, running every timer that falls due, in order; promises settle between timers. */
  advance(durationMs: number): Promise<void>
}

interface Due {
  readonly at: number
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

/** `startMs` is what the clock shows first (milliseconds since 1970). The same seed gives the same dice. */
export function simWorld(options: { seed?: number; startMs?: number } = {}): SimWorld {
  const { seed = 1, startMs = Date.UTC(2026, 0, 1) } = options
  let now = startMs
  let order = 0
  const pending: Due[] = []

  function schedule(delayMs: number, run: () => void): Due {
    const due: Due = { at: now + Math.max(0, delayMs), order: order++, run, cancelled: false }
    pending.push(due)
    return due
  }

  function nextDue(until: number): Due | undefined {
    let best: Due | undefined
    for (const due of pending) {
      if (due.cancelled || due.at > until) continue
      if (!best || due.at < best.at || (due.at === best.at && due.order < best.order)) best = due
    }
    return best
  }

  return {
    clock: { now: () => now, elapsed: () => now - startMs },
    random: seededRandom(seed),
    timers: {
      sleep: sleepBy((delayMs, run) => {
        const due = schedule(delayMs, run)
        return () => void (due.cancelled = true)
      }),
      every(periodMs, action) {
        let due = schedule(periodMs, tick)
        function tick(): void {
          void action()
          due = schedule(periodMs, tick)
        }
        return { [Symbol.dispose]: () => void (due.cancelled = true) }
      },
    },
    async advance(durationMs) {
      const until = now + durationMs
      await settle()
      for (let due = nextDue(until); due; due = nextDue(until)) {
        pending.splice(pending.indexOf(due), 1)
        now = due.at
        due.run()
        await settle()
      }
      now = until
    },
  }
}

/** Dice that follow from a seed, an integer of 32 bits. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0

  // Mulberry32 (Tommy Ettinger, 2017): 32 bits of state are plenty for tests.
  function fraction(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  return { fraction, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(fraction() * 256)) }
}

/** Lets everything that only waits for promises (not for time) run to its end. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

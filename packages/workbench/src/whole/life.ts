import { sleepBy, type World } from '@waypost/kernel'
import { diceFor } from '../time/dice.ts'
import { worldOver, type VirtualTime } from '../inside/virtual-time.ts'
import type { Tally } from './tally.ts'

/**
 * A process from its start to its crash. Whatever reaches it (a timer, an answer, a message) comes through `after`, so
 * that nothing does while it is paused, and nothing ever again once it is over.
 */
export interface Life {
  readonly world: World
  readonly isOver: boolean
  readonly isPaused: boolean
  readonly isClockOff: boolean
  after(delayMs: number, run: () => void): () => void
  /** Resolves after a time; never once the life is over. */
  pass(delayMs: number): Promise<void>
  pauseFor(durationMs: number): void
  /** From now on its clock is off by so much. */
  setClock(offMs: number): void
  end(): void
}

export function beginLife(time: VirtualTime, options: { seed: number; name: string; tally: Tally }): Life {
  const { seed, name, tally } = options
  const { clock } = time.world
  const startMs = clock.now() - clock.elapsed()
  let isOver = false
  let pausedUntil = -Infinity
  let offMs = 0

  function after(delayMs: number, run: () => void): () => void {
    let cancel = time.after(delayMs, fire)
    function fire(): void {
      if (isOver) return
      const restMs = pausedUntil - clock.elapsed()
      if (restMs <= 0) return run()
      tally.count('pause')
      cancel = time.after(restMs, fire)
    }
    return () => cancel()
  }

  /** Signals outlive the life, and Node holds on to those that somebody listens to. */
  const listening = new Set<() => void>()
  const own = worldOver({ nowMs: () => clock.elapsed(), startMs, after })
  function now(): number {
    if (offMs !== 0) tally.count('clock')
    return Math.floor(clock.now() + offMs)
  }
  return {
    world: {
      clock: { now, elapsed: own.clock.elapsed },
      timers: { ...own.timers, sleep: sleepBy(after, listening) },
      random: diceFor(seed, name),
    },
    get isOver() {
      return isOver
    },
    get isPaused() {
      return !isOver && pausedUntil > clock.elapsed()
    },
    get isClockOff() {
      return offMs !== 0
    },
    after,
    pass: (delayMs) => new Promise((resolve) => void after(delayMs, resolve)),
    pauseFor: (durationMs) => void (pausedUntil = clock.elapsed() + durationMs),
    setClock: (off) => void (offMs = off),
    end() {
      isOver = true
      for (const letGo of listening) letGo()
      listening.clear()
    },
  }
}

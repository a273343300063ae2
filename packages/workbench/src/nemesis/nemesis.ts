import type { Random, World } from '@waypost/kernel'
import type { Fault, FaultName } from './fault.ts'

/** When a fault lasted, in milliseconds of the run. */
export interface FaultWindow {
  readonly name: FaultName
  readonly startMs: number
  endMs: number
  readonly words: string
}

export interface Nemesis {
  readonly faults: readonly Fault[]
  readonly windows: readonly FaultWindow[]
  /** Ends all faults; nothing is started afterwards. */
  stop(): void
}

export interface NemesisOptions {
  readonly faults: readonly Fault[]
  /** Each fault starts or stops after 0 to twice this. */
  readonly intervalMs: number
  readonly random: Random
  readonly nowMs: () => number
  readonly note: (f: string, value: string) => void
}

/** Starts and stops each fault in turn, the first time at once, as Maelstrom does. */
export function startNemesis(world: World, options: NemesisOptions): Nemesis {
  const { faults, intervalMs, random, nowMs, note } = options
  const windows: FaultWindow[] = []
  const ended = new AbortController()

  function start(fault: Fault): FaultWindow {
    const words = fault.start()
    const window = { name: fault.name, startMs: nowMs(), endMs: Number.POSITIVE_INFINITY, words }
    windows.push(window)
    note(`start-${fault.name}`, words)
    return window
  }

  function stop(fault: Fault, window: FaultWindow): void {
    window.endMs = nowMs()
    note(`stop-${fault.name}`, fault.stop())
  }

  async function alternate(fault: Fault): Promise<void> {
    const pause = (): Promise<void> => world.timers.sleep(random.fraction() * 2 * intervalMs, ended.signal)
    while (!ended.signal.aborted) {
      const window = start(fault)
      current.set(fault, window)
      await pause()
      if (ended.signal.aborted) return
      current.delete(fault)
      stop(fault, window)
      await pause()
    }
  }

  const current = new Map<Fault, FaultWindow>()
  for (const fault of faults) void alternate(fault)
  return {
    faults,
    windows,
    stop() {
      ended.abort()
      for (const [fault, window] of current) stop(fault, window)
      current.clear()
    },
  }
}

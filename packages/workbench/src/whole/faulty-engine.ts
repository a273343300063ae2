import type { Blobs, Engine, KeyValue, Log } from '@waypost/engine'
import type { Random } from '@waypost/kernel'
import type { Life } from './life.ts'
import type { Tally } from './tally.ts'

/** What can happen to an engine. `append-unknown`: it is durable, and whoever asked is told that it failed. */
export type EngineFault = 'append-fails' | 'append-unknown' | 'slow' | 'stall' | 'full' | 'read-fails' | 'engine-away'

/** What is wrong at the moment; changed by whoever makes things go wrong. */
export interface EngineWeather {
  readonly faults: Set<EngineFault>
}

/** The engine's, not ours: whoever asked asks again, and no process ends of it. */
class EngineFailure extends Error {
  override name = 'EngineFailure'
}

const LATENCY_MS_MAX = 3
const SLOW_MS_MAX = 2_000
/** How long a question is under way that meets a stall. */
export const STALL_MS = 15_000
/** How many of the calls meet a fault that does not meet all. */
const SHARE = 0.4
const READ_SHARE = 0.05

/** The engine as one process sees it: over a network, with a latency, and with the faults that the weather brings. */
export function engineSeenBy(
  life: Life,
  engine: Engine,
  options: {
    readonly weather: EngineWeather
    readonly dice: Random
    readonly tally: Tally
    /** An append sets out: whoever is to be paused in the middle of one is now. */
    readonly setsOut: () => void
    /** An append has come to the engine. */
    readonly arrives: () => void
  },
): Engine {
  const { weather, dice, tally, setsOut, arrives } = options

  function meets(fault: EngineFault, share: number = SHARE): boolean {
    if (!weather.faults.has(fault) || dice.fraction() >= share) return false
    tally.count(fault)
    return true
  }

  async function travel(): Promise<void> {
    let delayMs = dice.fraction() * LATENCY_MS_MAX
    if (meets('slow', 1)) delayMs += dice.fraction() * SLOW_MS_MAX
    if (meets('stall', 0.1)) delayMs += STALL_MS
    await life.pass(delayMs)
    if (meets('engine-away', 1)) throw new EngineFailure('nobody answers')
  }

  const write =
    <Args extends readonly unknown[], T>(act: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      await travel()
      if (meets('full', 1)) throw new EngineFailure('no space left on the device')
      if (meets('append-fails')) throw new EngineFailure('no quorum')
      const done = await act(...args)
      await travel()
      if (meets('append-unknown')) throw new EngineFailure('the answer did not come')
      return done
    }

  const read =
    <Args extends readonly unknown[], T>(ask: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      await travel()
      if (meets('read-fails', READ_SHARE)) throw new EngineFailure('input/output error')
      return ask(...args)
    }

  const { blobs } = engine
  const seenLog = (log: Log): Log => {
    const append = write((entries: Parameters<Log['append']>[0]) => {
      arrives()
      return log.append(entries)
    })
    return {
      async append(entries) {
        setsOut()
        return append(entries)
      },
      erase: write(log.erase),
      read: read(log.read),
      head: read(log.head),
      last: read(log.last),
      keys: read(log.keys),
      cursors: read(log.cursors),
      async waitPast(after, signal) {
        await log.waitPast(after, signal)
        await travel()
      },
    }
  }
  const seenKeyValue = (keyValue: KeyValue): KeyValue => ({
    get: read(keyValue.get),
    list: read(keyValue.list),
    put: write(keyValue.put),
    compareAndSet: write(keyValue.compareAndSet),
    delete: write(keyValue.delete),
  })
  const seenBlobs: Blobs = {
    get: read(blobs.get),
    list: read(blobs.list),
    put: write(blobs.put),
    delete: write(blobs.delete),
  }
  return {
    log: seenLog(engine.log),
    privateLog: seenLog(engine.privateLog),
    keyValue: seenKeyValue(engine.keyValue),
    ledger: seenKeyValue(engine.ledger),
    blobs: seenBlobs,
    async [Symbol.asyncDispose]() {},
  }
}

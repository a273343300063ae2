import { join } from 'node:path'
import type { Engine } from '@waypost/engine'
import type { Logger, World } from '@waypost/kernel'
import { createDepartures, eraseEnded, type Departures } from '#log/departures.ts'
import type { EventLog } from '#log/log.ts'
import { createPatience, warnOfEngine } from '#log/patience.ts'
import { openPrivateState } from '#project/private-state.ts'
import { moveIntoPrivate } from '#serve/private-migration.ts'
import { createPrivateStore, type PrivateStore } from '#serve/private-store.ts'
import { createSessions } from '#serve/session/sessions.ts'
import { isShared } from './ingesting.ts'
import type { Config } from './config.ts'

export interface Private extends AsyncDisposable {
  readonly kept: PrivateStore
  readonly departures: Departures
  /** The hashes of those whose account had ended by the start. */
  readonly ended: ReadonlySet<string>
  /** Rejects with our own fault, if there is one; resolves after disposal. */
  readonly finished: Promise<void>
}

/**
 * What is private, as every process has it. Before it resolves, whoever's account has ended is out of the log, and what
 * an older version kept in the key-value store has moved.
 */
export async function openPrivate(
  world: World,
  parts: {
    readonly config: Pick<Config, 'dataFolder' | 'engine'>
    readonly engine: Engine
    readonly eventLog: EventLog
    readonly log: Logger
  },
): Promise<Private> {
  const { config, engine, eventLog, log } = parts
  const failed = warnOfEngine(log)
  const state = await openPrivateState({ world, engine, file: join(config.dataFolder, 'private-state.sqlite'), failed })
  await using opened = new AsyncDisposableStack()
  opened.use(state)
  const people = state.unreadable()
  if (people > 0)
    log.warn({ people }, 'what is private of some cannot be read: they have left, or the ledger is an old one')
  const kept = createPrivateStore(world, state, isShared(config) ? engine.keyValue : undefined)
  const patience = createPatience({ world, signal: new AbortController().signal, failed })
  const erased = await patience('erase whose account has ended', () => eraseEnded(state.ledger, eventLog))
  const ended = await patience('ask whose account has ended', () => state.ledger.ended())
  if (erased > 0) log.warn({ people: erased }, 'an older log had people whose account has ended: erased again')
  const moved = await patience('move what is private', () => moveIntoPrivate(world, engine.keyValue, kept))
  if (moved > 0) log.info({ moved }, 'what is private has moved into a log of its own')
  const departures = createDepartures(state.ledger, state.append)
  const sessions = createSessions(world, engine.keyValue)
  const running = opened.move()
  return {
    kept,
    ended,
    departures: {
      ...departures,
      async ended(did) {
        await departures.ended(did)
        await sessions.endAll(did)
      },
    },
    finished: state.stopped,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

import { once } from 'node:events'
import type { KeyValue } from '@waypost/engine'
import type { World } from '@waypost/kernel'
import { holdLease, type Lease, type LeaseEvents } from '#log/lease.ts'
import type { Committed } from '#project/batch.ts'
import type { Push } from './push.ts'

/**
 * Which of several replicas tells browsers: one of them, by a lease, so that nobody is told once by each. Who takes over
 * tells what came meanwhile; around that moment somebody may be told twice.
 */
export interface PushTurn extends AsyncDisposable {
  /** The read model has caught up with the log. */
  begin(): void
  /** After each batch from then on. */
  follow(committed: Committed): void
  readonly finished: Promise<void>
}

export function takeTurns(options: {
  readonly world: World
  readonly keyValue: KeyValue
  readonly push: Push
  /** This process among others; undefined: there are none. */
  readonly owner: string | undefined
  readonly events: LeaseEvents
  readonly failed: (error: unknown) => void
}): PushTurn {
  const { world, keyValue, push, owner, events, failed } = options
  const finished = Promise.withResolvers<void>()
  // Whoever does not look at it must not be brought down by it before the process ends in order.
  finished.promise.catch(() => {})
  let lease: Lease | undefined

  async function work(signal: AbortSignal): Promise<void> {
    await push.begin().catch(failed)
    if (!signal.aborted) await once(signal, 'abort')
    push.rest()
  }

  return {
    begin() {
      if (owner === undefined) return void push.begin().catch(failed)
      lease = holdLease({ world, keyValue, name: 'push', owner, events, work })
      lease.finished.then(finished.resolve, finished.reject)
    },
    follow(committed) {
      if (lease === undefined || lease.isHeld) push.follow(committed)
    },
    finished: finished.promise,
    async [Symbol.asyncDispose]() {
      await lease?.[Symbol.asyncDispose]()
      finished.resolve()
    },
  }
}

import type { KeyValue } from '@waypost/engine'
import type { World } from '@waypost/kernel'

/** Runs an action while no other one of the same name runs. */
export type Turns = <T>(name: string, action: () => T | PromiseLike<T>) => Promise<T>

/** Whoever holds a lock longer than this has died: what is done under one is a few requests. */
const LOCK_SECONDS_MAX = 45
const LOCK_RETRY_MS = 50

/** Within this process, in the order in which they come. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return <T>(name: string, action: () => T | PromiseLike<T>) => {
    const turn: Promise<T> = (last.get(name) ?? Promise.resolve()).then(action, action)
    const done = turn.then(forget, forget)
    function forget(): void {
      if (last.get(name) === done) last.delete(name)
    }
    last.set(name, done)
    return turn
  }
}

/** Also among other processes with the same store: whoever has written the key under the prefix runs. */
export function leaseLock(world: World, keyValue: KeyValue, prefix: string): Turns {
  return async (name, action) => {
    const key = prefix + name
    const owner = world.random.bytes(16)
    for (;;) {
      const expiresAt = world.clock.now() + LOCK_SECONDS_MAX * 1_000
      const taken = await keyValue.compareAndSet(key, owner, { revision: 0, expiresAt })
      if (taken.ok) break
      await world.timers.sleep(LOCK_RETRY_MS)
    }
    try {
      return await action()
    } finally {
      const held = await keyValue.get(key)
      if (held && Buffer.compare(held.value, owner) === 0) await keyValue.delete(key)
    }
  }
}

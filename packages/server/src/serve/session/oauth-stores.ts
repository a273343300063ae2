import type { KeyValue } from '@waypost/engine'
import type { World } from '@waypost/kernel'

/** A sign-in that is not finished by then is forgotten. */
const STATE_MINUTES_MAX = 30

/** Tokens that were not refreshed for so long are of no use to their server either. */
const TOKENS_DAYS_MAX = 180

/** Whoever holds a lock longer than this has died: refreshing a token is two requests. */
const LOCK_SECONDS_MAX = 45
const LOCK_RETRY_MS = 50

/** The shape in which the OAuth client keeps its things. */
export interface Store<Value> {
  get(key: string): Promise<Value | undefined>
  set(key: string, value: Value): Promise<void>
  del(key: string): Promise<void>
}

/** JSON in the key-value store under a prefix, gone after `lifeMs`. */
function jsonStore<Value>(world: World, keyValue: KeyValue, prefix: string, lifeMs: number): Store<Value> {
  return {
    async get(key) {
      const held = await keyValue.get(prefix + key)
      return held && (JSON.parse(Buffer.from(held.value).toString('utf8')) as Value)
    },
    async set(key, value) {
      const expiresAt = world.clock.now() + lifeMs
      await keyValue.put(prefix + key, Buffer.from(JSON.stringify(value)), { expiresAt })
    },
    async del(key) {
      await keyValue.delete(prefix + key)
    },
  }
}

export function stateStore<Value>(world: World, keyValue: KeyValue): Store<Value> {
  return jsonStore(world, keyValue, 'oauth/state/', STATE_MINUTES_MAX * 60_000)
}

export function tokenStore<Value>(world: World, keyValue: KeyValue): Store<Value> {
  return jsonStore(world, keyValue, 'oauth/tokens/', TOKENS_DAYS_MAX * 86_400_000)
}

/**
 * Runs `action` while no other holder of the same name runs, in this process or another one with the same store. A
 * refresh token can be used once: two refreshes at the same time would sign the person out.
 */
export function leaseLock(world: World, keyValue: KeyValue) {
  return async <T>(name: string, action: () => T | PromiseLike<T>): Promise<T> => {
    const key = `oauth/lock/${name}`
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

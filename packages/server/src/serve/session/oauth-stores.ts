import type { KeyValue } from '@waypost/engine'
import type { Did, World } from '@waypost/kernel'
import type { PrivateStore } from '#serve/private-store.ts'

/** A sign-in that is not finished by then is forgotten. */
const STATE_MINUTES_MAX = 30

/** Tokens that were not refreshed for so long are of no use to their server either. */
export const GRANT_MS_MAX = 180 * 86_400_000

/** The shape in which the OAuth client keeps its things. */
export interface Store<Value> {
  get(key: string): Promise<Value | undefined>
  set(key: string, value: Value): Promise<void>
  del(key: string): Promise<void>
}

/** What a sign-in that is under way has to remember. */
export function stateStore<Value>(world: World, keyValue: KeyValue): Store<Value> {
  const prefix = 'oauth/state/'
  return {
    async get(key) {
      const held = await keyValue.get(prefix + key)
      return held && (JSON.parse(Buffer.from(held.value).toString('utf8')) as Value)
    },
    async set(key, value) {
      const expiresAt = world.clock.now() + STATE_MINUTES_MAX * 60_000
      await keyValue.put(prefix + key, Buffer.from(JSON.stringify(value)), { expiresAt })
    },
    async del(key) {
      await keyValue.delete(prefix + key)
    },
  }
}

/** People's grants, by their DIDs: what is read is what any replica wrote last. */
export function grantStore<Value>(world: World, kept: PrivateStore): Store<Value> {
  return {
    async get(did) {
      await kept.catchUp()
      const item = kept.get(did as Did, 'grant', '')
      return item && (JSON.parse(item.value) as Value)
    },
    async set(did, value) {
      const expiresAt = world.clock.now() + GRANT_MS_MAX
      await kept.change(did as Did, (own) => own.put('grant', '', JSON.stringify(value), { expiresAt }))
    },
    del: (did) => kept.change(did as Did, (own) => own.delete('grant', '')),
  }
}

import { hash } from 'node:crypto'
import type { KeyValue } from '@waypost/engine'
import type { Did } from '@waypost/kernel'
import type { SavedWalk } from '#log/backfill-walk.ts'
import type { Patience } from '#log/patience.ts'

/**
 * What is known of one host's backfill when the process is gone: how far each of its lists was walked, and who could
 * not be had. Each write is durable when it resolves; the engine's absence is waited out.
 */
export interface BackfillState {
  /** By the list's name. */
  walks(): Promise<ReadonlyMap<string, KeptWalk>>
  keepWalk(list: string, walk: KeptWalk): Promise<void>
  failed(): Promise<readonly FailedPerson[]>
  keepFailed(person: FailedPerson): Promise<void>
  forgetFailed(did: Did): Promise<void>
  /** As if there had never been one. A kill in between leaves a part, which is walked on. */
  clear(): Promise<void>
}

export interface KeptWalk extends SavedWalk {
  /** Milliseconds since 1970; absent while there is something left. */
  readonly finishedAt?: number
}

export interface FailedPerson {
  readonly did: Did
  readonly reason: string
}

export function openBackfillState(keyValue: KeyValue, host: string, patience: Patience): BackfillState {
  const walksAt = `backfill/${host}/walk/`
  const failedAt = `backfill/${host}/failed/`
  /** A DID may be longer than a key. */
  const failedKey = (did: Did): string => failedAt + hash('sha256', did)

  const keep = async (key: string, value: KeptWalk | FailedPerson): Promise<void> => {
    const bytes = new TextEncoder().encode(JSON.stringify(value))
    await patience('keep how far a backfill is', () => keyValue.put(key, bytes))
  }
  const allUnder = <T>(prefix: string): Promise<ReadonlyMap<string, T>> =>
    patience('read how far a backfill is', async () => {
      const found = new Map<string, T>()
      for (const key of await keyValue.list(prefix)) {
        const held = await keyValue.get(key)
        if (held) found.set(key.slice(prefix.length), JSON.parse(new TextDecoder().decode(held.value)) as T)
      }
      return found
    })
  const forget = (key: string): Promise<void> => patience('forget of a backfill', () => keyValue.delete(key))

  return {
    walks: () => allUnder<KeptWalk>(walksAt),
    keepWalk: (list, walk) => keep(walksAt + list, walk),
    failed: async () => [...(await allUnder<FailedPerson>(failedAt)).values()],
    keepFailed: (person) => keep(failedKey(person.did), person),
    forgetFailed: (did) => forget(failedKey(did)),
    async clear() {
      const keys = await patience('read how far a backfill is', () => keyValue.list(`backfill/${host}/`))
      for (const key of keys) await forget(key)
    },
  }
}

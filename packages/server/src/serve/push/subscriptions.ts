import { createHash } from 'node:crypto'
import type { Did, World } from '@waypost/kernel'
import type { PrivateStore } from '#serve/private-store.ts'
import { SESSION_DAYS_MAX } from '#serve/session/sessions.ts'

/** Where a browser can be told something (W3C Push API), and the keys that only it can open it with. */
export interface PushSubscription {
  /** The address at the browser's push service: whoever knows it can write there, so it is as secret as the keys. */
  readonly endpoint: string
  /** Base64url. */
  readonly p256dh: string
  readonly auth: string
}

/** Which browsers are told of what concerns whom. Private: in no repository and in no read model. */
export interface PushSubscriptions extends Disposable {
  /** Everybody who has one. */
  everyone(): ReadonlySet<Did>
  of(did: Did): readonly PushSubscription[]
  /** Hears of whoever registers, here or with another replica. */
  onRegistered(listener: (did: Did) => void): void
  /** In place of whoever used that browser before. */
  put(did: Did, subscription: PushSubscription): Promise<void>
  delete(did: Did, endpoint: string): Promise<void>
  /** Answers when the last are gone. */
  deleteAll(did: Did): Promise<void>
}

interface Kept extends PushSubscription {
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A person has no more browsers than that; past it the one goes that was here least lately. */
const PER_PERSON_MAX = 10
/** As long as a session; a browser that comes by registers again. */
export const PUSH_MS_MAX = SESSION_DAYS_MAX * 86_400_000

export function createPushSubscriptions(world: World, kept: PrivateStore): PushSubscriptions {
  /** Whose each browser is, by the hash of its address. Some 150 bytes each. */
  const owners = new Map<string, Did>()
  const listeners: ((did: Did) => void)[] = []
  for (const { did, item } of kept.all('push')) owners.set(item.id, did)
  const following = kept.subscribe(({ did, item: { kind, id }, isThere }) => {
    if (kind !== 'push') return
    if (isThere) owners.set(id, did)
    else if (owners.get(id) === did) owners.delete(id)
    if (isThere) for (const listener of listeners) listener(did)
  })

  function of(did: Did): readonly Kept[] {
    return kept.of(did, 'push').map(({ value }) => JSON.parse(value) as Kept)
  }

  const remove = (did: Did, endpoint: string): Promise<void> =>
    kept.change(did, (own) => own.delete('push', hashOf(endpoint)))

  return {
    everyone: () => new Set(owners.values()),
    of,
    onRegistered: (listener) => void listeners.push(listener),
    async put(did, { endpoint, p256dh, auth }) {
      await kept.catchUp()
      const before = owners.get(hashOf(endpoint))
      if (before !== undefined && before !== did) await remove(before, endpoint)
      await kept.change(did, async (own) => {
        const at = world.clock.now()
        const value: Kept = { endpoint, p256dh, auth, at }
        await own.put('push', hashOf(endpoint), JSON.stringify(value), { expiresAt: at + PUSH_MS_MAX })
        const newestFirst = of(did).toSorted((a, b) => b.at - a.at)
        for (const old of newestFirst.slice(PER_PERSON_MAX)) await own.delete('push', hashOf(old.endpoint))
      })
    },
    delete: remove,
    async deleteAll(did) {
      await kept.change(did, async (own) => {
        for (const { endpoint } of of(did)) await own.delete('push', hashOf(endpoint))
      })
    },
    [Symbol.dispose]: () => following[Symbol.dispose](),
  }
}

function hashOf(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('base64url')
}

import { createHash } from 'node:crypto'
import type { KeyValue } from '@waypost/engine'
import type { Did, World } from '@waypost/kernel'
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
export interface PushSubscriptions {
  /** Everybody who has one. */
  everyone(): Promise<ReadonlySet<Did>>
  of(did: Did): Promise<readonly PushSubscription[]>
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
const KEPT_MS_MAX = SESSION_DAYS_MAX * 86_400_000

const PREFIX = 'push/'
const OWNER_PREFIX = 'push-owner/'

export function createPushSubscriptions(world: World, keyValue: KeyValue): PushSubscriptions {
  const keyOf = (did: Did, endpoint: string): string => `${PREFIX}${did}/${hashOf(endpoint)}`
  const ownerKey = (endpoint: string): string => OWNER_PREFIX + hashOf(endpoint)

  async function of(did: Did): Promise<readonly Kept[]> {
    const keys = await keyValue.list(`${PREFIX}${did}/`)
    const held = await Promise.all(keys.map((key) => keyValue.get(key)))
    return held.flatMap((one) => (one === undefined ? [] : [JSON.parse(Buffer.from(one.value).toString()) as Kept]))
  }

  async function remove(did: Did, endpoint: string): Promise<void> {
    await keyValue.delete(keyOf(did, endpoint))
    const owner = await keyValue.get(ownerKey(endpoint))
    if (owner !== undefined && Buffer.from(owner.value).toString() === did) await keyValue.delete(ownerKey(endpoint))
  }

  return {
    async everyone() {
      const keys = await keyValue.list(PREFIX)
      return new Set(keys.map((key) => key.slice(PREFIX.length, key.lastIndexOf('/')) as Did))
    },
    of,
    async put(did, { endpoint, p256dh, auth }) {
      const before = await keyValue.get(ownerKey(endpoint))
      const owner = before && (Buffer.from(before.value).toString() as Did)
      if (owner !== undefined && owner !== did) await keyValue.delete(keyOf(owner, endpoint))
      const now = world.clock.now()
      const kept: Kept = { endpoint, p256dh, auth, at: now }
      const expiresAt = now + KEPT_MS_MAX
      await keyValue.put(ownerKey(endpoint), Buffer.from(did), { expiresAt })
      await keyValue.put(keyOf(did, endpoint), Buffer.from(JSON.stringify(kept)), { expiresAt })
      const newestFirst = (await of(did)).toSorted((a, b) => b.at - a.at)
      for (const old of newestFirst.slice(PER_PERSON_MAX)) await remove(did, old.endpoint)
    },
    delete: remove,
    async deleteAll(did) {
      for (const { endpoint } of await of(did)) await remove(did, endpoint)
    },
  }
}

function hashOf(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('base64url')
}

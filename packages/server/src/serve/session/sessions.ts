import { createHash } from 'node:crypto'
import type { KeyValue } from '@waypost/engine'
import type { Did, World } from '@waypost/kernel'
import type { SignedIn } from '#serve/xrpc/method.ts'

/** After this a person signs in again, even with a refresh token that still holds. */
export const SESSION_DAYS_MAX = 60

const ID_BYTES = 32
const DAY_MS = 86_400_000

/**
 * Who is signed in with which cookie. In: random ids of 256 bits, which only the browser keeps. At rest: their hashes,
 * so that a copy of the store opens no door.
 */
export interface Sessions {
  /** Answers the cookie's value. */
  begin(member: SignedIn): Promise<string>
  find(id: string): Promise<SignedIn | undefined>
  /** Ends the one; answers whether the same person is still signed in elsewhere. */
  end(id: string): Promise<{ readonly others: boolean }>
  /** Ends all of a person's: their PDS no longer lets us act for them. */
  endAll(did: Did): Promise<void>
}

export function createSessions(world: World, keyValue: KeyValue): Sessions {
  const sessionKey = (hash: string): string => `session/${hash}`
  const memberPrefix = (did: string): string => `session-of/${did}/`

  async function find(id: string): Promise<SignedIn | undefined> {
    if (!/^[A-Za-z0-9_-]{43}$/.test(id)) return undefined
    const held = await keyValue.get(sessionKey(hashOf(id)))
    return held && (JSON.parse(Buffer.from(held.value).toString('utf8')) as SignedIn)
  }

  return {
    find,
    async begin({ did, handle }) {
      const id = Buffer.from(world.random.bytes(ID_BYTES)).toString('base64url')
      const expiresAt = world.clock.now() + SESSION_DAYS_MAX * DAY_MS
      const value = Buffer.from(JSON.stringify({ did, handle } satisfies SignedIn))
      await keyValue.put(sessionKey(hashOf(id)), value, { expiresAt })
      await keyValue.put(memberPrefix(did) + hashOf(id), new Uint8Array(), { expiresAt })
      return id
    },
    async end(id) {
      const member = await find(id)
      if (!member) return { others: false }
      await keyValue.delete(sessionKey(hashOf(id)))
      await keyValue.delete(memberPrefix(member.did) + hashOf(id))
      return { others: (await keyValue.list(memberPrefix(member.did))).length > 0 }
    },
    async endAll(did) {
      for (const key of await keyValue.list(memberPrefix(did))) {
        await keyValue.delete(sessionKey(key.slice(memberPrefix(did).length)))
        await keyValue.delete(key)
      }
    },
  }
}

export function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}

import { createHash } from 'node:crypto'
import type { KeyValue } from '@waypost/engine'
import type { Did, World } from '@waypost/kernel'
import type { SignedIn } from '#serve/xrpc/method.ts'

/** After this a person signs in again, even with a refresh token that still holds. */
export const SESSION_DAYS_MAX = 60

/** Whom a cookie belongs to is remembered for so long, and then looked up again. */
const REMEMBERED_MS_MAX = 60_000
/** At some 300 bytes each; past it those go that were looked up first. */
const REMEMBERED_MAX = 20_000

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
  /** The same without waiting, where it was found a moment ago. */
  remembered(id: string): SignedIn | undefined
  /** Ends the one; answers whether the same person is still signed in elsewhere. */
  end(id: string): Promise<{ readonly others: boolean }>
  /** Ends all of a person's: their PDS no longer lets us act for them. */
  endAll(did: Did): Promise<void>
}

export function createSessions(world: World, keyValue: KeyValue): Sessions {
  const sessionKey = (hash: string): string => `session/${hash}`
  const memberPrefix = (did: string): string => `session-of/${did}/`

  const found = new Map<string, { readonly member: SignedIn; readonly until: number }>()
  /** Sessions that were ended: what was looked up meanwhile may be one of them. */
  let ended = 0

  async function find(id: string): Promise<SignedIn | undefined> {
    if (!/^[A-Za-z0-9_-]{43}$/.test(id)) return undefined
    const endedBefore = ended
    const held = await keyValue.get(sessionKey(hashOf(id)))
    const member = held && (JSON.parse(Buffer.from(held.value).toString('utf8')) as SignedIn)
    found.delete(id)
    if (member === undefined || ended !== endedBefore) return member
    found.set(id, { member, until: world.clock.elapsed() + REMEMBERED_MS_MAX })
    if (found.size > REMEMBERED_MAX) found.delete(found.keys().next().value!)
    return member
  }

  function forget(isEnded: (id: string, member: SignedIn) => boolean): void {
    ended++
    for (const [id, { member }] of found) if (isEnded(id, member)) found.delete(id)
  }

  return {
    find,
    remembered(id) {
      const known = found.get(id)
      return known !== undefined && known.until > world.clock.elapsed() ? known.member : undefined
    },
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
      forget((other) => other === id)
      return { others: (await keyValue.list(memberPrefix(member.did))).length > 0 }
    },
    async endAll(did) {
      for (const key of await keyValue.list(memberPrefix(did))) {
        await keyValue.delete(sessionKey(key.slice(memberPrefix(did).length)))
        await keyValue.delete(key)
      }
      forget((_id, member) => member.did === did)
    },
  }
}

export function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}

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
  /** Answers the cookie's value. `browser`: roughly which, for the person to know it again. */
  begin(member: SignedIn, browser?: string): Promise<string>
  /** A person's own, newest first; `id` is the cookie's value of whoever asks. */
  list(did: Did, id: string): Promise<readonly SessionView[]>
  find(id: string): Promise<SignedIn | undefined>
  /** The same without waiting, where it was found a moment ago. */
  remembered(id: string): SignedIn | undefined
  /** Ends the one; answers whether the same person is still signed in elsewhere. */
  end(id: string): Promise<{ readonly others: boolean }>
  /** Ends one of a person's by its name in the list; answers whether they are still signed in elsewhere. */
  endNamed(did: Did, name: string): Promise<{ readonly others: boolean }>
  /** Ends all of a person's: their PDS no longer lets us act for them. */
  endAll(did: Did): Promise<void>
}

/** A session as its person may see it. */
export interface SessionView {
  /** Tells it from the others; opens no door. */
  readonly name: string
  /** Milliseconds since 1970; undefined of one that began before this was noted. */
  readonly since: number | undefined
  readonly browser: string | undefined
  readonly isThis: boolean
}

/** What is kept of a session. */
interface Kept extends SignedIn {
  readonly since?: number
  readonly browser?: string
}

/** Of the hash: enough to tell a person's own sessions apart. */
const NAME_CHARACTERS = 16

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
    const member = held && memberOf(read(held.value))
    found.delete(id)
    if (member === undefined || ended !== endedBefore) return member
    found.set(id, { member, until: world.clock.elapsed() + REMEMBERED_MS_MAX })
    if (found.size > REMEMBERED_MAX) found.delete(found.keys().next().value!)
    return member
  }

  async function hashesOf(did: Did): Promise<readonly string[]> {
    return (await keyValue.list(memberPrefix(did))).map((key) => key.slice(memberPrefix(did).length))
  }

  /** No cookie opens it any more. */
  async function drop(did: Did, hash: string): Promise<void> {
    await keyValue.delete(sessionKey(hash))
    await keyValue.delete(memberPrefix(did) + hash)
  }

  const hasSessions = async (did: Did): Promise<boolean> => (await hashesOf(did)).length > 0

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
    async begin({ did, handle }, browser) {
      const id = Buffer.from(world.random.bytes(ID_BYTES)).toString('base64url')
      const expiresAt = world.clock.now() + SESSION_DAYS_MAX * DAY_MS
      const kept: Kept = { did, handle, since: world.clock.now(), ...(browser !== undefined && { browser }) }
      const value = Buffer.from(JSON.stringify(kept))
      await keyValue.put(sessionKey(hashOf(id)), value, { expiresAt })
      await keyValue.put(memberPrefix(did) + hashOf(id), new Uint8Array(), { expiresAt })
      return id
    },
    async end(id) {
      const member = await find(id)
      if (!member) return { others: false }
      await drop(member.did, hashOf(id))
      forget((other) => other === id)
      return { others: await hasSessions(member.did) }
    },
    async list(did, id) {
      const hashes = await hashesOf(did)
      const views = await Promise.all(
        hashes.map(async (hash): Promise<readonly SessionView[]> => {
          const held = await keyValue.get(sessionKey(hash))
          if (held === undefined) return []
          const { since, browser } = read(held.value)
          return [{ name: hash.slice(0, NAME_CHARACTERS), since, browser, isThis: hash === hashOf(id) }]
        }),
      )
      return views.flat().toSorted((a, b) => (b.since ?? 0) - (a.since ?? 0))
    },
    async endNamed(did, name) {
      const hashes = await hashesOf(did)
      for (const hash of hashes.filter((each) => name !== '' && each.slice(0, NAME_CHARACTERS) === name)) {
        await drop(did, hash)
        forget((other) => hashOf(other) === hash)
      }
      return { others: await hasSessions(did) }
    },
    async endAll(did) {
      for (const hash of await hashesOf(did)) await drop(did, hash)
      forget((_id, member) => member.did === did)
    },
  }
}

function read(value: Uint8Array): Kept {
  return JSON.parse(Buffer.from(value).toString('utf8')) as Kept
}

function memberOf({ did, handle }: Kept): SignedIn {
  return { did, handle }
}

export function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}

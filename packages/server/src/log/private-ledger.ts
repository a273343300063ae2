import { hash } from 'node:crypto'
import type { KeyValue } from '@waypost/engine'
import type { Did, World } from '@waypost/kernel'
import { NAME_BYTES, personKey, SECRET_BYTES, type PersonKey } from './private-event.ts'

/**
 * The keys to what is private, one for each person, and what was deleted for good. An older log beside it brings nothing
 * back: what is said here to be gone is gone, and of whom there is no key here nothing can be read.
 */
export interface PrivateLedger {
  /** Tells this ledger from others; undefined for one that is new. */
  id(): Promise<string | undefined>
  /** Gives a new one its id; answers the one that it has then. */
  begin(): Promise<string>
  find(owner: string): Promise<PersonKey | undefined>
  ownerOf(did: Did): Promise<string | undefined>
  /** The person's key, made where they have none. */
  keyFor(did: Did): Promise<PersonKey>
  /** Erases a person's key. */
  forget(owner: string): Promise<void>
  /** Whose names are never used again. */
  tombstones(): Promise<ReadonlySet<string>>
  bury(name: string, expiresAt: number | undefined): Promise<void>
  /** The hashes of those whose account has ended. */
  ended(): Promise<ReadonlySet<string>>
  hasEnded(did: Did): Promise<boolean>
  noteEnded(did: Did): Promise<void>
  forgetEnded(did: Did): Promise<void>
}

const ID = 'id'
const KEY_PREFIX = 'key/'
const PERSON_PREFIX = 'person/'
const TOMBSTONE_PREFIX = 'gone/'
const ENDED_PREFIX = 'ended/'
const NOTHING = new Uint8Array()

export function openLedger(world: World, store: KeyValue): PrivateLedger {
  const drawName = (): string => Buffer.from(world.random.bytes(NAME_BYTES)).toString('hex')

  async function textAt(key: string): Promise<{ readonly text: string; readonly revision: number }> {
    const held = await store.get(key)
    return { text: held ? Buffer.from(held.value).toString() : '', revision: held?.revision ?? 0 }
  }

  async function find(owner: string): Promise<PersonKey | undefined> {
    const { text } = await textAt(KEY_PREFIX + owner)
    if (text === '') return undefined
    const { did, secret } = JSON.parse(text) as { did: Did; secret: string }
    return personKey(owner, did, Buffer.from(secret, 'base64url'))
  }

  async function namesUnder(prefix: string): Promise<ReadonlySet<string>> {
    return new Set((await store.list(prefix)).map((key) => key.slice(prefix.length)))
  }

  return {
    id: async () => (await textAt(ID)).text || undefined,
    async begin() {
      await store.compareAndSet(ID, Buffer.from(drawName()), { revision: 0 })
      return (await textAt(ID)).text
    },
    find,
    ownerOf: async (did) => (await textAt(PERSON_PREFIX + hashOf(did))).text || undefined,
    async keyFor(did) {
      for (;;) {
        const { text: known, revision } = await textAt(PERSON_PREFIX + hashOf(did))
        const found = known === '' ? undefined : await find(known)
        if (found) return found
        const owner = drawName()
        const secret = world.random.bytes(SECRET_BYTES)
        const made = { did, secret: Buffer.from(secret).toString('base64url') }
        await store.put(KEY_PREFIX + owner, Buffer.from(JSON.stringify(made)))
        // Last: whose name is here has a key.
        const taken = await store.compareAndSet(PERSON_PREFIX + hashOf(did), Buffer.from(owner), { revision })
        if (taken.ok) return personKey(owner, did, secret)
        await store.delete(KEY_PREFIX + owner)
      }
    },
    async forget(owner) {
      const person = await find(owner)
      await store.delete(KEY_PREFIX + owner)
      if (person === undefined) return
      const key = PERSON_PREFIX + hashOf(person.did)
      const { text, revision } = await textAt(key)
      // Emptied and not deleted: they may have got a new one in the meantime.
      if (text === owner) await store.compareAndSet(key, NOTHING, { revision })
    },
    tombstones: () => namesUnder(TOMBSTONE_PREFIX),
    async bury(name, expiresAt) {
      await store.put(TOMBSTONE_PREFIX + name, NOTHING, expiresAt === undefined ? {} : { expiresAt })
    },
    ended: () => namesUnder(ENDED_PREFIX),
    hasEnded: async (did) => (await store.get(ENDED_PREFIX + hashOf(did))) !== undefined,
    noteEnded: async (did) => void (await store.put(ENDED_PREFIX + hashOf(did), NOTHING)),
    forgetEnded: (did) => store.delete(ENDED_PREFIX + hashOf(did)),
  }
}

/** Tells people apart, and of somebody who is gone no more than that. */
export function hashOf(did: Did): string {
  return hash('sha256', did)
}

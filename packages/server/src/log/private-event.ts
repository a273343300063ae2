import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { Entry, NewEntry } from '@waypost/engine'
import { assert, OwnFault, type Did } from '@waypost/kernel'

/** What is kept of people that has no copy on a PDS. */
export type PrivateKind = 'denial' | 'grant' | 'push' | 'report' | 'seen'

/** One thing of one person's. A later one of the same kind and id stands in its place. */
export interface PrivateItem {
  readonly kind: PrivateKind
  /** Among the person's own of that kind; may be empty. */
  readonly id: string
  readonly value: string
  /** Milliseconds since 1970: from then on it is not there any more. */
  readonly expiresAt: number | undefined
}

/** What a person's things are encrypted with. */
export interface PersonKey {
  /** Stands for the person in the private log, at random: 32 hexadecimal digits. */
  readonly owner: string
  readonly did: Did
  readonly sealing: KeyObject
  readonly naming: KeyObject
}

/**
 * What an entry of the private log says. Its key is an item's name, drawn at random and never used for another one, so
 * that what stood there before can be erased by itself; or the owner whose end it is.
 */
export type PrivateEvent =
  | { readonly kind: 'put'; readonly owner: string; readonly sealed: Uint8Array }
  /** `expiresAt`: from then on no copy of what was deleted is worth anything. */
  | { readonly kind: 'deleted'; readonly expiresAt: number | undefined }
  | { readonly kind: 'ended' }
  /** With which ledger the log belongs together: the entry's id. */
  | { readonly kind: 'ledger' }

/** Where an entry says which ledger the log is of. */
export const LEDGER_KEY = 'ledger'
export const NAME_BYTES = 16
export const SECRET_BYTES = 32
export const NONCE_BYTES = 12

const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'
const [PUT, DELETED, ENDED, LEDGER] = [1, 2, 3, 4] as const

/** `secret`: 32 bytes at random. */
export function personKey(owner: string, did: Did, secret: Uint8Array): PersonKey {
  // As key objects: from bytes one would be made for each use, which takes five times as long.
  const derive = (use: string): KeyObject =>
    createSecretKey(Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), `waypost private ${use}`, SECRET_BYTES)))
  return { owner, did, sealing: derive('sealing'), naming: derive('naming') }
}

/** `nonce`: 12 bytes, drawn at random for each. */
export function putEntry(
  person: PersonKey,
  { name, item, nonce }: { readonly name: string; readonly item: PrivateItem; readonly nonce: Uint8Array },
): NewEntry {
  const { kind, id, value, expiresAt } = item
  const cipher = createCipheriv(CIPHER, person.sealing, nonce).setAAD(boundTo(person, name))
  const text = cipher.update(JSON.stringify([kind, id, expiresAt ?? null, value]), 'utf8')
  const sealed = Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()])
  const body = Buffer.concat([Uint8Array.of(PUT), Buffer.from(person.owner, 'hex'), sealed])
  return { key: name, id: Buffer.from(nonce).toString('hex'), body }
}

export function deletedEntry(name: string, expiresAt: number | undefined): NewEntry {
  const body = Buffer.alloc(9)
  body[0] = DELETED
  body.writeDoubleBE(expiresAt ?? Infinity, 1)
  return { key: name, id: 'deleted', body }
}

export function endedEntry(owner: string): NewEntry {
  return { key: owner, id: 'ended', body: Uint8Array.of(ENDED) }
}

export function ledgerEntry(id: string): NewEntry {
  return { key: LEDGER_KEY, id, body: Uint8Array.of(LEDGER) }
}

export function readPrivateEntry({ position, body }: Pick<Entry, 'position' | 'body'>): PrivateEvent {
  switch (body[0]) {
    case PUT: {
      const owner = Buffer.from(body.subarray(1, 1 + NAME_BYTES)).toString('hex')
      return { kind: 'put', owner, sealed: body.subarray(1 + NAME_BYTES) }
    }
    case DELETED: {
      const expiresAt = Buffer.from(body).readDoubleBE(1)
      return { kind: 'deleted', expiresAt: expiresAt === Infinity ? undefined : expiresAt }
    }
    case ENDED:
      return { kind: 'ended' }
    case LEDGER:
      return { kind: 'ledger' }
    default:
      throw new OwnFault(`entry ${position} of the private log is damaged`)
  }
}

/** What `putEntry` sealed. An `OwnFault` where it is damaged, or of another person or name. */
export function openSealed(person: PersonKey, name: string, sealed: Uint8Array): PrivateItem {
  try {
    const textEnd = sealed.length - TAG_BYTES
    const decipher = createDecipheriv(CIPHER, person.sealing, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(boundTo(person, name)).setAuthTag(sealed.subarray(textEnd))
    const text = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, textEnd)), decipher.final()])
    const [kind, id, expiresAt, value] = JSON.parse(text.toString()) as [PrivateKind, string, number | null, string]
    return { kind, id, value, expiresAt: expiresAt ?? undefined }
  } catch (cause) {
    throw new OwnFault(`the private item ${name} is damaged`, { cause })
  }
}

/** By which a person's items of a kind, or the one of a kind and id, are found again; says nothing without the key. */
export function tagOf({ naming }: PersonKey, kind: PrivateKind, id?: string): Uint8Array {
  assert(!kind.includes('\0'), 'a kind has no NUL')
  const named = id === undefined ? kind : `${kind}\0${id}`
  return createHmac('sha256', naming).update(named).digest().subarray(0, NAME_BYTES)
}

function boundTo({ did }: PersonKey, name: string): Uint8Array {
  return Buffer.from(`${did}\0${name}`)
}

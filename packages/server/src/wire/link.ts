import { decode, fromString, toString } from '@atcute/cid'
import type { Cid } from '@waypost/kernel'

declare const link: unique symbol

/**
 * A CID as its 36 bytes: version 1, of DAG-CBOR or raw bytes, hashed by SHA-256. Comparing and looking up by it costs
 * nothing, while the text form (base32) has to be made first: inside the verification links are links, and become text
 * at its border. It is a text of one character a byte underneath, and a type of its own, so that neither is taken for
 * the other.
 */
export interface Link {
  readonly [link]: true
}

export const LINK_BYTES = 36
/** Before the 32 bytes of the hash: the only kind that a repository is made of. */
const CBOR_PREFIX = Buffer.of(0x01, 0x71, 0x12, 0x20)
/** Before the 36 bytes in CBOR: tag 42, a byte string of 37, whose first is 0. */
export const LINK_HEAD = Buffer.of(0xd8, 0x2a, 0x58, 0x25, 0x00)
/** How a link to DAG-CBOR begins in CBOR. */
export const CBOR_LINK_START = Buffer.concat([LINK_HEAD, CBOR_PREFIX])

const CBOR_PREFIX_TEXT = CBOR_PREFIX.toString('latin1')

/** `at` is where its 36 bytes begin; that they are a link is known. */
export function linkAt(bytes: Buffer, at: number): Link {
  return bytes.toString('latin1', at, at + LINK_BYTES) as unknown as Link
}

/** Puts its 36 bytes at an offset, and answers the offset past them. */
export function putLink(bytes: Buffer, at: number, target: Link): number {
  return at + bytes.write(target as unknown as string, at, 'latin1')
}

/** The link to DAG-CBOR of this SHA-256, one character a byte. */
export function linkOfHash(hash: string): Link {
  return (CBOR_PREFIX_TEXT + hash) as unknown as Link
}

/** The SHA-256 in it, one character a byte. */
export function hashIn(target: Link): string {
  return (target as unknown as string).slice(CBOR_PREFIX.length)
}

/** Whether what it names is DAG-CBOR: signed commits, nodes and records are, blobs are not. */
export function isToCbor(target: Link): boolean {
  return (target as unknown as string).charCodeAt(1) === CBOR_PREFIX[1]
}

/** `cid` must be one of the two kinds. */
export function linkOf(cid: Cid): Link {
  return linkAt(Buffer.from(fromString(cid).bytes), 0)
}

export function cidOf(target: Link): Cid {
  return toString(decode(Buffer.from(target as unknown as string, 'latin1')))
}

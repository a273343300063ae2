import { decode, fromString, toString } from '@atcute/cid'
import type { Cid } from '@waypost/kernel'

/**
 * A CID as its 36 bytes, one character each. Comparing and looking up by it costs nothing, while the text form (base32)
 * has to be made first: inside the verification links are links, and become text at its border.
 */
export type Link = string & { readonly link: true }

/** Version 1, DAG-CBOR, SHA-256, 32 bytes: the only kind that a repository is made of. */
export const LINK_PREFIX = Buffer.of(0x01, 0x71, 0x12, 0x20)
export const LINK_BYTES = 36

/** `at` is where its 36 bytes begin. */
export function linkAt(bytes: Buffer, at: number): Link {
  return bytes.toString('latin1', at, at + LINK_BYTES) as Link
}

/** Undefined where the CID is of another kind. */
export function linkOf(cid: Cid): Link | undefined {
  const bytes = Buffer.from(fromString(cid).bytes)
  return bytes.length === LINK_BYTES && LINK_PREFIX.equals(bytes.subarray(0, 4)) ? linkAt(bytes, 0) : undefined
}

export function cidOf(link: Link): Cid {
  return toString(decode(Buffer.from(link, 'latin1')))
}

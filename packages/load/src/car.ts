import * as CBOR from '@atcute/cbor'
import type { CidLink } from '@atcute/cid'

export interface Block {
  readonly cid: CidLink
  readonly bytes: Uint8Array
}

/** A CAR (version 1, one root) of the blocks in the order given. */
export function encodeCar(root: CidLink, blocks: Iterable<Block>): Uint8Array<ArrayBuffer> {
  const header = CBOR.encode({ version: 1, roots: [root] })
  const parts: Uint8Array[] = [varint(header.length), header]
  for (const { cid, bytes } of blocks) {
    const name = cidBytes(cid)
    parts.push(varint(name.length + bytes.length), name, bytes)
  }
  return Buffer.concat(parts)
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  bytes.push(value)
  return Uint8Array.from(bytes)
}

/** DAG-CBOR writes a link as tag 42 around a byte string that begins with a zero; the rest is the CID itself. */
function cidBytes(cid: CidLink): Uint8Array {
  const encoded = CBOR.encode(cid)
  return encoded.subarray(encoded.length - 36)
}

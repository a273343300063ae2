import { createPublicKey, ECDH, type KeyObject } from 'node:crypto'

export type Curve = 'k256' | 'p256'

/** A public key that signs repositories. */
export interface PublicKey {
  readonly curve: Curve
  /** 33 bytes: 2 or 3, then x. */
  readonly compressed: Uint8Array
  /** 65 bytes: 4, then x and y. A check need not compute y anew. */
  readonly full: Uint8Array
  /** The same for `node:crypto`. */
  readonly object: KeyObject
  /** `did:key:z…`: equal texts are equal keys. */
  readonly text: string
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
/** A compressed key with its prefix takes 48; anything much longer is not decoded at all. */
const MULTIBASE_CHARACTERS_MAX = 128

const PREFIX: Readonly<Record<Curve, readonly [number, number]>> = { k256: [0xe7, 0x01], p256: [0x80, 0x24] }
const OPENSSL_NAME: Readonly<Record<Curve, string>> = { k256: 'secp256k1', p256: 'prime256v1' }
const JWK_NAME: Readonly<Record<Curve, string>> = { k256: 'secp256k1', p256: 'P-256' }

/** The key of `did:key:z…`, or of the `z…` alone, as a DID document's `publicKeyMultibase` has it. */
export function parseDidKey(text: string): PublicKey | undefined {
  const multibase = text.startsWith('did:key:') ? text.slice('did:key:'.length) : text
  if (multibase[0] !== 'z' || multibase.length > MULTIBASE_CHARACTERS_MAX) return undefined
  const bytes = fromBase58(multibase.slice(1))
  if (!bytes) return undefined
  for (const curve of ['k256', 'p256'] as const) {
    const [first, second] = PREFIX[curve]
    if (bytes[0] === first && bytes[1] === second) return publicKey(curve, bytes.subarray(2))
  }
  return undefined
}

/**
 * A DID document's verification method of the older types: the key without a prefix, not compressed, and the curve
 * in the name of the type.
 */
export function parseLegacyKey(type: string, multibase: string): PublicKey | undefined {
  const curve = LEGACY_TYPES[type]
  if (!curve || multibase[0] !== 'z' || multibase.length > MULTIBASE_CHARACTERS_MAX) return undefined
  const bytes = fromBase58(multibase.slice(1))
  return bytes && publicKey(curve, bytes)
}

const LEGACY_TYPES: Readonly<Record<string, Curve>> = {
  EcdsaSecp256k1VerificationKey2019: 'k256',
  EcdsaSecp256r1VerificationKey2019: 'p256',
}

/** `point`: compressed (33 bytes) or not (65). Undefined where it is not on the curve. */
export function publicKey(curve: Curve, point: Uint8Array): PublicKey | undefined {
  if (point.length !== 33 && point.length !== 65) return undefined
  try {
    const name = OPENSSL_NAME[curve]
    const compressed = new Uint8Array(ECDH.convertKey(point, name, undefined, undefined, 'compressed') as Buffer)
    const full = new Uint8Array(ECDH.convertKey(point, name, undefined, undefined, 'uncompressed') as Buffer)
    const object = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: JWK_NAME[curve],
        x: Buffer.from(full.subarray(1, 33)).toString('base64url'),
        y: Buffer.from(full.subarray(33)).toString('base64url'),
      },
    })
    return { curve, compressed, full, object, text: didKeyText(curve, compressed) }
  } catch {
    // OpenSSL says by throwing that the point is not on the curve.
    return undefined
  }
}

function didKeyText(curve: Curve, compressed: Uint8Array): string {
  return `did:key:z${toBase58(Uint8Array.from([...PREFIX[curve], ...compressed]))}`
}

/** Base 58 in the Bitcoin alphabet; undefined for other characters. Short inputs only: it is quadratic. */
function fromBase58(text: string): Uint8Array | undefined {
  let value = 0n
  for (const letter of text) {
    const digit = BASE58.indexOf(letter)
    if (digit < 0) return undefined
    value = value * 58n + BigInt(digit)
  }
  const zeros = /^1*/.exec(text)![0].length
  const hex = value === 0n ? '' : value.toString(16)
  const tail = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
  return Uint8Array.from([...new Uint8Array(zeros), ...tail])
}

function toBase58(bytes: Uint8Array): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
  let text = ''
  for (; value > 0n; value /= 58n) text = BASE58[Number(value % 58n)] + text
  let zeros = 0
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++
  return '1'.repeat(zeros) + text
}

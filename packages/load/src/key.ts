import { hash } from 'node:crypto'
import { P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import secp256k1 from 'secp256k1'

/** Signs commits the way that the AT Protocol wants: SHA-256, 64 bytes r‖s, low S. The same bytes give the same text. */
export interface SigningKey {
  readonly curve: 'k256' | 'p256'
  /** The public half as `did:key:…`. */
  readonly did: string
  sign(message: Uint8Array): Promise<Uint8Array>
}

/**
 * A key that follows from a text alone, so that a repeated run has the same people.
 * K-256 signs natively (tens of microseconds). P-256 signs in JavaScript (about half a millisecond): OpenSSL draws a
 * fresh nonce each time, and then no two runs would have the same commits.
 */
export async function deriveSigningKey(seed: string, curve: 'k256' | 'p256' = 'k256'): Promise<SigningKey> {
  const secret = secretFrom(seed)
  if (curve === 'p256') {
    const pair = await P256Keypair.import(secret)
    return { curve, did: pair.did(), sign: (message) => pair.sign(message) }
  }
  const pair = await Secp256k1Keypair.import(secret)
  return {
    curve,
    did: pair.did(),
    sign: async (message) => secp256k1.ecdsaSign(hash('sha256', message, 'buffer'), secret).signature,
  }
}

/** The secret half of `deriveSigningKey(seed)`: 32 bytes. A hash fits either curve's order but for odds of 2^-32. */
export function secretFrom(seed: string): Uint8Array {
  return new Uint8Array(hash('sha256', seed, 'buffer'))
}

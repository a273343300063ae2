import { hash, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import type { Curve, PublicKey } from '#verify/did-key.ts'

/** Half of each curve's order, rounded down: a larger s has a smaller twin that signs the same, and is refused. */
const HALF_ORDER: Readonly<Record<Curve, Buffer>> = {
  k256: Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex'),
  p256: Buffer.from('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8', 'hex'),
}

const SIGNATURE_BYTES = 64

interface NativeSecp256k1 {
  ecdsaVerify(signature: Uint8Array, messageHash: Uint8Array, publicKey: Uint8Array): boolean
}

const native = loadNative()

/** Whether `signature` (r and s, 32 bytes each, s low) is the key's over the SHA-256 of `message`. Never throws. */
export function signatureHolds(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  if (Buffer.compare(signature.subarray(32), HALF_ORDER[key.curve]) > 0) return false
  if (key.curve === 'k256' && native) {
    try {
      return native.ecdsaVerify(signature, hash('sha256', message, 'buffer'), key.compressed)
    } catch {
      // The library says by throwing that r or s is not below the curve's order.
      return false
    }
  }
  return verify('sha256', message, { key: key.object, dsaEncoding: 'ieee-p1363' }, signature)
}

/**
 * libsecp256k1 verifies eight times as fast as OpenSSL. Where no binary fits the machine, OpenSSL it is: the package's
 * own fallback is slower than either.
 */
function loadNative(): NativeSecp256k1 | undefined {
  try {
    return createRequire(import.meta.url)('secp256k1/bindings') as NativeSecp256k1
  } catch {
    return undefined
  }
}

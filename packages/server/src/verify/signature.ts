import { hash, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import type { Curve, PublicKey } from '#verify/did-key.ts'

/** Whether `signature` (r and s, 32 bytes each, s low) is the key's over the SHA-256 of `message`. Never throws. */
export type SignatureCheck = (key: PublicKey, message: Uint8Array, signature: Uint8Array) => boolean

/** Half of each curve's order, rounded down: a larger s has a smaller twin that signs the same, and is refused. */
const HALF_ORDER: Readonly<Record<Curve, Buffer>> = {
  k256: Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex'),
  p256: Buffer.from('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8', 'hex'),
}

const NUMBER_BYTES = 32
const SIGNATURE_BYTES = 2 * NUMBER_BYTES

interface NativeSecp256k1 {
  ecdsaVerify(signature: Uint8Array, messageHash: Uint8Array, publicKey: Uint8Array): boolean
}

/** By OpenSSL, which every Node has in it. */
export const portableSignatureHolds: SignatureCheck = (key, message, signature) =>
  hasForm(key.curve, signature) && verify('sha256', message, key.object, derOf(signature))

/**
 * The same with libsecp256k1 for k256, which takes a sixth of OpenSSL's time; undefined where no binary of the package
 * fits the machine (its own fallback, in JavaScript, is slower than OpenSSL). For p256 OpenSSL is the fastest there is.
 */
export const nativeSignatureHolds: SignatureCheck | undefined = withNative(loadNative())

/** The fastest that this machine has. */
export const signatureHolds: SignatureCheck = nativeSignatureHolds ?? portableSignatureHolds

function withNative(native: NativeSecp256k1 | undefined): SignatureCheck | undefined {
  if (!native) return undefined
  const digest = Buffer.alloc(NUMBER_BYTES)
  return (key, message, signature) => {
    if (key.curve !== 'k256') return portableSignatureHolds(key, message, signature)
    if (!hasForm('k256', signature)) return false
    // By way of a text, one character a byte: Node makes one in a quarter of the time that a buffer takes it.
    digest.write(hash('sha256', message, 'binary'), 'latin1')
    try {
      return native.ecdsaVerify(signature, digest, key.full)
    } catch {
      // The library says by throwing that r or s is not below the curve's order.
      return false
    }
  }
}

function loadNative(): NativeSecp256k1 | undefined {
  try {
    return createRequire(import.meta.url)('secp256k1/bindings') as NativeSecp256k1
  } catch {
    return undefined
  }
}

function hasForm(curve: Curve, signature: Uint8Array): boolean {
  return signature.length === SIGNATURE_BYTES && HALF_ORDER[curve].compare(signature, NUMBER_BYTES) >= 0
}

/** The two numbers as DER, which OpenSSL wants. Node would turn them into it, but takes half as long as for the check. */
function derOf(signature: Uint8Array): Buffer {
  const der = Buffer.allocUnsafe(SIGNATURE_BYTES + 8)
  let at = 2
  for (let begin = 0; begin < SIGNATURE_BYTES; begin += NUMBER_BYTES) {
    const end = begin + NUMBER_BYTES
    let first = begin
    while (first < end - 1 && signature[first] === 0) first++
    // A number whose first bit is set would read as a negative one.
    const isPadded = signature[first]! > 0x7f
    der[at++] = 0x02
    der[at++] = end - first + (isPadded ? 1 : 0)
    if (isPadded) der[at++] = 0
    for (; first < end; first++) der[at++] = signature[first]!
  }
  der[0] = 0x30
  der[1] = at - 2
  return der.subarray(0, at)
}

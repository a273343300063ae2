import { createECDH, ECDH } from 'node:crypto'

/** A pair of keys on P-256 by which push services know this server (RFC 8292), and whom they may write to. */
export interface PushKeys {
  /** Base64url of the uncompressed point, as browsers want it. */
  readonly publicKey: string
  /** Base64url of 32 bytes. */
  readonly privateKey: string
  /** `mailto:…` or `https://…`: where the operator of a push service finds this server's. */
  readonly subject: string
}

const CURVE = 'prime256v1'
const POINT_BYTES = 65
const SCALAR_BYTES = 32
/** Of a subscription's secret (RFC 8291, 3.2). */
const SECRET_BYTES = 16

export function makePushKeys(): Pick<PushKeys, 'publicKey' | 'privateKey'> {
  const pair = createECDH(CURVE)
  const publicKey = pair.generateKeys('base64url')
  // Leading zeros are no part of a number, and must be part of the key.
  const hex = pair.getPrivateKey('hex').padStart(2 * SCALAR_BYTES, '0')
  return { publicKey, privateKey: Buffer.from(hex, 'hex').toString('base64url') }
}

/** What is wrong with them; undefined for keys that fit each other and a subject. */
export function pushKeysFault({ publicKey, privateKey, subject }: PushKeys): string | undefined {
  if (!/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(subject)) return 'the subject is no mailto: or https: address'
  if (Buffer.from(privateKey, 'base64url').length !== SCALAR_BYTES)
    return 'the private key is not 32 bytes in base64url'
  try {
    const pair = createECDH(CURVE)
    pair.setPrivateKey(privateKey, 'base64url')
    return pair.getPublicKey('base64url') === publicKey ? undefined : 'the two keys are no pair'
  } catch {
    return 'the private key is none on P-256'
  }
}

/** Whether a browser's key is a point on P-256, and its secret as long as it must be. */
export function areBrowserKeys({ p256dh, auth }: { readonly p256dh: string; readonly auth: string }): boolean {
  const point = Buffer.from(p256dh, 'base64url')
  if (point.length !== POINT_BYTES || Buffer.from(auth, 'base64url').length !== SECRET_BYTES) return false
  try {
    ECDH.convertKey(point, CURVE, undefined, undefined, 'uncompressed')
    return true
  } catch {
    return false
  }
}

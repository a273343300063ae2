import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import {
  bytesToMultibase,
  P256Keypair,
  p256Plugin,
  Secp256k1Keypair,
  secp256k1Plugin,
  verifySignature,
  type Keypair,
} from '@atproto/crypto'
import fc from 'fast-check'
import { parseDidKey, publicKey, type Curve } from './did-key.ts'
import { nativeSignatureHolds, portableSignatureHolds, type SignatureCheck } from './signature.ts'

const CHECKS: Readonly<Record<string, SignatureCheck>> = {
  portable: portableSignatureHolds,
  ...(nativeSignatureHolds && { native: nativeSignatureHolds }),
}

const ORDER: Readonly<Record<Curve, bigint>> = {
  k256: 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n,
  p256: 0xffffffff_00000000_ffffffff_ffffffff_bce6faad_a7179e84_f3b9cac2_fc632551n,
}
const FIELD: Readonly<Record<Curve, bigint>> = {
  k256: 0xffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_fffffffe_fffffc2fn,
  p256: 0xffffffff_00000001_00000000_00000000_00000000_ffffffff_ffffffff_ffffffffn,
}
const curves: readonly Curve[] = ['k256', 'p256']

const secrets = ['one', 'two'].map((text) => new Uint8Array(hash('sha256', text, 'buffer')))
const SIGNERS: Readonly<Record<Curve, readonly Keypair[]>> = {
  k256: await Promise.all(secrets.map((secret) => Secp256k1Keypair.import(secret))),
  p256: await Promise.all(secrets.map((secret) => P256Keypair.import(secret))),
}

/** Each of our checks and another implementation must say the same; answers what they say. */
async function verdict(did: string, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = parseDidKey(did)
  assert.ok(key)
  const judged = await verifySignature(did, message, signature).catch(() => false)
  for (const [name, holds] of Object.entries(CHECKS)) {
    assert.equal(holds(key, message, signature), judged, `${name}: ${Buffer.from(signature).toString('hex')}`)
  }
  return judged
}

function bytesOf(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex')
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

/** Numbers about every edge that a check could get wrong. */
function edges(curve: Curve): readonly bigint[] {
  const [n, p] = [ORDER[curve], FIELD[curve]]
  return [
    0n,
    1n,
    2n,
    0x7fn,
    0x80n,
    n / 2n,
    n / 2n + 1n,
    n - 1n,
    n,
    n + 1n,
    n + 2n,
    p - n,
    p - 1n,
    p,
    2n ** 255n,
    2n ** 256n - 1n,
  ]
}

type Change = (signature: Buffer, curve: Curve) => Buffer

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constant<Change>((signature) => signature),
  fc.tuple(fc.nat(63), fc.nat(7)).map(
    ([at, bit]): Change =>
      (signature) =>
        signature.fill(signature[at]! ^ (1 << bit), at, at + 1),
  ),
  fc.tuple(fc.constantFrom(0, 32), fc.nat(15)).map(
    ([at, index]): Change =>
      (signature, curve) => (bytesOf(edges(curve)[index]!).copy(signature, at), signature),
  ),
  fc.constant<Change>((signature) => Buffer.concat([signature.subarray(32), signature.subarray(0, 32)])),
  // The twin of the same s, which is high.
  fc.constant<Change>((signature, curve) =>
    Buffer.concat([signature.subarray(0, 32), bytesOf(ORDER[curve] - numberOf(signature.subarray(32)))]),
  ),
  fc.uint8Array({ minLength: 64, maxLength: 64 }).map(
    (bytes): Change =>
      () =>
        Buffer.from(bytes),
  ),
  fc.nat(63).map(
    (length): Change =>
      (signature) =>
        signature.subarray(0, length),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map(
    (more): Change =>
      (signature) =>
        Buffer.concat([signature, more]),
  ),
)

test('random and changed signatures hold or fail by every implementation alike', async () => {
  const message = fc.uint8Array({ maxLength: 120 })
  const curve = fc.constantFrom(...curves)
  let held = 0
  await fc.assert(
    fc.asyncProperty(curve, fc.nat(9), message, fc.nat(9), change, async (name, other, signed, altered, apply) => {
      const [mine, theirs] = SIGNERS[name]
      const signature = apply(Buffer.from(await mine!.sign(signed)), name)
      // One time in ten another's key, and one time in ten another message.
      const told = altered === 0 ? Uint8Array.of(...signed, 1) : signed
      if (await verdict((other === 0 ? theirs! : mine!).did(), told, signature)) held++
    }),
    { seed: 1, numRuns: 300 },
  )
  assert.ok(held > 20, `${held} held`)
})

for (const curve of curves) {
  test(`no pair of numbers at the edges passes for a signature of ${curve}`, async () => {
    const [signer] = SIGNERS[curve]
    const message = Buffer.from('edges')
    const good = Buffer.from(await signer!.sign(message))
    assert.ok(await verdict(signer!.did(), message, good))
    const numbers = [...edges(curve).map(bytesOf), good.subarray(0, 32), good.subarray(32)]
    for (const r of numbers) {
      for (const s of numbers) {
        const signature = Buffer.concat([r, s])
        if (!signature.equals(good)) assert.ok(!(await verdict(signer!.did(), message, signature)))
      }
    }
  })

  test(`numbers of ${curve} that begin with zeros or with a set bit are read in full`, async () => {
    const [signer] = SIGNERS[curve]
    const wanted = new Set(['0 at 0', '0 at 32', '1 at 0'])
    for (let count = 0; wanted.size > 0; count++) {
      const message = Buffer.from(`message ${count}`)
      const signature = await signer!.sign(message)
      const kinds = [signature[0] === 0 && '0 at 0', signature[32] === 0 && '0 at 32', signature[0]! > 127 && '1 at 0']
      const found = kinds.filter((kind) => kind !== false && wanted.delete(kind))
      if (found.length > 0) assert.ok(await verdict(signer!.did(), message, signature), found.join())
    }
  })
}

/**
 * Signatures that nobody finds by signing: each key was worked out from its signature. r is a point's x by the order;
 * here x is past the order, so that r is small.
 */
const WORKED_OUT: readonly {
  curve: Curve
  r: bigint
  keys: Readonly<Record<'small' | 'half' | 'past half', string>>
}[] = [
  {
    curve: 'k256',
    r: 2n,
    keys: {
      small: 'did:key:zQ3shb5GPthqDNmfB1qvR6gs5brmkYZzMeGC8fUbF61bD1K43',
      half: 'did:key:zQ3shNktT9RWdu5hz1MHfQHQHiA26fJXVhuWU9WPbVkf81mWy',
      'past half': 'did:key:zQ3shtj2qnrogV87JFjTvjN9u74HaRTf1sA7US5T1cdoKzT13',
    },
  },
  {
    curve: 'p256',
    r: 3n,
    keys: {
      small: 'did:key:zDnaez1J5hjbviHt2SY4a6X4HzDrMRGGHREnYi2fTVcW7CjLN',
      half: 'did:key:zDnaeqW97V82cWMNkMyWgejiwg5dvzVLCxGQ9Hm2czSMi437P',
      'past half': 'did:key:zDnaeXvgb5dsbvw9NDbY4SqZHQ4cNr82ywcwmaMKKFgnawut5',
    },
  },
]

for (const { curve, r, keys } of WORKED_OUT) {
  test(`of ${curve} the largest s that is low holds and the next does not, and r only within the order`, async () => {
    const message = Buffer.from('x past the order')
    const n = ORDER[curve]
    const signed = (first: bigint, second: bigint) => Buffer.concat([bytesOf(first), bytesOf(second)])
    const small = 12_345_678_901_234_567_890n
    assert.ok(await verdict(keys.small, message, signed(r, small)))
    assert.ok(!(await verdict(keys.small, message, signed(r + n, small))))
    assert.ok(await verdict(keys.half, message, signed(r, n / 2n)))
    assert.ok(!(await verdict(keys['past half'], message, signed(r, n / 2n + 1n))))
  })
}

test('a point is a key where another implementation finds it on the curve', () => {
  const x = fc.oneof(
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.constantFrom(...curves.flatMap(edges)).map(bytesOf),
  )
  fc.assert(
    fc.property(fc.constantFrom(...curves), fc.constantFrom(0, 2, 2, 3, 3, 4, 5), x, (curve, sign, bytes) => {
      const point = Buffer.concat([Buffer.of(sign), bytes])
      const full = decompressed(curve, point)
      const key = publicKey(curve, point)
      assert.deepEqual(key && Buffer.from(key.full), full)
      const prefix = curve === 'k256' ? secp256k1Plugin.prefix : p256Plugin.prefix
      const named = parseDidKey(`did:key:${bytesToMultibase(Buffer.concat([prefix, point]), 'base58btc')}`)
      assert.equal(named?.text, key?.text)
    }),
    { seed: 2, numRuns: 400 },
  )
  for (const length of [0, 1, 32, 34, 64, 66]) assert.equal(publicKey('k256', new Uint8Array(length)), undefined)
  assert.equal(publicKey('k256', Buffer.alloc(65, 0)), undefined)
  assert.equal(publicKey('p256', Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])), undefined)
})

function decompressed(curve: Curve, point: Uint8Array): Buffer | undefined {
  try {
    return Buffer.from((curve === 'k256' ? secp256k1Plugin : p256Plugin).decompressPubkey(point))
  } catch {
    return undefined
  }
}

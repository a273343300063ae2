import assert from 'node:assert/strict'
import { test } from 'node:test'
import { P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import { createServiceJwt } from '@atproto/xrpc-server'
import { realWorld, type Did } from '@waypost/kernel'
import { parseDidKey } from '#verify/did-key.ts'
import { createServiceAuth, type SigningKeyOf } from './service-auth.ts'

const SERVICE = 'did:plc:waypost' as Did
const ANA = 'did:plc:ana' as Did
const LXM = 'app.waypost.feed.getGlobal'
const keypair = await Secp256k1Keypair.create()
const anasKey: SigningKeyOf = async (did) => (did === ANA ? parseDidKey(keypair.did()) : undefined)

type Claims = Partial<Parameters<typeof createServiceJwt>[0]>
const tokenOf = (claims: Claims = {}): Promise<string> =>
  createServiceJwt({ iss: ANA, aud: SERVICE, lxm: LXM, keypair, ...claims } as Parameters<typeof createServiceJwt>[0])

async function outcome(claims: Claims, keyOf = anasKey): Promise<string> {
  const verified = await createServiceAuth(realWorld(), SERVICE, keyOf).verify(await tokenOf(claims), LXM)
  return verified.ok ? verified.value : verified.error.error
}

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds

test('a token for this service and method names the person who asks', async () => {
  assert.equal(await outcome({}), ANA)
  assert.equal(await outcome({ aud: `${SERVICE}#waypost` }), ANA)
})

test('keys of both curves are accepted', async () => {
  const p256 = await P256Keypair.create()
  assert.equal(await outcome({ keypair: p256 }, async () => parseDidKey(p256.did())), ANA)
})

test('a token for another service, another service of ours, or another method is refused', async () => {
  assert.equal(await outcome({ aud: 'did:plc:other' }), 'BadJwtAudience')
  assert.equal(await outcome({ aud: `${SERVICE}#labeler` }), 'BadJwtAudience')
  assert.equal(await outcome({ lxm: 'app.waypost.feed.getActor' }), 'BadJwtLexiconMethod')
  assert.equal(await outcome({ lxm: null }), 'BadJwtLexiconMethod')
})

test('a token that lives longer than five minutes is refused, and so is one that has expired', async () => {
  assert.equal(await outcome({ exp: inSeconds(290) }), ANA)
  assert.equal(await outcome({ exp: inSeconds(310) }), 'BadJwt')
  assert.equal(await outcome({ exp: inSeconds(-2) }), 'JwtExpired')
})

test('a token from more than a minute ahead is refused', async () => {
  assert.equal(await outcome({ iat: inSeconds(50), exp: inSeconds(100) }), ANA)
  assert.equal(await outcome({ iat: inSeconds(90), exp: inSeconds(100) }), 'BadJwt')
})

test('a token is good for one request, also with its signature written in another way', async () => {
  const auth = createServiceAuth(realWorld(), SERVICE, anasKey)
  const token = await tokenOf()
  assert.equal((await auth.verify(token, LXM)).ok, true)
  for (const again of [token, `${token}=`]) {
    const replayed = await auth.verify(again, LXM)
    assert(!replayed.ok)
    assert.equal(replayed.error.error, 'JwtReplayed')
  }
})

test('the high-S twin of a good signature is refused', async () => {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const [header, payload, signature] = (await tokenOf()).split('.')
  const bytes = Buffer.from(signature!, 'base64url')
  const high = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(high.toString(16).padStart(64, '0'), 'hex')])
  const verified = await createServiceAuth(realWorld(), SERVICE, anasKey).verify(
    `${header}.${payload}.${twin.toString('base64url')}`,
    LXM,
  )
  assert(!verified.ok)
  assert.equal(verified.error.error, 'BadJwtSignature')
})

test('a flood of forged signatures asks for the newest key once a minute', async () => {
  let fresh = 0
  const forger = await Secp256k1Keypair.create()
  const auth = createServiceAuth(realWorld(), SERVICE, async (_did, options) => {
    if (options.fresh) fresh++
    return parseDidKey(keypair.did())
  })
  for (let attempt = 0; attempt < 20; attempt++) {
    const verified = await auth.verify(await tokenOf({ keypair: forger }), LXM)
    assert(!verified.ok)
    assert.equal(verified.error.error, 'BadJwtSignature')
  }
  assert.equal(fresh, 1)
})

test('a key that was rotated a moment ago is found', async () => {
  const rotated = await Secp256k1Keypair.create()
  assert.equal(
    await outcome({ keypair: rotated }, async (_did, { fresh }) => parseDidKey((fresh ? rotated : keypair).did())),
    ANA,
  )
})

test('what is not a token of a person is refused before any key is asked for', async () => {
  const asked: string[] = []
  const auth = createServiceAuth(realWorld(), SERVICE, async (did) => (asked.push(did), undefined))
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  const texts = ['', 'x', 'a.b.c', `${none}.e30.`, 'x'.repeat(10_000), await tokenOf({ iss: `${ANA}#labeler` })]
  for (const text of texts) assert.equal((await auth.verify(text, LXM)).ok, false)
  assert.deepEqual(asked, [])
})

test('a token without an algorithm is refused', async () => {
  const [, payload] = (await tokenOf()).split('.')
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
  const verified = await createServiceAuth(realWorld(), SERVICE, anasKey).verify(`${none}.${payload}.`, LXM)
  assert(!verified.ok)
  assert.equal(verified.error.error, 'BadJwtSignature')
})

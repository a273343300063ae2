import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { deriveSigningKey } from '@waypost/load'
import type { Answer, Outbound } from '#wire/outbound.ts'
import { createIdentities, type IdentitiesOptions } from '#verify/identity.ts'
import { ok, refuse } from '@waypost/kernel'

const ANA: Did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
const HANDLE = 'ana.example'
const PDS = 'https://pds.example'

/** The outside world as a table: what each address answers, and how often it was asked. */
function outside(pages: Record<string, object | string | number>): Outbound & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    async fetch(url) {
      asked.push(url)
      const page = pages[url]
      if (page === undefined) return refuse({ reason: 'unreachable', detail: url })
      const body = typeof page === 'object' ? JSON.stringify(page) : String(page)
      const answer: Answer = {
        status: typeof page === 'number' ? page : 200,
        headers: new Headers(),
        body: new TextEncoder().encode(body),
      }
      return ok(answer)
    },
    fetchLike: () => Promise.reject(new Error('not here')),
    socketLookup: () => refuse({ reason: 'address-refused', detail: '' }),
  }
}

async function document(seed: string, changes: object = {}): Promise<object> {
  const { did } = await deriveSigningKey(seed)
  return {
    id: ANA,
    alsoKnownAs: [`at://${HANDLE}`],
    verificationMethod: [{ id: `${ANA}#atproto`, type: 'Multikey', publicKeyMultibase: did.slice('did:key:'.length) }],
    service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: `${PDS}/` }],
    ...changes,
  }
}

const DOCUMENT_URL = `https://plc.example/${ANA}`

function open(outbound: Outbound, options: Partial<IdentitiesOptions> = {}) {
  const world = simWorld()
  const txtRecords = (): Promise<readonly (readonly string[])[]> => Promise.reject(new Error('no such name'))
  return {
    world,
    identities: createIdentities({ world, outbound, plcUrl: 'https://plc.example', txtRecords, ...options }),
  }
}

test('an identity is the key, the PDS and the claimed handle of the DID document', async () => {
  const { identities } = open(outside({ [DOCUMENT_URL]: await document('one') }))
  const found = await identities.resolve(ANA)
  assert.ok(found.ok)
  assert.equal(found.value.signingKey.text, (await deriveSigningKey('one')).did)
  assert.equal(found.value.pds, PDS)
  assert.equal(found.value.claimedHandle, HANDLE)
})

test('an identity is asked for once an hour, and by force once a minute', async () => {
  const outbound = outside({ [DOCUMENT_URL]: await document('one') })
  const { world, identities } = open(outbound)
  for (let turn = 0; turn < 10; turn++) await identities.resolve(ANA)
  assert.equal(outbound.asked.length, 1)
  for (let turn = 0; turn < 50; turn++) await identities.resolve(ANA, { force: true })
  assert.equal(outbound.asked.length, 2)
  await world.advance(61_000)
  await identities.resolve(ANA, { force: true })
  assert.equal(outbound.asked.length, 3)
  await world.advance(61 * 60_000)
  assert.ok((await identities.resolve(ANA)).ok)
  await world.advance(0)
  assert.equal(outbound.asked.length, 4, 'stale: answered from memory, and fetched anew behind')
})

test('while the directory is away for half a day, those whom we know are known; after it is back, the news come', async () => {
  const pages: Record<string, object | number> = { [DOCUMENT_URL]: await document('one') }
  const { world, identities } = open(outside(pages))
  await identities.resolve(ANA)
  delete pages[DOCUMENT_URL]
  await world.advance(12 * 60 * 60_000)
  assert.ok((await identities.resolve(ANA)).ok)
  pages[DOCUMENT_URL] = await document('two')
  await world.advance(60_000)
  await identities.resolve(ANA)
  await world.advance(0)
  const found = await identities.resolve(ANA)
  assert.ok(found.ok)
  assert.equal(found.value.signingKey.text, (await deriveSigningKey('two')).did)
})

test('while the directory is away nobody waits for it more than once in two seconds', async () => {
  const outbound = outside({})
  const { world, identities } = open(outbound)
  for (let turn = 0; turn < 20; turn++) {
    const found = await identities.resolve(ANA)
    assert.ok(!found.ok && found.error.kind === 'unresolved')
  }
  assert.equal(outbound.asked.length, 1)
  await world.advance(2_000)
  await identities.resolve(ANA)
  assert.equal(outbound.asked.length, 2)
})

test('a handle holds only in both directions', async () => {
  const wellKnown = `https://${HANDLE}/.well-known/atproto-did`
  const pages: Record<string, object | string | number> = { [DOCUMENT_URL]: await document('one'), [wellKnown]: ANA }
  const { identities } = open(outside(pages))
  const found = await identities.resolve(ANA)
  assert.ok(found.ok)
  assert.equal(await identities.verifiedHandle(found.value), HANDLE)
  for (const answer of ['did:plc:somebodyelseaaaaaaaaaaaa', 'nonsense', 404]) {
    pages[wellKnown] = answer
    assert.equal(await identities.verifiedHandle(found.value), undefined)
  }
})

test('DNS comes before the well-known page, and two answers there are none', async () => {
  const records: string[][] = [['did=', ANA], ['v=spf1']]
  const wellKnown = `https://${HANDLE}/.well-known/atproto-did`
  const { identities } = open(outside({ [wellKnown]: 'did:plc:somebodyelseaaaaaaaaaaaa' }), {
    txtRecords: async () => records,
  })
  assert.equal(await identities.resolveHandle(HANDLE.toUpperCase()), ANA)
  records.push(['did=did:web:other.example'])
  assert.equal(await identities.resolveHandle(HANDLE), 'did:plc:somebodyelseaaaaaaaaaaaa')
  assert.equal(await identities.resolveHandle('no handle at all'), undefined)
})

test('a document about somebody else, without a key, or that is gone is no identity', async () => {
  for (const [page, kind] of [
    [await document('one', { id: 'did:plc:somebodyelseaaaaaaaaaaaa' }), 'invalid'],
    [await document('one', { verificationMethod: [] }), 'invalid'],
    [
      await document('one', { verificationMethod: [{ id: '#atproto', type: 'Multikey', publicKeyMultibase: 'zzz' }] }),
      'invalid',
    ],
    [await document('one', { verificationMethod: 7, service: null, alsoKnownAs: {} }), 'invalid'],
    ['[]', 'invalid'],
    [410, 'gone'],
    [404, 'unresolved'],
    [500, 'unresolved'],
  ] as const) {
    const { identities } = open(outside({ [DOCUMENT_URL]: page }))
    const found = await identities.resolve(ANA)
    assert.ok(!found.ok && found.error.kind === kind, `${kind}: ${JSON.stringify(page)}`)
  }
})

test('did:web is asked at its own host, and other methods nowhere', async () => {
  const did: Did = 'did:web:ana.example'
  const page = { ...(await document('one')), id: did, verificationMethod: undefined }
  const { did: key } = await deriveSigningKey('one')
  const method = { id: '#atproto', type: 'Multikey', publicKeyMultibase: key.slice('did:key:'.length) }
  const outbound = outside({ 'https://ana.example/.well-known/did.json': { ...page, verificationMethod: [method] } })
  const { identities } = open(outbound)
  assert.ok((await identities.resolve(did)).ok)
  for (const strange of [
    'did:web:ana.example:user',
    'did:web:ana.example%2Fevil',
    'did:key:zabc',
    'did:plc:short',
  ] as Did[]) {
    const found = await identities.resolve(strange)
    assert.ok(!found.ok && found.error.kind === 'invalid', strange)
  }
  assert.equal(outbound.asked.length, 1)
})

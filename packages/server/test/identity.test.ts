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

function dnsFault(code: string): Error {
  return Object.assign(new Error(`queryTxt ${code}`), { code })
}

function open(outbound: Outbound, options: Partial<IdentitiesOptions> = {}) {
  const world = simWorld()
  const txtRecords = (): Promise<readonly (readonly string[])[]> => Promise.reject(dnsFault('ENOTFOUND'))
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

test('an identity is asked for once an hour, and by force three times at once, then once a minute', async () => {
  const outbound = outside({ [DOCUMENT_URL]: await document('one') })
  const { world, identities } = open(outbound)
  for (let turn = 0; turn < 10; turn++) await identities.resolve(ANA)
  assert.equal(outbound.asked.length, 1)
  for (let turn = 0; turn < 50; turn++) await identities.resolve(ANA, { force: true })
  assert.equal(outbound.asked.length, 4)
  assert.equal(identities.forceInMs(ANA), 60_000)
  for (let minute = 0; minute < 5; minute++) {
    await world.advance(60_000)
    for (let turn = 0; turn < 5; turn++) await identities.resolve(ANA, { force: true })
  }
  assert.equal(outbound.asked.length, 9)
  await world.advance(61 * 60_000)
  assert.ok((await identities.resolve(ANA)).ok)
  await world.advance(0)
  assert.equal(outbound.asked.length, 10, 'stale: answered from memory, and fetched anew behind')
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

test('a document that was asked for before the news is fetched anew, one that was asked for after them is shared', async () => {
  const page = await document('one')
  const answers: (() => void)[] = []
  const { identities } = open({
    ...outside({}),
    fetch: () =>
      new Promise((resolve) => {
        const body = new TextEncoder().encode(JSON.stringify(page))
        answers.push(() => resolve(ok({ status: 200, headers: new Headers(), body })))
      }),
  })
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const before = identities.resolve(ANA)
  const after = [1, 2, 3].map(() => identities.resolve(ANA, { force: true }))
  await turn()
  answers.shift()!()
  assert.ok((await before).ok)
  await turn()
  assert.equal(answers.length, 1)
  answers.shift()!()
  assert.ok((await Promise.all(after)).every((found) => found.ok))
  assert.equal(identities.forceInMs(ANA), 0, 'three questions were one fetch')
})

const WELL_KNOWN = `https://${HANDLE}/.well-known/atproto-did`
const OTHER = 'did:plc:somebodyelseaaaaaaaaaaaa'

test('a handle holds only in both directions, and where nobody answers that is told apart', async () => {
  const pages: Record<string, object | string | number> = { [DOCUMENT_URL]: await document('one') }
  let dns: string | string[] = 'ENOTFOUND'
  const { identities } = open(outside(pages), {
    txtRecords: async () => {
      if (typeof dns === 'string') throw dnsFault(dns)
      return [dns]
    },
  })
  const found = await identities.resolve(ANA)
  assert.ok(found.ok)
  for (const [txt, page, kind] of [
    ['ENOTFOUND', ANA, 'holds'],
    ['ENODATA', `${ANA}\n`, 'holds'],
    [['did=', ANA], OTHER, 'holds'],
    [[`did=${OTHER}`], ANA, 'fails'],
    ['ENOTFOUND', OTHER, 'fails'],
    ['ENOTFOUND', 'nonsense', 'fails'],
    ['ENOTFOUND', 404, 'fails'],
    ['ENOTFOUND', 'no answer', 'away'],
    ['ENOTFOUND', 503, 'away'],
    ['ENOTFOUND', 429, 'away'],
    ['ESERVFAIL', ANA, 'holds'],
    ['ETIMEOUT', OTHER, 'away'],
    ['ETIMEOUT', 404, 'away'],
    ['ECONNREFUSED', 'no answer', 'away'],
  ] as const) {
    dns = txt as string | string[]
    if (page === 'no answer') delete pages[WELL_KNOWN]
    else pages[WELL_KNOWN] = page
    const check = await identities.verifiedHandle(found.value)
    assert.equal(check.kind, kind, `${String(txt)}, ${page}`)
    assert.ok(check.kind !== 'holds' || check.handle === HANDLE)
  }
})

test('a PDS that says that it knows no such handle has answered; one that fails has not', async () => {
  const asked = `${PDS}/xrpc/com.atproto.identity.resolveHandle?handle=${HANDLE}`
  const pages: Record<string, object | string | number> = { [DOCUMENT_URL]: await document('one') }
  const { identities } = open(outside(pages), { handlesAtPds: 'https://other.example' })
  const found = await identities.resolve(ANA)
  assert.ok(found.ok)
  for (const [page, kind] of [
    [{ did: ANA }, 'holds'],
    [{ did: OTHER }, 'fails'],
    [{}, 'fails'],
    [400, 'fails'],
    [500, 'away'],
  ] as const) {
    pages[asked] = page
    assert.equal((await identities.verifiedHandle(found.value)).kind, kind, JSON.stringify(page))
  }
  delete pages[asked]
  assert.equal((await identities.verifiedHandle(found.value)).kind, 'away')
})

test('a name that nobody holds, or that leads to no public server, does not hold', async () => {
  for (const [reason, detail, kind] of [
    ['unreachable', `${HANDLE}: fetch failed: getaddrinfo ENOTFOUND ${HANDLE}`, 'fails'],
    ['unreachable', `${HANDLE}: fetch failed: getaddrinfo EAI_AGAIN ${HANDLE}`, 'away'],
    ['unreachable', `${HANDLE}: connect ECONNREFUSED`, 'away'],
    ['timed-out', HANDLE, 'away'],
    ['address-refused', HANDLE, 'fails'],
    ['redirect-refused', HANDLE, 'fails'],
    ['answer-too-large', HANDLE, 'fails'],
  ] as const) {
    const inner = outside({ [DOCUMENT_URL]: await document('one') })
    const { identities } = open({
      ...inner,
      fetch: (url, options) =>
        url === WELL_KNOWN ? Promise.resolve(refuse({ reason, detail })) : inner.fetch(url, options),
    })
    const identity = await identities.resolve(ANA)
    assert.ok(identity.ok)
    assert.equal((await identities.verifiedHandle(identity.value)).kind, kind, `${reason}: ${detail}`)
  }
})

test('DNS comes before the well-known page, and two answers there are none', async () => {
  const records: string[][] = [['did=', ANA], ['v=spf1']]
  const { identities } = open(outside({ [WELL_KNOWN]: OTHER }), { txtRecords: async () => records })
  assert.deepEqual(await identities.resolveHandle(HANDLE.toUpperCase()), { kind: 'leads', to: ANA })
  records.push(['did=did:web:other.example'])
  assert.deepEqual(await identities.resolveHandle(HANDLE), { kind: 'leads', to: OTHER })
  assert.deepEqual(await identities.resolveHandle('no handle at all'), { kind: 'nowhere' })
})

test('a document about somebody else, without a key, or that is gone is no identity', async () => {
  for (const [page, kind] of [
    [await document('one', { id: 'did:plc:somebodyelseaaaaaaaaaaaa' }), 'invalid'],
    [await document('one', { verificationMethod: [] }), 'invalid'],
    [
      await document('one', { verificationMethod: [{ id: '#atproto', type: 'Multikey', publicKeyMultibase: 'zzz' }] }),
      'invalid',
    ],
    [
      await document('one', {
        // No text, and what makes a text of it is not there.
        verificationMethod: [{ id: '#atproto', type: { toString: 0, valueOf: 0 }, publicKeyMultibase: 'zzz' }],
      }),
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

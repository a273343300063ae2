import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import type { Did, Handle } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { browserName } from './browser-name.ts'
import { sessionIdIn } from './browser.ts'
import { createOAuth, scopeFor } from './oauth-client.ts'
import { pathOf } from './oauth-routes.ts'
import { leaseLock } from '#log/turns.ts'
import { givenPrivate } from '#serve/given-private.ts'
import { stateStore } from './oauth-stores.ts'
import { createSessions, SESSION_DAYS_MAX } from './sessions.ts'

const ANA = { did: 'did:plc:ana' as Did, handle: 'ana.test' as Handle }

function setUp() {
  const world = simWorld()
  const { keyValue } = openMemoryEngine({ world })
  return { world, keyValue, sessions: createSessions(world, keyValue) }
}

test('a cookie finds who signed in with it, and nothing that is stored would be such a cookie', async () => {
  const { keyValue, sessions } = setUp()
  const id = await sessions.begin(ANA)
  assert.deepEqual(await sessions.find(id), ANA)
  for (const key of await keyValue.list('')) {
    assert(!key.includes(id))
    assert.equal(await sessions.find(key.split('/').at(-1)!), undefined)
  }
  for (const other of ['', 'x', `${id}x`, '../keyset', id.toLowerCase()])
    assert.equal(await sessions.find(other), undefined)
})

test('a session ends by itself', async () => {
  const { world, sessions } = setUp()
  const id = await sessions.begin(ANA)
  await world.advance(SESSION_DAYS_MAX * 86_400_000 + 1)
  assert.equal(await sessions.find(id), undefined)
})

test('ending one session tells whether the person has others; ending all leaves none', async () => {
  const { sessions } = setUp()
  const [phone, desk, other] = [await sessions.begin(ANA), await sessions.begin(ANA), await sessions.begin(ANA)]
  assert.deepEqual(await sessions.end(phone), { others: true })
  assert.equal(await sessions.find(phone), undefined)
  await sessions.endAll(ANA.did)
  assert.equal(await sessions.find(desk), undefined)
  assert.equal(await sessions.find(other), undefined)
  assert.deepEqual(await sessions.end(desk), { others: false })
})

test('a person sees their own sessions, and ends one of them without its cookie', async () => {
  const { world, sessions } = setUp()
  const phone = await sessions.begin(ANA, 'Firefox on Android')
  await world.advance(60_000)
  const desk = await sessions.begin(ANA)
  const bens = await sessions.begin({ did: 'did:plc:ben' as Did, handle: 'ben.test' as Handle })
  const list = await sessions.list(ANA.did, desk)
  assert.deepEqual(
    list.map(({ browser, isThis }) => [browser, isThis]),
    [
      [undefined, true],
      ['Firefox on Android', false],
    ],
  )
  assert.equal(list[0]!.since! - list[1]!.since!, 60_000)
  assert(list.every(({ name }) => !phone.includes(name) && !desk.includes(name)))
  await sessions.find(phone)
  const ofBen = (await sessions.list('did:plc:ben' as Did, bens))[0]!
  assert.deepEqual(await sessions.endNamed(ANA.did, ofBen.name), { others: true })
  assert(await sessions.find(bens), 'nobody ends what is somebody else’s')
  assert.deepEqual(await sessions.endNamed(ANA.did, list[1]!.name), { others: true })
  assert.equal(sessions.remembered(phone), undefined)
  assert.equal(await sessions.find(phone), undefined)
  assert(await sessions.find(desk))
})

test('a browser is named roughly, or not at all', () => {
  const android = 'Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0'
  const edge = 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0'
  const iphone =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/1 Safari/604'
  assert.deepEqual([android, edge, iphone].map(browserName), [
    'Firefox on Android',
    'Edge on Windows',
    'Safari on iPhone',
  ])
  for (const odd of [undefined, '', 'curl/8', '<script>']) assert.equal(browserName(odd), undefined)
})

test('whom a cookie belongs to is remembered for a minute, but not past the end of the session', async () => {
  const { world, sessions } = setUp()
  const [phone, desk] = [await sessions.begin(ANA), await sessions.begin(ANA)]
  assert.equal(sessions.remembered(phone), undefined)
  await sessions.find(phone)
  assert.deepEqual(sessions.remembered(phone), ANA)
  await world.advance(60_000)
  assert.equal(sessions.remembered(phone), undefined)

  await Promise.all([sessions.find(phone), sessions.find(desk), sessions.end(phone)])
  assert.equal(sessions.remembered(phone), undefined)
  await sessions.find(desk)
  assert.deepEqual(sessions.remembered(desk), ANA)
  await Promise.all([sessions.find(desk), sessions.endAll(ANA.did), sessions.find(desk)])
  assert.equal(sessions.remembered(desk), undefined)
})

test('the cookie is read where it is written as browsers write it, and left to others where it is not', () => {
  const home = { origin: () => 'https://waypost.example' }
  assert.equal(sessionIdIn(undefined, home), '')
  assert.equal(sessionIdIn('theme=dark', home), '')
  assert.equal(sessionIdIn('theme=dark; __Host-waypost=a-b_c; x=1', home), 'a-b_c')
  assert.equal(sessionIdIn('__Host-waypost=abc', home), 'abc')
  for (const odd of [
    '__Host-waypost=a; __Host-waypost=b',
    'x__Host-waypost=a',
    '__Host-waypost="a"',
    '__Host-waypost=',
  ])
    assert.equal(sessionIdIn(odd, home), undefined, odd)
})

test('a sign-in that nobody finished is forgotten', async () => {
  const { world, keyValue } = setUp()
  const states = stateStore<{ verifier: string }>(world, keyValue)
  await states.set('abc', { verifier: 'secret' })
  assert.deepEqual(await states.get('abc'), { verifier: 'secret' })
  await world.advance(3_600_000)
  assert.equal(await states.get('abc'), undefined)
})

test('two that want the same lock come one after the other, and a dead holder does not keep it', async () => {
  const { world, keyValue } = setUp()
  const lock = leaseLock(world, keyValue, 'oauth/lock/')
  const steps: string[] = []
  const hold = (name: string) =>
    lock('ana', async () => {
      steps.push(`${name} in`)
      await world.timers.sleep(1_000)
      steps.push(`${name} out`)
    })
  const both = Promise.all([hold('first'), hold('second')])
  await world.advance(5_000)
  await both
  assert.deepEqual(steps, ['first in', 'first out', 'second in', 'second out'])

  await keyValue.put('oauth/lock/ana', new Uint8Array([1]), { expiresAt: world.clock.now() + 45_000 })
  const third = hold('third')
  await world.advance(60_000)
  await third
  assert.equal(steps.at(-1), 'third out')
})

test('after signing in one returns to a page of this server, and to nothing else', () => {
  assert.equal(pathOf('/map?z=3#here'), '/map?z=3#here')
  for (const elsewhere of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/\n/evil.example',
    'javascript:1',
    '',
    7,
    undefined,
  ]) {
    assert.equal(pathOf(elsewhere), '/', String(elsewhere))
  }
  assert.equal(pathOf('/a/..//evil.example'), '/')
})

test('what a person is asked for is what Waypost writes', () => {
  assert.equal(
    scopeFor('did:web:waypost.example'),
    'atproto include:app.waypost.authMember?aud=did%3Aweb%3Awaypost.example%23waypost ' +
      'repo:community.lexicon.interaction.like repo:app.bsky.graph.block repo:app.bsky.graph.follow blob:image/*',
  )
})

test('a public server describes itself as a client with a key of its own, the same after a restart', async () => {
  const world = simWorld()
  await using own = await givenPrivate(world)
  const kept = { keyValue: own.engine.keyValue, grants: own.kept }
  const setting = {
    origin: () => 'https://waypost.example',
    serviceDid: 'did:web:waypost.example',
    plcUrl: 'https://plc.directory',
    sandbox: undefined,
    fetch: globalThis.fetch,
  }
  const first = await createOAuth(world, kept, setting).published()
  const metadata = first?.metadata as Record<string, unknown>
  assert.equal(metadata['client_id'], 'https://waypost.example/oauth/client-metadata.json')
  assert.equal(metadata['token_endpoint_auth_method'], 'private_key_jwt')
  assert.equal(metadata['dpop_bound_access_tokens'], true)
  const keys = (first!.jwks as { keys: Record<string, unknown>[] }).keys
  assert.equal(keys.length, 1)
  assert.equal(keys[0]!['kty'], 'EC')
  assert(!JSON.stringify(first!.jwks).includes('"d":'), 'only the public half is published')
  const second = await createOAuth(world, kept, setting).published()
  assert.deepEqual(second?.jwks, first!.jwks)
  const loopback = createOAuth(world, kept, { ...setting, origin: () => 'http://127.0.0.1:4000' })
  assert.equal(await loopback.published(), undefined)
})

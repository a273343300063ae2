import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { createTelemetry } from '@waypost/kernel'
import { startSandbox } from '@waypost/sandbox'
import { signInByOAuth } from './oauth-person.ts'

const log = createTelemetry({ level: 'silent' }).log

test('who signs in by OAuth gives Waypost its own collections, likes, follows and photos, and nothing else', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-oauth-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  // Stands where the server would: says what the PDS forwards to it.
  const server = createServer((request, response) => {
    const [, claims] = (request.headers.authorization ?? '').replace('Bearer ', '').split('.')
    response.setHeader('content-type', 'application/json')
    response.end(Buffer.from(claims ?? '', 'base64url'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await using sandbox = await startSandbox({ folder, log, ports: { pds: 0, plc: 0 }, serverUrl })

  const person = { handle: 'ana.test', email: 'ana@people.example', password: 'a long secret' }
  const created = await fetch(`${sandbox.pdsUrl}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(person),
  })
  assert.equal(created.status, 200)

  const audience = `${sandbox.serviceDid}#waypost`
  const scope = [
    'atproto',
    `include:app.waypost.authMember?aud=${encodeURIComponent(audience)}`,
    'repo:community.lexicon.interaction.like',
    'repo:app.bsky.graph.block',
    'repo:app.bsky.graph.follow',
    'blob:image/*',
  ].join(' ')
  const session = await signInByOAuth({ pdsUrl: sandbox.pdsUrl, ...person, scope })

  const create = (collection: string, record: Record<string, unknown>) =>
    session.call('POST', '/xrpc/com.atproto.repo.createRecord', {
      body: {
        repo: session.did,
        collection,
        record: { $type: collection, ...record, createdAt: '2026-11-21T08:00:00.000Z' },
      },
    })
  const upload = (contentType: string, bytes: Uint8Array) =>
    session.call('POST', '/xrpc/com.atproto.repo.uploadBlob', { body: bytes, headers: { 'content-type': contentType } })

  let checkin: { uri: string; cid: string }
  await t.test('a check-in is written', async () => {
    const answer = await create('app.waypost.checkin', { place: { name: 'Tower Bridge' } })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    checkin = { uri: String(answer.body['uri']), cid: String(answer.body['cid']) }
  })

  await t.test('a like of it is written, and a follow', async () => {
    const like = await create('community.lexicon.interaction.like', { subject: checkin })
    assert.equal(like.status, 200, JSON.stringify(like.body))
    const follow = await create('app.bsky.graph.follow', { subject: sandbox.lexiconDid })
    assert.equal(follow.status, 200, JSON.stringify(follow.body))
  })

  await t.test('a post elsewhere is refused', async () => {
    const answer = await create('app.bsky.feed.post', { text: 'not asked for' })
    assert.deepEqual([answer.status, answer.body['error']], [403, 'ScopeMissingError'])
  })

  await t.test('a photo is taken, anything else is not', async () => {
    const gif = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64')
    assert.equal((await upload('image/gif', gif)).status, 200)
    assert.equal((await upload('text/plain', Buffer.from('words'))).status, 403)
  })

  await t.test('a call of ours is forwarded with proof of who asks, any other is refused', async () => {
    const headers = { 'atproto-proxy': audience }
    const ours = await session.call('GET', '/xrpc/app.waypost.feed.getGlobal', { headers })
    assert.equal(ours.status, 200, JSON.stringify(ours.body))
    assert.deepEqual([ours.body['iss'], ours.body['lxm']], [session.did, 'app.waypost.feed.getGlobal'])
    assert.ok([sandbox.serviceDid, audience].includes(String(ours.body['aud'])))
    const other = await session.call('GET', '/xrpc/app.waypost.operator.getSecrets', { headers })
    assert.equal(other.status, 403)
  })

  await t.test('after the server has moved, calls are forwarded to where it is now', async () => {
    const moved = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end('{"moved":true}')
    }).listen(0, '127.0.0.1')
    await once(moved, 'listening')
    t.after(() => moved.close())
    await sandbox.announce(`http://127.0.0.1:${(moved.address() as AddressInfo).port}`)
    const answer = await session.call('GET', '/xrpc/app.waypost.feed.getGlobal', {
      headers: { 'atproto-proxy': audience },
    })
    assert.deepEqual(answer.body, { moved: true })
  })
})

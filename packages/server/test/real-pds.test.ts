import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { createTelemetry, type Did } from '@waypost/kernel'
import { startSandbox } from '@waypost/sandbox'
import { allEvents, fold, hurriedWorld, watch, type Believed } from './kit/network.ts'

interface Account {
  readonly did: Did
  readonly accessJwt: string
}

test('what the official PDS says of a life is in the log: records, names, absence, return, takedown and end', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-real-pds-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const log = createTelemetry({ level: 'silent' }).log
  await using sandbox = await startSandbox({ folder, log, ports: { pds: 0, plc: 0 } })
  const world = hurriedWorld()
  await using engine = openMemoryEngine({ world })
  const host = { url: sandbox.pdsUrl, emitted: { frames: 0, commits: 0, writes: 0 } }
  await using watched = watch({ world, host, directory: { url: sandbox.plcUrl } }, engine)

  async function call<Answer>(method: string, body: object | undefined, authorization?: string): Promise<Answer> {
    const response = await fetch(`${sandbox.pdsUrl}/xrpc/${method}`, {
      method: 'POST',
      headers: { ...(body && { 'content-type': 'application/json' }), ...(authorization && { authorization }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    assert.equal(response.status, 200, `${method}: ${text}`)
    return (text ? JSON.parse(text) : undefined) as Answer
  }

  async function until(what: string, isSo: (believed: Believed | undefined) => boolean): Promise<void> {
    for (let turn = 0; turn < 1_000; turn++) {
      if (isSo(fold(await allEvents(watched.eventLog))[ana.did])) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.fail(`${what}: ${JSON.stringify(fold(await allEvents(watched.eventLog))[ana.did])}`)
  }

  const password = 'a long word'
  const ana = await call<Account>('com.atproto.server.createAccount', {
    handle: 'ana.test',
    email: 'ana@example.com',
    password,
  })
  const token = `Bearer ${ana.accessJwt}`
  const checkin = (name: string): Promise<{ uri: string }> =>
    call(
      'com.atproto.repo.createRecord',
      {
        repo: ana.did,
        collection: 'app.waypost.checkin',
        record: { $type: 'app.waypost.checkin', createdAt: new Date().toISOString(), place: { name } },
      },
      token,
    )
  const count = (believed: Believed | undefined): number => Object.keys(believed?.records ?? {}).length

  await checkin('First')
  const second = await checkin('Second')
  await until('two check-ins', (believed) => count(believed) === 2 && believed?.handle === 'ana.test')
  const rkey = second.uri.split('/').at(-1)
  await call('com.atproto.repo.deleteRecord', { repo: ana.did, collection: 'app.waypost.checkin', rkey }, token)
  await until('one deleted', (believed) => count(believed) === 1)
  await call('com.atproto.identity.updateHandle', { handle: 'anna.test' }, token)
  await until('a new name', (believed) => believed?.handle === 'anna.test')
  await call('com.atproto.server.deactivateAccount', {}, token)
  await until('absence', (believed) => believed?.active === false && believed.status === 'deactivated')
  await call('com.atproto.server.activateAccount', undefined, token)
  await until('return', (believed) => believed?.active === true && count(believed) === 1)
  await checkin('Third')
  await until('one more', (believed) => count(believed) === 2)
  assert.deepEqual(
    watched.refusals.filter(({ reason }) => reason !== 'rev-repeated'),
    [],
  )

  const admin = `Basic ${Buffer.from(`admin:${sandbox.adminPassword}`).toString('base64')}`
  const subject = { $type: 'com.atproto.admin.defs#repoRef', did: ana.did }
  const takedown = (applied: boolean): Promise<unknown> =>
    call('com.atproto.admin.updateSubjectStatus', { subject, takedown: { applied } }, admin)
  await takedown(true)
  await until('a takedown', (believed) => believed?.active === false && believed.status === 'takendown')
  await takedown(false)
  await until('its end', (believed) => believed?.active === true && count(believed) === 2)

  await call('com.atproto.admin.deleteAccount', { did: ana.did }, admin)
  await until('the end', (believed) => believed?.status === 'deleted')
  await watched.settled()
  const left = (await allEvents(watched.eventLog)).filter(({ did }) => did === ana.did)
  assert.deepEqual(
    left.map(({ kind, head }) => [kind, head.status]),
    [['account', 'deleted']],
  )
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createTelemetry, realWorld } from '@waypost/kernel'
import { ownLexicons } from '@waypost/lexicon/documents'
import { type Sandbox, startSandbox } from '@waypost/sandbox'

const log = createTelemetry({ level: 'silent' }).log
const ports = { pds: 0, plc: 0 }
const world = realWorld()

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-sandbox-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

interface Answer<Body> {
  readonly status: number
  readonly body: Body
}

async function ask<Body>(url: string, init?: RequestInit): Promise<Answer<Body>> {
  const response = await fetch(url, init)
  return { status: response.status, body: (await response.json()) as Body }
}

function post(sandbox: Sandbox, method: string, body: unknown): Promise<Answer<{ did: string }>> {
  const headers = { 'content-type': 'application/json' }
  return ask(`${sandbox.pdsUrl}/xrpc/${method}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function endpoint(sandbox: Sandbox): Promise<unknown> {
  const { body } = await ask<{ service: unknown }>(`${sandbox.plcUrl}/${sandbox.serviceDid}`)
  return body.service
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(happened: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const late = world.clock.elapsed() + withinMs
  while (!(await happened())) {
    assert.ok(world.clock.elapsed() < late, 'it did not happen in time')
    await world.timers.sleep(50)
  }
}

test('a restart gives the same people, the same names and the same addresses', async (t) => {
  const folder = newFolder(t)
  const person = { handle: 'ana.test', email: 'ana@people.example', password: 'a long secret' }
  let before: Sandbox
  let did: string
  {
    await using sandbox = await startSandbox({ folder, log, ports, serverUrl: 'http://127.0.0.1:4000' })
    before = sandbox
    const created = await post(sandbox, 'com.atproto.server.createAccount', person)
    assert.equal(created.status, 200, JSON.stringify(created.body))
    did = created.body.did
    assert.deepEqual(await endpoint(sandbox), [
      { id: '#waypost', type: 'WaypostAppView', serviceEndpoint: 'http://127.0.0.1:4000' },
    ])

    await t.test('every lexicon of ours is published', async () => {
      const query = `repo=${sandbox.lexiconDid}&collection=com.atproto.lexicon.schema&limit=100`
      const { body } = await ask<{ records: { value: { id: string } }[] }>(
        `${sandbox.pdsUrl}/xrpc/com.atproto.repo.listRecords?${query}`,
      )
      const ids = body.records.map((record) => record.value.id).toSorted()
      assert.deepEqual(
        ids,
        ownLexicons().map(({ id }) => id),
      )
    })

    await t.test('nobody on another machine can reach it', async () => {
      const outside = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
      const address = outside.find(({ internal, family }) => !internal && family === 'IPv4')?.address
      if (address === undefined) return t.diagnostic('this machine has no address but loopback')
      for (const url of [sandbox.pdsUrl, sandbox.plcUrl]) {
        await assert.rejects(fetch(url.replace('localhost', address)))
      }
    })

    await t.test('what opens doors is for the owner to read only', () => {
      assert.equal(statSync(join(folder, 'sandbox.json')).mode & 0o777, 0o600)
    })
  }
  const commits = readFileSync(join(folder, 'network.log'), 'utf8').match(/published/g)?.length

  await using sandbox = await startSandbox({ folder, log, ports, serverUrl: 'http://127.0.0.1:5000' })
  const { pdsUrl, plcUrl, serviceDid, lexiconDid } = before
  assert.deepEqual(
    [sandbox.pdsUrl, sandbox.plcUrl, sandbox.serviceDid, sandbox.lexiconDid],
    [pdsUrl, plcUrl, serviceDid, lexiconDid],
  )
  const session = await post(sandbox, 'com.atproto.server.createSession', {
    identifier: person.handle,
    password: person.password,
  })
  assert.equal(session.body.did, did)
  assert.deepEqual(await endpoint(sandbox), [
    { id: '#waypost', type: 'WaypostAppView', serviceEndpoint: 'http://127.0.0.1:5000' },
  ])
  await sandbox.announce('https://waypost.example')
  assert.deepEqual(await endpoint(sandbox), [
    { id: '#waypost', type: 'WaypostAppView', serviceEndpoint: 'https://waypost.example' },
  ])
  const again = readFileSync(join(folder, 'network.log'), 'utf8').match(/published/g)?.length
  assert.equal(again, commits, 'unchanged lexicons are not published again')

  await t.test('a network that was killed comes back by itself', async () => {
    const { pid } = sandbox
    process.kill(pid, 'SIGKILL')
    await until(async () => sandbox.pid !== pid && (await healthy(sandbox)), 20_000)
    assert.equal((await ask(`${plcUrl}/${did}`)).status, 200)
  })
})

async function healthy(sandbox: Sandbox): Promise<boolean> {
  return ask(`${sandbox.pdsUrl}/xrpc/_health`).then(
    ({ status }) => status === 200,
    () => false,
  )
}

test('a port that the accounts name and somebody else holds is said in the error', async (t) => {
  const folder = newFolder(t)
  let port: number
  {
    await using sandbox = await startSandbox({ folder, log, ports })
    port = Number(new URL(sandbox.pdsUrl).port)
  }
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  await assert.rejects(startSandbox({ folder, log }), new RegExp(`port ${port} .*PDS`))
})

test('a stop does not wait for those who read the stream of events', async (t) => {
  const folder = newFolder(t)
  const sandbox = await startSandbox({ folder, log, ports })
  const reader = new WebSocket(`${sandbox.pdsUrl.replace('http', 'ws')}/xrpc/com.atproto.sync.subscribeRepos?cursor=0`)
  await new Promise((resolve) => reader.addEventListener('message', resolve, { once: true }))
  const gone = new Promise((resolve) => reader.addEventListener('close', resolve, { once: true }))
  const began = world.clock.elapsed()
  await sandbox[Symbol.asyncDispose]()
  // Past this the network would have cut itself off.
  assert.ok(world.clock.elapsed() - began < 4_500)
  await gone
})

test('the network ends with the program that asked for it, also where that was killed outright', async (t) => {
  const folder = newFolder(t)
  const parent = spawn(process.execPath, [fileURLToPath(new URL('./orphan.ts', import.meta.url)), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => parent.kill('SIGKILL'))
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  assert.ok(lives(pid))
  parent.kill('SIGKILL')
  await until(() => !lives(pid), 6_000)
})

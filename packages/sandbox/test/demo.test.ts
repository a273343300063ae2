import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { createTelemetry, realWorld } from '@waypost/kernel'
import { seedDemo, startSandbox } from '@waypost/sandbox'

const log = createTelemetry({ level: 'silent' }).log
const ports = { pds: 0, plc: 0 }
const world = realWorld()

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-demo-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

async function ask<Body>(url: string): Promise<Body> {
  return (await (await fetch(url)).json()) as Body
}

interface Page {
  readonly cursor?: string
  readonly records: readonly {
    readonly uri: string
    readonly value: { readonly photos?: readonly { readonly image: { readonly ref: { readonly $link: string } } }[] }
  }[]
}

test('an interrupted demo goes on where it stopped, and a finished one is left alone', async (t) => {
  const folder = newFolder(t)
  await using sandbox = await startSandbox({ folder, log, ports })
  const interrupted = seedDemo(sandbox, {
    world,
    onProgress: ({ done }) => {
      if (done === 22) throw new Error('the power went')
    },
  })
  await assert.rejects(interrupted, /the power went/)
  assert.equal(await seedDemo(sandbox, { world }), true)
  assert.equal(await seedDemo(sandbox, { world }), false)

  const { repos } = await ask<{ repos: { did: string }[] }>(`${sandbox.pdsUrl}/xrpc/com.atproto.sync.listRepos`)
  const keys: string[] = []
  let blobs = 0
  for (const { did } of repos) {
    for (const { uri, value } of await checkinsOf(sandbox.pdsUrl, did)) {
      keys.push(uri)
      for (const { image } of value.photos ?? []) {
        const blob = await fetch(`${sandbox.pdsUrl}/xrpc/com.atproto.sync.getBlob?did=${did}&cid=${image.ref.$link}`)
        assert.equal(blob.headers.get('content-type'), 'image/jpeg')
        await blob.body?.cancel()
        blobs++
      }
    }
  }
  assert.deepEqual([keys.length, new Set(keys).size, blobs], [278, 278, 18])
})

/** All of them, page by page. */
async function checkinsOf(pdsUrl: string, did: string): Promise<Page['records']> {
  const all: Page['records'][number][] = []
  for (let cursor = ''; ;) {
    const query = `repo=${did}&collection=app.waypost.checkin&limit=100&cursor=${cursor}`
    const page = await ask<Page>(`${pdsUrl}/xrpc/com.atproto.repo.listRecords?${query}`)
    all.push(...page.records)
    if (page.cursor === undefined) return all
    cursor = page.cursor
  }
}

test('a network where people live already gets no demo people', async (t) => {
  const folder = newFolder(t)
  await using sandbox = await startSandbox({ folder, log, ports })
  const created = await fetch(`${sandbox.pdsUrl}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handle: 'resident.test', email: 'resident@people.example', password: 'a long secret' }),
  })
  assert.equal(created.status, 200, await created.text())
  assert.equal(await seedDemo(sandbox, { world }), false)
})

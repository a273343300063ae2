import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { realWorld, tidFrom, type Did } from '@waypost/kernel'
import {
  createSignedRepo,
  generatePeople,
  startDocumentDirectory,
  startFakeHost,
  type FakeHost,
  type HostEvent,
} from '@waypost/load'
import { freePort } from '../../../tools/free-port.ts'
import { startServerProcess, waitUntil, type ServerProcess, type Settings } from './kill9-process.ts'

let micros = Date.UTC(2026, 0, 1) * 1_000

function checkin(did: Did): HostEvent {
  micros += 1_000_000
  const createdAt = new Date(micros / 1_000).toISOString()
  const record = { $type: 'app.waypost.checkin', createdAt, place: { name: 'Corner' } }
  const write = { action: 'create', collection: 'app.waypost.checkin', rkey: tidFrom(micros, 0), record } as const
  return { kind: 'commit', did, writes: [write], at: micros }
}

async function waitUntilShown(server: ServerProcess, expected: number): Promise<void> {
  await waitUntil(`${expected} check-ins are shown`, server, async () => {
    const info = await fetch(`${server.url}/xrpc/app.waypost.server.getInfo`)
    return ((await info.json()) as { checkinCount: number }).checkinCount === expected
  })
}

/** While the server is down, members go on, somebody becomes one, and the host forgets all of it. */
async function missesAll(host: FakeHost, people: readonly Did[]): Promise<number> {
  for (const did of people) await host.emit(checkin(did))
  host.forget({ keep: 0 })
  return people.length
}

test('a host that forgot what we did not read costs nothing: members are repaired, and whoever became one is found', async () => {
  const world = realWorld()
  const people = await generatePeople('gap', 6)
  const folder = mkdtempSync(join(tmpdir(), 'waypost-gap-'))
  await using host = await startFakeHost({ world })
  await using directory = await startDocumentDirectory()
  for (const { did, handle, key } of people) {
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
    directory.put({ did, handle, signingKey: key.did, pds: host.url })
  }
  const settings: Settings = {
    WAYPOST_DATA: folder,
    WAYPOST_PORT: String(await freePort()),
    WAYPOST_HOSTS: host.url,
    WAYPOST_PLC_URL: directory.url,
    WAYPOST_SANDBOX: host.url,
    WAYPOST_LOG_LEVEL: 'info',
  }
  const dids = people.map(({ did }) => did)
  const members = dids.slice(0, 3)
  try {
    await using first = startServerProcess(settings)
    for (const did of members) await host.emit(checkin(did))
    await waitUntilShown(first, 3)
    await first.stop()
    const missed = await missesAll(host, dids)
    await using second = startServerProcess(settings)
    await waitUntilShown(second, 3 + missed)
    const metrics = await (await fetch(`${second.url}/metrics`)).text()
    assert.match(metrics, /waypost_host_messages_total\{name="OutdatedCursor"\} 1/)
    await second.stop()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { realWorld } from '@waypost/kernel'
import { startFakeHost } from '@waypost/load'
import { freePort } from '../../../tools/free-port.ts'
import { runWaypost, startServerProcess, waitUntil, waitUntilUp, type Settings } from './kill9-process.ts'

const PROMPT_MS = 5_000

async function inFolder(act: (settings: Settings) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-shutdown-'))
  try {
    await act({ WAYPOST_DATA: folder, WAYPOST_PORT: String(await freePort()), WAYPOST_LOG_LEVEL: 'info' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a server that is told to end while it starts ends in order, and starts again', () =>
  inFolder(async (settings) => {
    // One that is none is built anew.
    writeFileSync(join(settings['WAYPOST_DATA']!, 'directory.sqlite'), '')
    await using server = startServerProcess(settings)
    const isStarting = (): boolean => server.output().includes('building the directory of places')
    await waitUntil('the server builds its directory', server, isStarting)
    await server.stop()
    assert.match(server.output(), /"draining".*"stopped"/s)
    await using again = startServerProcess(settings)
    await waitUntilUp(again)
    await again.stop()
    assert.match(runWaypost(settings, 'digest'), /^0 [0-9a-f]{64}\n$/)
  }))

test('a server that follows one host while another one is away ends by itself, and at once', () =>
  inFolder(async (settings) => {
    await using host = await startFakeHost({ world: realWorld() })
    await using server = startServerProcess({
      ...settings,
      WAYPOST_HOSTS: `${host.url},http://127.0.0.1:${await freePort()}`,
    })
    await waitUntilUp(server)
    await waitUntil('the host is followed', server, () => host.readers.count === 1)
    const begun = performance.now()
    await server.stop()
    assert.ok(performance.now() - begun < PROMPT_MS)
    assert.ok(!server.output().includes('ended by force'))
  }))

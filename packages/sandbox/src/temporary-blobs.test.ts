import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { keepSweeping, sweepTemporaryBlobs } from './temporary-blobs.ts'

const HOUR_MS = 60 * 60 * 1_000

function scene(t: TestContext) {
  const blobs = mkdtempSync(join(tmpdir(), 'waypost-blobs-'))
  t.after(() => rmSync(blobs, { recursive: true, force: true }))
  const world = simWorld()
  return {
    blobs,
    world,
    /** A file under `blobs` that was written `hoursAgo`. */
    put(path: string, hoursAgo: number): string {
      const file = join(blobs, path)
      mkdirSync(join(file, '..'), { recursive: true })
      writeFileSync(file, 'photo')
      const at = new Date(world.clock.now() - hoursAgo * HOUR_MS)
      utimesSync(file, at, at)
      return file
    },
  }
}

test('an upload that no record took up is gone after a day, and not before', async (t) => {
  const { blobs, world, put } = scene(t)
  const old = put('tempt/did:plc:ana/old', 24.5)
  const young = put('tempt/did:plc:ana/young', 23.5)
  assert.deepEqual(await sweepTemporaryBlobs(world, blobs), { files: 1, bytes: 5 })
  assert.deepEqual([existsSync(old), existsSync(young)], [false, true])
})

test('a photo that a record shows stays, however old', async (t) => {
  const { blobs, world, put } = scene(t)
  const photo = put('did:plc:ana/bafkrei', 24 * 400)
  const quarantined = put('quarantine/did:plc:ana/bafkrei', 24 * 400)
  assert.deepEqual(await sweepTemporaryBlobs(world, blobs), { files: 0, bytes: 0 })
  assert.deepEqual([existsSync(photo), existsSync(quarantined)], [true, true])
})

test('a sandbox without any upload yet has nothing to sweep', async () => {
  assert.deepEqual(await sweepTemporaryBlobs(simWorld(), join(tmpdir(), 'waypost-no-such-folder')), {
    files: 0,
    bytes: 0,
  })
})

test('uploads are looked through every hour', async (t) => {
  const { blobs, world, put } = scene(t)
  const file = put('tempt/did:plc:ana/left', 23)
  const { promise: swept, resolve } = Promise.withResolvers<number>()
  using _sweeping = keepSweeping(world, blobs, {
    swept: ({ files }) => resolve(files),
    failed: (error) => assert.fail(String(error)),
  })
  await world.advance(2.5 * HOUR_MS)
  assert.equal(await swept, 1)
  assert.equal(existsSync(file), false)
})

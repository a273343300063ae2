import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { Secp256k1Keypair } from '@atproto/crypto'
import { addSignature, createUpdateOp, didForCreateOp, type Operation } from '@did-plc/lib'
import { simWorld } from '@waypost/kernel/sim'
import { openPlcDatabase } from './plc-database.ts'

const HOUR_MS = 60 * 60 * 1_000

function scene(t: TestContext, options: { startMs?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-plc-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const world = simWorld(options)
  return { world, open: () => openPlcDatabase(world, join(folder, 'plc.sqlite')) }
}

async function genesis(key: Secp256k1Keypair, rotationKeys: string[] = [key.did()]) {
  const operation = await addSignature(
    {
      type: 'plc_operation' as const,
      rotationKeys,
      verificationMethods: { atproto: key.did() },
      alsoKnownAs: [],
      services: {},
      prev: null,
    },
    key,
  )
  return { operation, did: await didForCreateOp(operation) }
}

function renamed(last: Operation, key: Secp256k1Keypair, name: string): Promise<Operation> {
  return createUpdateOp(last, key, (operation) => ({ ...operation, alsoKnownAs: [`at://${name}.test`] }))
}

test('an operation that was accepted is there after the directory was closed and opened again', async (t) => {
  const { open } = scene(t)
  const key = await Secp256k1Keypair.create()
  const { did, operation } = await genesis(key)
  const first = open()
  await first.validateAndAddOp(did, operation)
  await first.close()
  const second = open()
  t.after(() => second.close())
  assert.deepEqual(await second.lastOpForDid(did), operation)
})

test('two operations that follow the same one cannot both be accepted, however close together they come', async (t) => {
  const { open } = scene(t)
  const key = await Secp256k1Keypair.create()
  const { did, operation } = await genesis(key)
  const directory = open()
  t.after(() => directory.close())
  await directory.validateAndAddOp(did, operation)
  const both = [await renamed(operation, key, 'one'), await renamed(operation, key, 'two')]
  const outcomes = await Promise.allSettled(both.map((rename) => directory.validateAndAddOp(did, rename)))
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  assert.equal((await directory.opsForDid(did)).length, 2)
})

test('an operation signed by a key that the DID does not name is refused and leaves nothing behind', async (t) => {
  const { open } = scene(t)
  const key = await Secp256k1Keypair.create()
  const { did, operation } = await genesis(key)
  const directory = open()
  t.after(() => directory.close())
  await directory.validateAndAddOp(did, operation)
  const stranger = await Secp256k1Keypair.create()
  await assert.rejects(directory.validateAndAddOp(did, await renamed(operation, stranger, 'taken')))
  assert.deepEqual(await directory.opsForDid(did), [operation])
})

test('a stronger key takes back what a weaker one did, within the 72 hours of the method, and the log still shows it', async (t) => {
  // The method's own check reads the machine's clock, so what happened before must lie before that.
  const { world, open } = scene(t, { startMs: Date.now() - 71 * HOUR_MS })
  const strong = await Secp256k1Keypair.create()
  const weak = await Secp256k1Keypair.create()
  const { did, operation } = await genesis(strong, [strong.did(), weak.did()])
  const directory = open()
  t.after(() => directory.close())
  await directory.validateAndAddOp(did, operation)
  await directory.validateAndAddOp(did, await renamed(operation, weak, 'thief'))
  await world.advance(71 * HOUR_MS)
  const recovery = await renamed(operation, strong, 'owner')
  await directory.validateAndAddOp(did, recovery)
  assert.deepEqual(await directory.lastOpForDid(did), recovery)
  assert.deepEqual(
    (await directory.indexedOpsForDid(did, true)).map(({ nullified }) => nullified),
    [false, true, false],
  )
})

test('an export read page by page skips nothing, although all operations came in the same millisecond', async (t) => {
  const { open } = scene(t)
  const directory = open()
  t.after(() => directory.close())
  const dids: string[] = []
  for (let count = 0; count < 5; count++) {
    const { did, operation } = await genesis(await Secp256k1Keypair.create())
    await directory.validateAndAddOp(did, operation)
    dids.push(did)
  }
  const seen: string[] = []
  let after: Date | undefined
  for (;;) {
    const page = await directory.exportOps(2, after)
    if (page.length === 0) break
    seen.push(...page.map(({ did }) => did))
    after = new Date(page.at(-1)!.createdAt)
  }
  assert.deepEqual(seen, dids)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as CBOR from '@atcute/cbor'
import { fromUint8Array } from '@atcute/car'
import { toString } from '@atcute/cid'
import { MemoryBlockStore, NodeStore, NodeWrangler } from '@atcute/mst'
import { verifySignature } from '@atproto/crypto'
import { MST, MemoryBlockstore, readCarWithRoot, verifyRepoCar } from '@atproto/repo'
import { parseCid } from '@atproto/lex-data'
import fc from 'fast-check'
import type { Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { deriveSigningKey, type SigningKey } from './key.ts'
import { createSignedRepo, type RepoWrite, type SignedCommit, type SignedOp, type SignedRepo } from './signed-repo.ts'

const DID: Did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
const EMPTY_TREE = 'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm'
const COLLECTION = 'app.waypost.checkin'

function repoOf(key: SigningKey): SignedRepo {
  return createSignedRepo({ did: DID, key, clock: simWorld().clock })
}

function record(text: string): object {
  return { $type: COLLECTION, text, place: { name: 'A café' } }
}

/** Takes the ops back on nothing but the commit's own blocks, and answers the tree that is left. */
async function undo(commit: SignedCommit, order: (ops: readonly SignedOp[]) => readonly SignedOp[]): Promise<string> {
  const blocks = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const { cid, bytes } of fromUint8Array(commit.blocks)) blocks.set(toString(cid), bytes.slice())
  const wrangler = new NodeWrangler(new NodeStore(new MemoryBlockStore(blocks)))
  let root: string = commit.data
  for (const op of order(commit.ops)) {
    root = op.prev
      ? await wrangler.putRecord(root, op.path, { $link: op.prev })
      : await wrangler.deleteRecord(root, op.path)
  }
  return root
}

const orders: readonly ((ops: readonly SignedOp[]) => readonly SignedOp[])[] = [
  (ops) => [...ops].sort((a, b) => (a.path < b.path ? -1 : 1)),
  (ops) => ops,
  (ops) => [...ops].reverse(),
]

test('every commit leads back to the tree before it by its own blocks, whichever op is undone first', async () => {
  const key = await deriveSigningKey('inverting')
  const rkeys = fc.integer({ min: 0, max: 60 })
  const batches = fc.array(fc.array(fc.tuple(rkeys, fc.nat(2)), { minLength: 1, maxLength: 12 }), { maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(batches, async (script) => {
      const repo = repoOf(key)
      for (const [step, batch] of script.entries()) {
        const before = repo.head
        const commit = await repo.commit(writesOf(repo, batch, step))
        assert.equal(commit.prevData, before?.data ?? null)
        assert.equal(commit.since, before?.rev ?? null)
        for (const order of orders) assert.equal(await undo(commit, order), commit.prevData ?? EMPTY_TREE)
      }
    }),
    { numRuns: 40, seed: 7 },
  )
})

test('the reference implementation undoes each commit to the tree before it', async () => {
  const repo = repoOf(await deriveSigningKey('reference'))
  const dice = fc.sample(fc.array(fc.tuple(fc.nat(40), fc.nat(2)), { minLength: 1, maxLength: 6 }), {
    numRuns: 60,
    seed: 3,
  })
  for (const [step, batch] of dice.entries()) {
    const commit = await repo.commit(writesOf(repo, batch, step))
    const { blocks } = await readCarWithRoot(commit.blocks)
    let tree = MST.load(new MemoryBlockstore(blocks), parseCid(commit.data))
    for (const { action, path, prev } of commit.ops) {
      if (action === 'create') tree = await tree.delete(path)
      else if (action === 'update') tree = await tree.update(path, parseCid(prev!))
      else tree = await tree.add(path, parseCid(prev!))
    }
    assert.equal((await tree.getPointer()).toString(), commit.prevData ?? EMPTY_TREE)
  }
})

/** Turns dice into writes that fit what is there, one for each path. */
function writesOf(repo: SignedRepo, batch: readonly (readonly [number, number])[], step: number): RepoWrite[] {
  const writes = new Map<string, RepoWrite>()
  for (const [n, dice] of batch) {
    const rkey = `k${n}`
    const there = repo.recordCid(`${COLLECTION}/${rkey}`) !== undefined
    const action = there ? (dice === 0 ? 'delete' : 'update') : 'create'
    writes.set(rkey, {
      action,
      collection: COLLECTION,
      rkey,
      ...(action === 'delete' ? {} : { record: record(`${step} ${n}`) }),
    })
  }
  return [...writes.values()]
}

for (const curve of ['k256', 'p256'] as const) {
  test(`an independent reader accepts a ${curve} signature and refuses one made for other bytes`, async () => {
    const key = await deriveSigningKey('signing', curve)
    const repo = repoOf(key)
    for (let n = 0; n < 8; n++) {
      const { blocks } = await repo.commit([
        { action: 'create', collection: COLLECTION, rkey: `k${n}`, record: record(`${n}`) },
      ])
      const car = fromUint8Array(blocks)
      const { sig, ...unsigned } = CBOR.decode([...car][0]!.bytes)
      const signature = CBOR.fromBytes(sig)
      assert.equal(await verifySignature(key.did, CBOR.encode(unsigned), signature), true)
      assert.equal(await verifySignature(key.did, CBOR.encode({ ...unsigned, version: 4 }), signature), false)
    }
  })
}

test('the whole repository satisfies the reference implementation, with every record at its CID', async () => {
  const key = await deriveSigningKey('whole')
  const repo = repoOf(key)
  for (let n = 0; n < 300; n++) {
    await repo.commit([
      { action: 'create', collection: COLLECTION, rkey: `k${n * 7919}`, record: record(`visit ${n}`) },
      ...(n % 5 === 4 ? [{ action: 'delete' as const, collection: COLLECTION, rkey: `k${(n - 2) * 7919}` }] : []),
    ])
  }
  const whole = await readCarWithRoot(repo.car())
  const verified = await verifyRepoCar(repo.car(), DID, key.did)
  assert.equal(whole.root.toString(), repo.head?.commit)
  assert.equal(verified.creates.length, 240)
  assert.equal(repo.recordCount, 240)
  for (const create of verified.creates) {
    assert.equal(create.cid.toString(), repo.recordCid(`${create.collection}/${create.rkey}`))
  }
})

test('the same seed gives the same commits, byte by byte, on either curve', async () => {
  for (const curve of ['k256', 'p256'] as const) {
    const runs = await Promise.all(
      [0, 1].map(async () => {
        const repo = repoOf(await deriveSigningKey('again', curve))
        const made: SignedCommit[] = []
        for (let n = 0; n < 5; n++) {
          made.push(
            await repo.commit([{ action: 'create', collection: COLLECTION, rkey: `k${n}`, record: record(`${n}`) }]),
          )
        }
        return made
      }),
    )
    assert.deepEqual(runs[0], runs[1])
  }
})

test('a draft changes nothing', async () => {
  const repo = repoOf(await deriveSigningKey('draft'))
  const write: RepoWrite = { action: 'create', collection: COLLECTION, rkey: 'a', record: record('a') }
  const drafted = await repo.draft([write], { at: 5 })
  assert.equal(repo.head, undefined)
  assert.deepEqual(await repo.commit([write], { at: 5 }), drafted)
})

test('an empty first commit has the empty tree', async () => {
  const key = await deriveSigningKey('empty')
  const repo = repoOf(key)
  const commit = await repo.commit([])
  assert.equal(commit.data, EMPTY_TREE)
  assert.equal((await verifyRepoCar(repo.car(), DID, key.did)).creates.length, 0)
})

test('commits made at once follow one another', async () => {
  const repo = repoOf(await deriveSigningKey('at once'))
  const made = await Promise.all(
    [1, 2, 3].map((n) =>
      repo.commit([{ action: 'create', collection: COLLECTION, rkey: `k${n}`, record: record('x') }]),
    ),
  )
  assert.deepEqual(
    made.map((commit) => commit.since),
    [null, made[0]!.rev, made[1]!.rev],
  )
  assert.deepEqual([made[1]!.prevData, made[2]!.prevData], [made[0]!.data, made[1]!.data])
})

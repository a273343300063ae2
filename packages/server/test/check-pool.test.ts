import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as assured, tidFrom, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { commitFrame, createSignedRepo, FAULTS, generatePeople, spoiltFrame, type RepoWrite } from '@waypost/load'
import { decodeFrame } from '#wire/decode-frame.ts'
import type { CommitFrame } from '#wire/frame.ts'
import { checksHere, createCheckPool, type Checks } from '#verify/check-pool.ts'
import { parseDidKey, type PublicKey } from '#verify/did-key.ts'

const THREADS_WITHIN_MS = 30_000

interface Commit {
  readonly frame: CommitFrame
  readonly key: PublicKey
}

function write(at: number, more: Partial<RepoWrite & { record: object }> = {}): RepoWrite {
  const createdAt = new Date(at / 1_000).toISOString()
  const record = { $type: 'app.waypost.checkin', createdAt, place: { name: `Place ${at}` } }
  return { action: 'create', collection: 'app.waypost.checkin', rkey: tidFrom(at, 0), record, ...more } as RepoWrite
}

/** Commits of several people: of one op and of many, ours and others', good and bad in every way that decodes. */
async function commits(): Promise<readonly Commit[]> {
  const { clock } = simWorld()
  const found: Commit[] = []
  for (const { did, key: signing } of await generatePeople('pool', 5)) {
    const key = parseDidKey(signing.did)
    assured(key, 'a key')
    const repo = createSignedRepo({ did: did as Did, key: signing, clock })
    let micros = Date.UTC(2026, 0, 1) * 1_000
    const stamp = { seq: 1, time: '2026-01-01T00:00:00.000Z' }
    const add = (bytes: Uint8Array): void => {
      const frame = decodeFrame(bytes)
      if (frame.ok && frame.value.kind === 'commit') found.push({ frame: frame.value, key })
    }
    const next = (): number => (micros += 1_000_000)
    for (let turn = 0; turn < 10; turn++) {
      const at = next()
      const one = write(at)
      add(commitFrame(stamp, await repo.commit([one], { at })))
      const many = [1, 2, 3].map((nth) => write(at + nth))
      const post = { $type: 'app.bsky.feed.post', text: 'Elsewhere', createdAt: '2026-01-01T00:00:00.000Z' }
      many.push(write(at + 4, { collection: 'app.bsky.feed.post', record: post }))
      many.push(write(at + 5, { record: { $type: 'app.waypost.checkin' } }))
      many.push({ action: 'delete', collection: 'app.waypost.checkin', rkey: (one as { rkey: string }).rkey })
      add(commitFrame(stamp, await repo.commit(many, { at: next() })))
      for (const fault of FAULTS) {
        add(await spoiltFrame(fault, repo, [write(next())], { stamp, at: micros, nowMicros: micros }))
      }
    }
  }
  return found
}

function judge(all: readonly Commit[], checks: Checks) {
  return Promise.all(all.map(async ({ frame, key }) => checks.check(frame, key)))
}

test('a commit gets the same verdict on every thread, and each asker its own', async () => {
  const all = await commits()
  const expected = await judge(all, checksHere)
  const reasons = new Set(expected.map((checked) => (checked.ok ? 'holds' : checked.error.reason)))
  assert.ok(reasons.size >= 6, [...reasons].join(', '))
  await using pool = createCheckPool({ threads: 2 })
  // The first round starts the threads; where much else runs, more rounds pass until they are there.
  const until = performance.now() + THREADS_WITHIN_MS
  for (let theirs = 0; theirs < 3 && performance.now() < until;) {
    const before = pool.handedOver()
    assert.deepEqual(await judge(all, pool), expected)
    if (pool.handedOver() > before) theirs++
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.ok(pool.handedOver() > 0, 'some were checked on other threads')
  const usage = pool.usage()
  assert.deepEqual([usage.length, usage.map(({ queued }) => queued)], [2, [0, 0]])
  assert.ok(
    usage.some(({ busyMs }) => busyMs > 0),
    'they have worked',
  )
})

test('without threads everything is checked where it is asked', async () => {
  await using pool = createCheckPool({ threads: 0 })
  const all = await commits()
  const checked = await judge(all, pool)
  assert.deepEqual(checked, await judge(all, checksHere))
  assert.equal(pool.handedOver(), 0)
  assert.deepEqual(pool.usage(), [])
})
